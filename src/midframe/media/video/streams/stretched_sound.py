"""The sound of a file made longer with its pictures; the same interface as `StreamCopier` of the passthrough module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from midframe.media.video.container import open_input
from midframe.media.video.reading.continuity import Continuity
from midframe.media.video.reading.index import pieces_of
from midframe.media.video.streams.passthrough import stream_words
from midframe.media.video.streams.sound_plan import SoundPlan, StretchedStream, add_encoded
from midframe.media.video.streams.time_stretch import Sound, TimeStretch

JITTER = Fraction(1, 500)
"""Seconds by which time stamps may disagree with the samples counted: containers round to milliseconds."""

BEHIND = 2
"""Seconds of the source by which sound may lie behind the pictures in a file."""

SILENCE = 1 << 16
"""Samples of silence that are made at once."""


class StretchedSound:
    """Decodes, stretches and encodes sound, keeping step with the pictures that are being written.

    An error costs the stream that made it, never the output; `notes` reports it. The streams are added to `output`,
    which must not have been started.

    Args:
        plan: The plan, from `plan_sound`.
        output: Where the streams go.
        origin: The time of the source that becomes 0.
        end: When the output ends.
    """

    def __init__(self, plan: SoundPlan, output: OutputContainer, origin: Fraction, end: Fraction) -> None:
        self._stretch = plan.stretch
        self._origin = origin
        self._stop = origin + end / plan.stretch
        self._source: InputContainer = open_input(plan.path)
        self._voices = {chosen.index: self._voice(chosen, output) for chosen in plan.streams}
        self._continuity = Continuity(pieces_of(plan.path))
        self._packets = self._demux()
        self._reached = Fraction(0)
        self._damage: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about streams that were lost on the way."""
        return (*self._damage, *(voice.failure for voice in self._voices.values() if voice.failure))

    def copy_until(self, time: Fraction | None) -> None:
        """Write what begins before `time` of the output; all that there is if None."""
        while time is None or self._reached < time:
            found = next(self._packets, None)
            if found is None:
                break
            self._reached, packet = found
            self._voices[packet.stream_index].take(packet)
        if time is None:
            self._finish()

    def close(self) -> None:
        """Write what is still on its way, and let go of the source."""
        self._finish()
        self._packets = iter(())
        self._source.close()

    def _finish(self) -> None:
        for voice in self._voices.values():
            voice.finish()

    def _voice(self, chosen: StretchedStream, output: OutputContainer) -> _Voice:
        stream = self._source.streams[chosen.index]
        assert isinstance(stream, AudioStream)
        return _Voice(stream, chosen, self._stretch, self._origin, self._stop, output)

    def _demux(self) -> Iterator[tuple[Fraction, Packet[Stream]]]:
        """Packets, and the time of the output that they belong to."""
        if not self._voices:
            return
        try:
            demuxed = self._source.demux([self._source.streams[index] for index in self._voices])
            for packet in self._continuity.moved(demuxed):
                stamp = packet.pts if packet.pts is not None else packet.dts
                if not packet.size or stamp is None:
                    continue
                time = stamp * packet.time_base
                if time >= self._stop + BEHIND:
                    return
                yield (time - self._origin) * self._stretch, packet
        except av.FFmpegError as error:
            name = self._source.name.removeprefix("file:")
            self._damage = (f"{name} is damaged: sound ends early ({error.strerror}).",)


class _Voice:
    """One stream."""

    def __init__(
        self,
        stream: AudioStream,
        chosen: StretchedStream,
        stretch: Fraction,
        origin: Fraction,
        stop: Fraction,
        output: OutputContainer,
    ) -> None:
        self.failure = ""
        self._words = stream_words(stream)
        self._rate, self._layout = stream.rate, chosen.layout
        self._origin = origin
        self._most = round((stop - origin) * self._rate)
        self._output = output
        self._target = add_encoded(output, stream, chosen)
        self._output_rate = chosen.rate
        self._stretch = TimeStretch(stretch, self._rate, self._layout, output_rate=chosen.rate)
        self._resampler = av.AudioResampler("fltp", self._layout, self._rate)
        self._taken = 0
        self._written = 0
        self._finished = False

    def take(self, packet: Packet[Stream]) -> None:
        """Decode and stretch; a damaged packet leaves a gap, which is silent."""
        if self.failure or self._finished:
            return
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            return
        try:
            for frame in frames:
                assert isinstance(frame, av.AudioFrame)
                self._place(frame)
        except (av.FFmpegError, ValueError) as error:
            self._fail(error)

    def finish(self) -> None:
        """Nothing comes any more."""
        if self.failure or self._finished:
            return
        self._finished = True
        try:
            self._encode(self._stretch.finish())
            self._mux(self._target.encode(None))
        except (av.FFmpegError, ValueError) as error:
            self._fail(error)

    def _place(self, frame: av.AudioFrame) -> None:
        """Hand on what lies in the time of the output: the gap before it as silence, nothing twice."""
        begin = self._taken
        if frame.pts is not None and frame.time_base:
            stated = round((frame.pts * frame.time_base - self._origin) * self._rate)
            # Stamps are rounded; only what is more than that is a gap, or a beginning before the origin.
            if not self._taken or abs(stated - self._taken) > JITTER * self._rate:
                begin = stated
        while self._taken < min(begin, self._most):
            silence = min(SILENCE, min(begin, self._most) - self._taken)
            self._push(np.zeros((frame.layout.nb_channels, silence), np.float32))
        for plain in self._resampler.resample(frame):
            sound = cast("Sound", plain.to_ndarray())
            fresh = sound[:, max(0, self._taken - begin) : max(0, self._most - begin)]
            begin += sound.shape[1]
            if fresh.size:
                self._push(fresh)

    def _push(self, sound: Sound) -> None:
        self._taken += sound.shape[1]
        self._encode(self._stretch.push(sound))

    def _encode(self, sounds: Iterable[Sound]) -> None:
        for sound in sounds:
            if not sound.shape[1]:
                continue
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout=self._layout)
            frame.sample_rate = self._output_rate
            frame.pts, frame.time_base = self._written, Fraction(1, self._output_rate)
            self._written += sound.shape[1]
            self._mux(self._target.encode(frame))

    def _mux(self, packets: list[Packet[AudioStream]]) -> None:
        for packet in packets:
            self._output.mux_one(packet)

    def _fail(self, error: Exception) -> None:
        reason = error.strerror if isinstance(error, av.FFmpegError) else str(error)
        self.failure = f"From some point on {self._words} is missing: {reason}."
