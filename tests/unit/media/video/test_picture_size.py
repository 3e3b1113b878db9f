from __future__ import annotations

import av
import pytest

from midframe.media.video.picture_size import is_usable_size


@pytest.mark.parametrize(
    ("width", "height", "usable"),
    [
        (1, 1, True),
        (7680, 4320, True),
        (16000, 16000, True),
        (16384, 16384, False),
        (1 << 28, 1, False),
        (1, 1 << 21, False),
        (0, 5, False),
    ],
)
def test_the_same_sizes_as_ffmpeg_takes(width: int, height: int, usable: bool) -> None:
    assert is_usable_size(width, height) is usable
    if width:
        context = av.CodecContext.create("rawvideo", "r")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, "gray"
        try:
            context.decode(av.Packet(bytes(width * height)))
        except av.error.ArgumentError:
            assert not usable
        else:
            assert usable
