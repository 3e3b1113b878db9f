from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch
from tests.support.clips import frame_hashes, times, write_clip

from midframe.integrations.comfyui.sound import add_sound


def tone(seconds: float, rate: int, channels: int) -> dict[str, object]:
    wave = torch.sin(torch.arange(round(seconds * rate)) * (2 * torch.pi * 440 / rate)) / 2
    return {"waveform": wave.expand(1, channels, -1), "sample_rate": rate}


@pytest.mark.parametrize(
    ("suffix", "codec", "rate", "channels"),
    [
        (".mp4", "libx264", 44100, 2),
        (".mp4", "libx264", 31000, 1),
        (".mov", "libx264", 48000, 3),
        (".webm", "libvpx-vp9", 44100, 1),
        (".mkv", "ffv1", 22050, 2),
    ],
)
def test_pictures_are_copied_and_sound_is_cut_to_their_length(
    suffix: str, codec: str, rate: int, channels: int, tmp_path: Path
) -> None:
    silent = write_clip(tmp_path / f"silent{suffix}", 12, Fraction(24), codec=codec, options={})
    output = tmp_path / f"output{suffix}"
    add_sound(silent, tone(2.0, rate, channels), output, Fraction(1, 2))
    assert frame_hashes(output) == frame_hashes(silent)
    assert times(output) == times(silent)
    with av.open(str(output)) as container:
        (stream,) = container.streams.audio
        assert stream.codec_context.layout.nb_channels == (channels if channels < 3 else 1)
        played = sum(frame.samples for frame in container.decode(stream)) / Fraction(stream.codec_context.sample_rate)
    assert float(played) == pytest.approx(0.5, abs=0.08), "whole packets of AAC and Opus, with their priming"


def test_sound_and_pictures_are_stored_next_to_each_other(tmp_path: Path) -> None:
    silent = write_clip(tmp_path / "silent.mp4", 48, Fraction(24))
    add_sound(silent, tone(2.0, 48000, 1), tmp_path / "output.mp4", Fraction(2))
    with av.open(str(tmp_path / "output.mp4")) as container:
        order = [packet.stream.type for packet in container.demux() if packet.size]
    first, last = order.index("audio"), len(order) - 1 - order[::-1].index("audio")
    pictures_between = order[first:last].count("video")
    assert pictures_between > 40
