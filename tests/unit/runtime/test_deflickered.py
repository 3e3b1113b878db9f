"""Sources and streams without flicker: what is changed depends on the frames around a frame alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.jobs import MemorySource

from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.errors import OptionError, UnreadableFileError
from midframe.media.excerpt import Excerpt
from midframe.media.protocols import FrameStream
from midframe.runtime.deflickered import (
    AHEAD,
    DeflickeredSource,
    DeflickeredStream,
    FlickerTally,
    deflickered,
    require_pictures,
)
from midframe.runtime.view_fitting import fit_view, fitting_positions
from midframe.types import Alpha, ChannelLabel, Frame, FrameFormat

COUNT = 40
Pictures = Sequence[NDArray[Any]]


def pan(seed: int = 0, count: int = COUNT) -> list[NDArray[np.uint8]]:
    """Frames (48, 64, 3) of a texture that moves by a pixel each."""
    coarse = np.random.default_rng(seed).uniform(40, 200, (12, 32, 3))
    wide = np.kron(coarse, np.ones((4, 4, 1)))
    return [np.rint(wide[:, number : number + 64]).astype(np.uint8) for number in range(count)]


def flickering(pictures: Pictures, amount: float = 0.03) -> list[NDArray[Any]]:
    gains = 1 + amount * np.random.default_rng(7).standard_normal(len(pictures))
    return [
        np.clip(np.rint(picture * gain), 0, 255).astype(picture.dtype)
        for picture, gain in zip(pictures, gains, strict=True)
    ]


def source_of(pictures: Pictures, alpha: Alpha | None = None) -> MemorySource:
    height, width, channels = pictures[0].shape
    frame_format = FrameFormat(width, height, channels, pictures[0].dtype, alpha)
    return MemorySource(
        [Frame(picture, frame_format, number, path=Path(f"{number}.png")) for number, picture in enumerate(pictures)]
    )


def steady(source: MemorySource) -> DeflickeredSource:
    return DeflickeredSource(source, DEFAULT_CUT_THRESHOLD)


def brightness(frames: Sequence[Frame]) -> NDArray[np.float64]:
    return np.array([np.median(frame.samples.astype(np.float64)) for frame in frames])


class Stream(FrameStream):
    """The frames of a source, once and in order; counts what was read."""

    codec_name = "memory"
    notes = ("A note.",)
    rate = None

    def __init__(self, source: MemorySource) -> None:
        self._source = source
        self.read = 0
        self.closed = False

    @property
    def format(self) -> FrameFormat:
        return self._source.format

    def frames(self) -> Iterator[Frame]:
        for frame in self._source.frames:
            self.read += 1
            yield frame

    def close(self) -> None:
        self.closed = True


def test_frames_without_flicker_are_the_very_same() -> None:
    source = source_of(pan())
    without = steady(source)
    pairs = zip(without.frames_from(0), source.frames, strict=True)
    assert [frame is given for frame, given in pairs] == [True] * COUNT
    assert without.read(20) is source.frames[20]
    (note,) = without.notes
    assert "no source frame is changed" in note


def test_flicker_is_taken_out() -> None:
    clean, source = source_of(pan()), source_of(flickering(pan()))
    without = steady(source)
    made = list(without.frames_from(0))
    assert [frame.index for frame in made] == list(range(COUNT))
    errors = [
        np.mean([np.abs(frame.samples.astype(float) - right.samples).mean() for frame, right in pairs])
        for pairs in (
            list(zip(source.frames, clean.frames, strict=True)),
            list(zip(made, clean.frames, strict=True)),
        )
    ]
    # What is left changes slowly.
    assert errors[1] < errors[0] * 0.7
    before, after = (np.abs(np.diff(brightness(frames), 2)).mean() for frames in (source.frames, made))
    assert after < before / 5
    changed = [frame for frame, given in zip(made, source.frames, strict=True) if frame is not given]
    # Files of changed frames must not be copied.
    assert {frame.path for frame in changed} == {None}
    assert without.notes[-1].startswith("Flicker: ")
    assert f"{len(changed)} of {COUNT} source frames are changed" in without.notes[-1]


@pytest.mark.parametrize("start", [0, 1, 5, 17, COUNT - 1])
def test_it_does_not_matter_where_reading_begins(start: int) -> None:
    """A resumed job, a preview and the whole job see the same frames."""
    pictures = flickering([*pan(), *pan(1)])
    for repeated in (3, 16, 17, 18, 50):
        pictures[repeated] = pictures[repeated - 1]
    without = steady(source_of(pictures))
    whole = [frame.samples for frame in without.frames_from(0)]
    again = [frame.samples for frame in steady(source_of(pictures)).frames_from(start)]
    np.testing.assert_array_equal(np.stack(again), np.stack(whole[start:]))
    np.testing.assert_array_equal(without.read(start).samples, whole[start])


def test_nothing_comes_after_the_end() -> None:
    assert list(steady(source_of(pan(count=8))).frames_from(8)) == []


def test_repeats_stay_repeats() -> None:
    pictures = flickering(pan())
    on_twos = [pictures[number // 2] for number in range(COUNT)]
    made = list(steady(source_of(on_twos)).frames_from(0))
    assert any(frame.path is None for frame in made)
    assert all(np.array_equal(made[number].samples, made[number + 1].samples) for number in range(0, COUNT, 2))


def test_cuts_are_not_crossed() -> None:
    """The frames before a cut are the same with another scene after it, and without one."""
    first = flickering(pan(count=20))
    # As bright as the other scene, so that only the content tells them apart.
    whole = steady(source_of([*first, *flickering(pan(9, 20))]))
    alone = steady(source_of(first))
    made = [frame.samples for frame in whole.frames_from(0)][:20]
    np.testing.assert_array_equal(np.stack(made), np.stack([frame.samples for frame in alone.frames_from(0)]))


@pytest.mark.parametrize("dtype", ["uint16", "float16", "float32"])
def test_other_types(dtype: str) -> None:
    scale = 257.0 if dtype == "uint16" else 1 / 255
    pictures = [(picture * scale).astype(dtype) for picture in flickering(pan())]
    source = source_of(pictures)
    made = list(steady(source).frames_from(0))
    before, after = (np.abs(np.diff(brightness(frames), 2)).mean() for frames in (source.frames, made))
    assert after < before / 3
    assert made[0].samples.dtype == np.dtype(dtype)


def test_what_alpha_hides_does_not_count() -> None:
    """A flickering sprite on a still transparent ground."""
    sprites = []
    for picture in flickering(pan()):
        sprite = np.zeros((48, 64, 4), np.uint8)
        sprite[..., :3] = 128
        sprite[10:34, 16:48, :3] = picture[10:34, 16:48]
        sprite[10:34, 16:48, 3] = 255
        sprites.append(sprite)
    source = source_of(sprites, Alpha(3, premultiplied=False))
    made = list(steady(source).frames_from(0))
    inside = (slice(10, 34), slice(16, 48))
    before, after = (
        np.abs(np.diff([np.median(frame.samples[inside]) for frame in frames], 2)).mean()
        for frames in (source.frames, made)
    )
    assert after < before / 3
    assert all(np.array_equal(frame.samples[..., 3], sprites[0][..., 3]) for frame in made)


def test_a_stream_is_read_a_few_frames_ahead() -> None:
    pictures = flickering(pan())
    stream = Stream(source_of(pictures))
    without = deflickered(stream, DEFAULT_CUT_THRESHOLD)
    assert isinstance(without, DeflickeredStream)
    ahead = []
    made = []
    for number, frame in enumerate(without.frames_from(0), 1):
        made.append(frame.samples)
        ahead.append(stream.read - number)
    assert max(ahead) == AHEAD
    expected = [frame.samples for frame in steady(source_of(pictures)).frames_from(0)]
    np.testing.assert_array_equal(np.stack(made), np.stack(expected))
    assert without.notes[0] == "A note."
    assert without.notes[1].startswith("Flicker: ")
    without.close()
    assert stream.closed


def test_frames_before_a_damaged_one_come_first() -> None:
    source = source_of(flickering(pan()))

    def damaged(index: int) -> None:
        if index == 30:
            raise UnreadableFileError("damaged")

    source.on_read = damaged
    frames = steady(source).frames_from(0)
    assert [next(frames).index for _ in range(30)] == list(range(30))
    with pytest.raises(UnreadableFileError, match="damaged"):
        next(frames)


@pytest.mark.parametrize(
    ("frame_format", "message"),
    [
        (FrameFormat(8, 8, 3, np.dtype("float32"), transfer="linear"), "scene-linear light.*display_transform=srgb"),
        (FrameFormat(8, 8, 5, np.dtype("uint8")), "5 channels"),
        (FrameFormat(8, 8, 1, np.dtype("int16")), "int16"),
        (FrameFormat(8, 8, 3, np.dtype("uint8"), planes=2), "2 planes"),
        (FrameFormat(8, 8, 1, np.dtype("uint8"), labels=(ChannelLabel("Z"),)), "grey uint8"),
    ],
    ids=str,
)
def test_only_pictures_flicker(frame_format: FrameFormat, message: str) -> None:
    with pytest.raises(OptionError, match=message) as refused:
        require_pictures(frame_format)
    assert refused.value.option == "deflicker"


def test_what_is_said_of_the_source_is_said_still() -> None:
    source = source_of(pan())
    without = steady(source)
    names = (
        *("codec_name", "files", "image_files", "annotations", "suffix", "frame_numbers", "video_info", "video_file"),
        *("video_index", "times_played", "stack", "format", "length"),
    )
    assert [name for name in names if getattr(without, name) != getattr(source, name)] == []
    assert without.as_pictures() is without
    without.close()
    assert source.closed == 1


def test_ranges_are_found_without_reading_more() -> None:
    read: list[int] = []
    source = source_of([picture.astype(np.uint16) * 100 for picture in flickering(pan())])
    source.on_read = read.append
    fit_view(Excerpt(steady(source), range(10, 30)))
    assert len(read) == len(fitting_positions(20))


def test_nothing_is_said_before_anything_is_read() -> None:
    assert FlickerTally().note is None
    assert replace(FlickerTally(), frames=1).note is not None
