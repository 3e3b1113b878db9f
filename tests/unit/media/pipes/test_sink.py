"""Pictures into pipes: in order, whole, at once."""

from __future__ import annotations

import io
from fractions import Fraction

import pytest
from tests.support.y4m import header_of, noise, pipe_of, split_y4m, y4m

from midframe.errors import WriteError
from midframe.media.pipes.plan import PipePlan, PipeRequest, plan_pipe
from midframe.media.pipes.sink import PipeSink
from midframe.media.pipes.source import PipeSource
from midframe.media.video.writing.encoders import EncodingOptions


def source_of(count: int = 3) -> PipeSource:
    return pipe_of(y4m(noise("422", count), header_of("422")))


def plan(stream: io.BytesIO, count: int | None = None) -> PipePlan:
    return plan_pipe(source_of(), count, PipeRequest(stream, False, Fraction(25), EncodingOptions()))


def test_frames_go_out_in_order_as_they_are_committed() -> None:
    stream = io.BytesIO()
    sink = plan(stream).open_sink()
    assert isinstance(sink, PipeSink)
    assert stream.getvalue() == header_of("422") + b"\n"
    staged = [sink.stage(index, frame) for index, frame in enumerate(source_of().frames())]
    with pytest.raises(ValueError, match="turn of frame 0"):
        sink.commit(staged[1])
    for number, each in enumerate(staged, 1):
        sink.commit(each)
        assert len(split_y4m(stream.getvalue())[1]) == number
    sink.finish()
    sink.abort()
    assert stream.getvalue() == y4m(noise("422", 3), header_of("422"))
    assert sink.notes == ()


@pytest.mark.parametrize(("count", "index"), [(2, 2), (None, -1)])
def test_frames_that_were_not_announced(count: int | None, index: int) -> None:
    sink = plan(io.BytesIO(), count).open_sink()
    with pytest.raises(IndexError):
        sink.stage(index, next(source_of().frames()))


@pytest.mark.parametrize(("error", "words"), [(BrokenPipeError(32, "x"), "has ended"), (OSError(5, "I/O"), "I/O")])
def test_pipes_that_take_nothing(error: OSError, words: str) -> None:
    class Broken(io.BytesIO):
        def write(self, data: object) -> int:
            raise error

    with pytest.raises(WriteError, match=words):
        plan(Broken()).open_sink()
