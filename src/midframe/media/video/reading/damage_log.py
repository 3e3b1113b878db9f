"""Keeping count of damaged frames while a video is read, or stopping at the first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import av
from av.packet import Packet
from av.video.stream import VideoStream

from midframe.errors import UnreadableFileError
from midframe.media.video.codecs import codec_of_stream
from midframe.media.video.reading.damage import signs_of_damage
from midframe.media.video.reading.index import VideoIndex
from midframe.wording import counted

OnDamage = Literal["conceal", "stop"]
"""What is done about damage: let the frame before stand in and continue, or stop the job."""

NAMED_FRAMES = 3
"""Damaged frames that a note names."""


class DamageLog:
    """What is found to be damaged in one file.

    Raises:
        UnreadableFileError: The file as a whole shows damage, and that is to stop the job.
    """

    def __init__(self, path: Path, index: VideoIndex, on_damage: OnDamage) -> None:
        self._path = path
        self._index = index
        self._stops = on_damage == "stop"
        self.signs = signs_of_damage(path, index)
        if self.signs and self._stops:
            raise UnreadableFileError(
                f"{self.signs[0]} `on_damage=conceal` uses what can be read.", option="on_damage", path=path
            )
        self._joints = index.last_of_pieces
        self._missing: set[int] = set()
        self._mended: set[int] = set()
        self._doubtful: set[int] = set()
        self._has_checksums: bool | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user; there may be more of them after frames were read."""
        kinds = (
            (self._missing, "could not be decoded; the previous frame replaces it"),
            (self._mended, "could be decoded only in part; the decoder has repaired the rest"),
        )
        return (*self.signs, *(self._note(numbers, words) for numbers, words in kinds if numbers))

    def miss(self, numbers: Iterable[int]) -> None:
        """Frames cannot be decoded.

        Raises:
            UnreadableFileError: That is to stop the job.
        """
        for number in numbers:
            self._stop_if_asked(number, "cannot be decoded")
            self._missing.add(number)

    def inspect_packet(self, number: int, packet: Packet[VideoStream]) -> None:
        """Remember whether the packet of a frame is damaged, though its decoder may not say so."""
        # Where recordings were joined, packet counters do not continue; nothing is missing for that.
        doubtful = packet.is_corrupt and number not in self._joints
        check = codec_of_stream(packet.stream.codec_context.name).packet_check
        if check is not None and self._has_checksums is not False:
            whole = check(bytes(packet))
            if self._has_checksums is None:
                # Not all files have them; those that have, have them in every frame.
                self._has_checksums = whole
            doubtful = doubtful or (self._has_checksums and not whole)
        if doubtful:
            self._doubtful.add(number)

    def inspect_picture(self, number: int, picture: av.VideoFrame) -> None:
        """Look at a frame that was decoded.

        Raises:
            UnreadableFileError: It is damaged, and that is to stop the job.
        """
        if (picture.is_corrupt and number not in self._joints) or number in self._doubtful:
            self._stop_if_asked(number, "can be decoded only in part")
            self._mended.add(number)

    def _stop_if_asked(self, number: int, why: str) -> None:
        if self._stops:
            raise UnreadableFileError(
                f"Frame {number} of {self._path}{self._time(number)} {why}: the file is damaged. `on_damage=conceal` "
                "continues anyway.",
                option="on_damage",
                path=self._path,
            )

    def _note(self, numbers: set[int], words: str) -> str:
        shown = ", ".join(f"{number}{self._time(number)}" for number in sorted(numbers)[:NAMED_FRAMES])
        more = " and others" if len(numbers) > NAMED_FRAMES else ""
        frames = counted(len(numbers), "frame")
        return f"Damage in {self._path.name}: {frames} {words}: {shown}{more}."

    def _time(self, number: int) -> str:
        stamps = self._index.stamps
        return "" if stamps is None else f" (at {float(stamps[number] * self._index.time_base):.2f} s)"
