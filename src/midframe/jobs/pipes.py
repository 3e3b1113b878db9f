"""Jobs that begin or end in a pipe."""

from __future__ import annotations

from pathlib import Path

from midframe.errors import OptionError
from midframe.jobs.inputs import JobSource
from midframe.media.pipes.raw import RawVideo
from midframe.media.pipes.source import PipeSource
from midframe.media.pipes.streams import PIPE, PipeReader, Pipes, require_pipe


def is_pipe(place: JobSource | None) -> bool:
    """Whether an input or output is standard input or output."""
    return str(place) == PIPE


def check_pipes(source: JobSource, output: Path | None, *, raw_input: bool, raw_output: bool) -> None:
    """Make sure that what is said about pipes goes with the input and the output.

    Raises:
        OptionError: It does not.
    """
    if is_pipe(source) and output is None:
        raise OptionError(
            "The output cannot be named after a pipe: add `output=out.mp4`, "
            "`output=frames/`, or `output=-` for another pipe.",
            option="output",
        )
    if raw_input and not is_pipe(source):
        raise OptionError("`raw_input` is for a pipe as input; give - as INPUT.", option="raw_input")
    if raw_output and not is_pipe(output):
        raise OptionError("`raw_output` is for a pipe as output; give `output=-`.", option="raw_output")


def open_pipe(pipes: Pipes, raw: RawVideo | None) -> PipeSource:
    """Begin to read frames; waits for the first bytes.

    Raises:
        OptionError: There is a terminal where frames should come from.
        UnreadableFileError: Nothing comes, or not Y4M.
        UnsupportedFormatError: Samples that midframe does not know.
    """
    require_pipe(pipes.input, writes=False)
    return PipeSource(PipeReader(pipes.input), raw)
