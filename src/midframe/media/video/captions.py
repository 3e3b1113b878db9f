"""Closed captions that lie in the pictures of a broadcast (ATSC A/53), carried from picture to picture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import av

T35 = b"\xb5\x00\x31GA94\x03"
"""United States, ATSC, its mark, and the type of user data that captions are."""

TRIPLE = 3
MOST_TRIPLES = 31
REGISTERED_USER_DATA = 4
"""SEI payload type of H.264 and H.265."""


SIDE_DATA = "A53_CC"
"""FFmpeg's name of what comes with a picture."""


def captions_of(picture: av.VideoFrame) -> bytes:
    """What comes with a picture from the decoder; empty for nothing."""
    # PyAV's stubs call this a dictionary of names; it is a row of blocks, each with a type.
    blocks = cast("Iterable[Any]", picture.side_data)
    return b"".join(bytes(block) for block in blocks if block.type.name == SIDE_DATA)


class CaptionTrack:
    """The captions of a film, by number of the frame that they come with. May be used from any thread.

    Each is handed out once: with the first output frame at or after its own, however often that frame is shown.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, bytes] = {}
        self._given: int | None = None

    def put(self, number: int, data: bytes) -> None:
        """Captions come with a frame of the source."""
        with self._lock:
            if self._given is None or number > self._given:
                self._waiting[number] = data

    def take(self, number: int) -> tuple[bytes, ...]:
        """What has come up to a frame of the source since the last one that was asked for; only its own at first."""
        with self._lock:
            if self._given is not None and number <= self._given:
                return ()
            since = number if self._given is None else self._given + 1
            taken = tuple(self._waiting[each] for each in range(since, number + 1) if each in self._waiting)
            self._given = number
            self._waiting = {each: data for each, data in self._waiting.items() if each > number}
            return taken


def with_h264_captions(packet: bytes, captions: Sequence[bytes]) -> bytes:
    """A packet of H.264 with captions, as it comes from an encoder (ITU-T H.264, annex B)."""
    units = [_nal_unit(b"\x06", data) for data in captions]
    return _before_picture(packet, units, lambda first: 1 <= first & 31 <= 5)


def with_h265_captions(packet: bytes, captions: Sequence[bytes]) -> bytes:
    """A packet of H.265 with captions, as it comes from an encoder (ITU-T H.265, annex B)."""
    units = [_nal_unit(b"\x4e\x01", data) for data in captions]
    return _before_picture(packet, units, lambda first: first >> 1 & 63 < 32)


def with_av1_captions(packet: bytes, captions: Sequence[bytes]) -> bytes:
    """A packet of AV1 with captions in metadata units (AV1 specification, 5.8)."""
    at = 0
    # Temporal delimiter and sequence header come first.
    while at < len(packet) and packet[at] >> 3 & 15 in (1, 2) and packet[at] & 2:
        size, width = _leb128(packet, at + 1 + (packet[at] >> 2 & 1))
        at += 1 + (packet[at] >> 2 & 1) + width + size
    units = b""
    for data in captions:
        content = b"\x04" + _user_data(data) + b"\x80"
        units += b"\x2a" + _leb128_of(len(content)) + content
    return packet[:at] + units + packet[at:]


def _user_data(data: bytes) -> bytes:
    data = data[: TRIPLE * MOST_TRIPLES]
    return T35 + bytes([0x40 | len(data) // TRIPLE, 0xFF]) + data + b"\xff"


def _nal_unit(header: bytes, data: bytes) -> bytes:
    payload = _user_data(data)
    plain = bytes([REGISTERED_USER_DATA, len(payload)]) + payload + b"\x80"
    escaped = bytearray()
    for byte in plain:
        if byte <= 3 and escaped[-2:] == b"\0\0":
            escaped.append(3)
        escaped.append(byte)
    return b"\0\0\0\1" + header + bytes(escaped)


def _before_picture(packet: bytes, units: Sequence[bytes], is_picture: Callable[[int], bool]) -> bytes:
    """A packet with units of its own before the first one that holds part of the picture."""
    at = packet.find(b"\0\0\1")
    while 0 <= at < len(packet) - 3:
        if is_picture(packet[at + 3]):
            # The start code may have one more zero before it.
            begin = at - 1 if at and not packet[at - 1] else at
            return packet[:begin] + b"".join(units) + packet[begin:]
        at = packet.find(b"\0\0\1", at + 3)
    return packet


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number, and how many bytes it takes."""
    value = 0
    for width in range(8):
        if at + width >= len(data):
            break
        value |= (data[at + width] & 0x7F) << 7 * width
        if not data[at + width] & 0x80:
            return value, width + 1
    return value, 8


def _leb128_of(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])
