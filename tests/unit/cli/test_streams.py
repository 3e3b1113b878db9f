from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from midframe.cli.streams import _Errors, _Output, _text


@pytest.fixture
def gone() -> Iterator[int]:
    """A pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.fixture
def full() -> Iterator[int]:
    """A device that is always full."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("kind", ["gone", "full"])
def test_errors_that_cannot_be_written_are_left_out(request: pytest.FixtureRequest, kind: str) -> None:
    descriptor: int = request.getfixturevalue(kind)
    stream = _text(_Errors(descriptor), None, line_buffering=True)
    for _ in range(3):
        print("midframe: stopped. " * 10_000, file=stream, flush=True)
    assert stream.fileno() == descriptor
    assert not stream.isatty()


def test_output_for_which_there_is_no_room_is_remembered(full: int) -> None:
    raw = _Output(full)
    stream = _text(raw, None, line_buffering=False)
    print("7 frames", file=stream, flush=True)
    print("7 frames", file=stream, flush=True)
    assert raw.failure == "No space left on device"
    assert not raw.reader_gone


def test_a_reader_that_has_gone_is_reported_once(gone: int) -> None:
    raw = _Output(gone)
    stream = _text(raw, None, line_buffering=False)
    with pytest.raises(BrokenPipeError):
        print("7 frames", file=stream, flush=True)
    stream.flush()
    assert raw.reader_gone
    assert raw.failure is None


def test_every_character_can_be_written(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "a", os.O_WRONLY | os.O_CREAT)
    with (tmp_path / "b").open("w", encoding="ascii") as ascii_stream:
        stream = _text(_Errors(descriptor), ascii_stream, line_buffering=True)
    print("64×48 \udcfe", file=stream)
    os.close(descriptor)
    assert (tmp_path / "a").read_bytes() == rb"64\xd748 \udcfe" + b"\n"
