"""Time stamps that start again, as in recordings that were joined with ``cat``: one part is taken after the other.

Where the pictures' time stamps go back, or forward by more than any pause, a new **piece** begins; all streams of a
piece are moved by the same time, so they stay in step. Within a piece, time stamps are the file's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeVar

from av.packet import Packet
from av.stream import Stream

AnyStream = TypeVar("AnyStream", bound=Stream)

BACK = Fraction(1, 10)
"""Seconds by which decoding times must go back to begin a piece; smaller steps are smoothed."""

FORWARD = 10
"""Seconds by which they must go forward, in formats whose clock may be set again at any time."""


@dataclass(frozen=True)
class Piece:
    """A part of a file whose time stamps have an origin of their own.

    Attributes:
        before: Where in the file, in bytes, the last picture before it lies.
        begin: Where its first picture lies.
        time: When it begins, in seconds on the time line that all pieces share.
        shift: Seconds to be added to its time stamps.
    """

    before: int
    begin: int
    time: Fraction
    shift: Fraction


class Continuity:
    """Moves the packets of a file onto one time line. They must come in the file's order.

    Args:
        pieces: The pieces but the first, in order.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._place = 0

    def moved(self, packets: Iterable[Packet[AnyStream]]) -> Iterator[Packet[AnyStream]]:
        """The packets, with their time stamps changed."""
        if not self._pieces:
            yield from packets
            return
        for packet in packets:
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None:
                self._place = self._place if packet.pos is None else packet.pos
                ticks = round(self._shift(stamp * packet.time_base) / packet.time_base)
                packet.pts = None if packet.pts is None else packet.pts + ticks
                packet.dts = None if packet.dts is None else packet.dts + ticks
            yield packet

    def _shift(self, time: Fraction) -> Fraction:
        """What is added to the time of a packet at the present place."""
        shift = Fraction(0)
        for piece in self._pieces:
            if self._place <= piece.before:
                break
            # Between the last picture of a piece and the first of the next, packets of both may lie.
            nearer = abs(time + shift - piece.time) < abs(time + piece.shift - piece.time)
            if self._place < piece.begin and nearer:
                break
            shift = piece.shift
        return shift


class InStep:
    """Packets of side streams as they are to be copied: on one time line, sound with times that ascend.

    Broadcasts and streams have small steps back, where the sender set its clock; containers refuse them. Sound whose
    time has passed comes directly after the packet before, until the file's times have caught up. What begins more than
    `PASSED` before was heard already, and is left out; so is what an edit list leaves out.

    Args:
        pieces: The pieces of the file but the first.
    """

    PASSED = Fraction(1, 2)
    PRIMING = Fraction(1, 10)
    """Seconds before 0 that are kept of sound which begins there."""

    TICK = Fraction(1, 1000)
    """The least step: the coarsest time that containers count in."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._continuity = Continuity(pieces)
        self._last: dict[int, Fraction] = {}
        self._left_out: dict[int, Fraction] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out; complete when all packets have come."""
        return tuple(
            f"Time stamps of stream {index} go back by more than {float(self.PASSED):g} s: {float(seconds):.1f} s of "
            "it are left out."
            for index, seconds in self._left_out.items()
        )

    def packets(self, packets: Iterable[Packet[AnyStream]]) -> Iterator[Packet[AnyStream]]:
        """Those of `packets` that are to be copied, with their time stamps changed where it is needed."""
        for packet in self._continuity.moved(packets):
            cut_out = packet.is_discard and not self._primes(packet)
            if not cut_out and (packet.stream.type != "audio" or self._ascends(packet)):
                yield packet

    def _primes(self, packet: Packet[AnyStream]) -> bool:
        """Whether a packet that is not heard itself prepares the decoder for the first one that is."""
        begins = packet.stream_index not in self._last or self._last[packet.stream_index] < 0
        return begins and packet.pts is not None and -self.PRIMING <= packet.pts * packet.time_base < 0

    def _ascends(self, packet: Packet[AnyStream]) -> bool:
        """Let the times of a packet ascend; False where it is left out."""
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None or not packet.size:
            return True
        base = packet.time_base
        last = self._last.get(packet.stream_index)
        if last is not None and stamp * base <= last:
            if stamp * base < last - self.PASSED:
                gone = self._left_out.get(packet.stream_index, Fraction(0))
                self._left_out[packet.stream_index] = gone + (packet.duration or 0) * base
                return False
            stamp = ceil((last + self.TICK) / base)
            packet.dts = stamp
            packet.pts = stamp if packet.pts is None else max(packet.pts, stamp)
        self._last[packet.stream_index] = stamp * base
        return True
