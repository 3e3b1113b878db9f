"""Sound that ComfyUI has as a waveform, added to a finished video."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.packet import Packet

from midframe.integrations.comfyui.components import as_array

CODECS = {".mp4": "aac", ".mov": "aac", ".webm": "libopus", ".mkv": "flac"}
"""How sound is compressed, by the suffix of the video."""

RATES = {
    "aac": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000),
    "libopus": (48000,),
}
"""Sample rates of codecs that do not have all; sound of other rates is converted to 48000."""

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
"""Names of layouts, by channels; of other numbers of channels the first one is used."""

SAMPLES_AT_ONCE = 4096


def add_sound(silent: Path, audio: Any, output: Path, seconds: Fraction) -> None:
    """Copy the pictures of a video, and add sound.

    Args:
        silent: A video without sound.
        audio: ComfyUI's AUDIO: "waveform", a tensor (batch, channels, samples) in [-1, 1], of which the first of the
            batch is used, and "sample_rate".
        output: A new file, with the suffix of `silent`.
        seconds: How much of the sound is used.
    """
    with av.open(str(silent)) as source, av.open(str(output), "w") as target:
        pictures = source.streams.video[0]
        copied = target.add_stream_from_template(pictures)
        copied.time_base = pictures.time_base
        encoded = _encoded(target, audio, seconds)
        shown = (packet for packet in source.demux(pictures) if packet.dts is not None)
        # In the order of time, so that neither waits in memory for the other.
        for packet in heapq.merge(shown, encoded, key=_time):
            if packet.stream is pictures:
                packet.stream = copied
            target.mux(packet)


def _time(packet: Packet[Any]) -> Fraction:
    assert packet.dts is not None
    assert packet.time_base is not None
    return packet.dts * packet.time_base


def _encoded(target: Any, audio: Any, seconds: Fraction) -> Iterator[Packet[Any]]:
    """Packets of compressed sound, in a stream that is added at once."""
    waveform = audio["waveform"][0]
    rate = int(audio["sample_rate"])
    if waveform.shape[0] not in LAYOUTS:
        waveform = waveform[:1]
    codec = CODECS[Path(target.name).suffix]
    layout = LAYOUTS[waveform.shape[0]]
    stream = target.add_stream(codec, rate=rate if rate in RATES.get(codec, (rate,)) else 48000, layout=layout)
    resampler = AudioResampler(stream.codec_context.format.name, layout, stream.codec_context.sample_rate)

    def packets() -> Iterator[Packet[Any]]:
        count = min(waveform.shape[1], round(seconds * rate))
        for begin in range(0, count, SAMPLES_AT_ONCE):
            piece = as_array(waveform[:, begin : min(begin + SAMPLES_AT_ONCE, count)])
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), "fltp", layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
            for converted in resampler.resample(frame):
                yield from stream.encode(converted)
        for converted in resampler.resample(None):
            yield from stream.encode(converted)
        yield from stream.encode(None)

    return packets()
