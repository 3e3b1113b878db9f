"""The input of a review, opened."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from midframe.detection.rules import PairRules
from midframe.errors import OptionError
from midframe.jobs.choices import PairChoice, pair_names
from midframe.jobs.inputs import describe_source
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import rules_for
from midframe.jobs.time import DEFAULT_RATE, resolve_time, source_clock
from midframe.media.alpha import blended_format
from midframe.media.channels import channel_use
from midframe.media.pipes.streams import PIPE
from midframe.media.pixels import ViewTransform
from midframe.media.protocols import FrameSource
from midframe.media.sources import open_source
from midframe.runtime.view_fitting import fit_view
from midframe.timing.clock import SourceClock


@dataclass(frozen=True, eq=False)
class ReviewInput:
    """An input, opened for a review. A context manager; leaving it closes the input.

    Attributes:
        name: The input in words.
        whole: All of its frames.
        source: Those that are reviewed.
        first: Number of the first of them in the whole input.
        clock: Times of all frames.
        names: A choice for each pair of the whole input that changes nothing.
        options: What the input was opened with.
        rules: How pairs are classified.
        transform: How frames of pairs that have no transform of their own are seen.
    """

    name: str
    whole: FrameSource
    source: FrameSource
    first: int
    clock: SourceClock
    names: tuple[PairChoice, ...]
    options: JobOptions
    rules: PairRules
    transform: ViewTransform

    def __enter__(self) -> ReviewInput:
        return self

    def __exit__(self, *exception: object) -> None:
        self.whole.close()

    def moment(self, index: int) -> Fraction:
        """When a frame of the whole input is shown, in seconds after its first one."""
        return self.clock.times[index] - self.clock.times[0]


def open_for_review(options: JobOptions) -> ReviewInput:
    """Open the input of a job.

    Raises:
        OptionError: A pipe, or options that do not fit the input.
        InputError: The input cannot be read.
    """
    if str(options.source) == PIPE:
        raise OptionError(
            "A pipe can be read only once, so it cannot be reviewed. Write it to a file.", option="source"
        )
    opened = open_source(options.source, options.on_damage, options.deinterlace)
    with ExitStack() as failed:
        failed.callback(opened.close)
        time = resolve_time(opened, Fraction(1), "drop", options.time, timed=True)
        source = time.source.seekable
        assert source is not None
        channels = channel_use(blended_format(source.format, options.alpha), options.channels)
        found = ReviewInput(
            name=_name(options),
            whole=opened,
            source=source,
            first=time.used.start,
            clock=source_clock(opened, options.time.source_fps or DEFAULT_RATE),
            names=pair_names(opened),
            options=options,
            rules=rules_for(options, source),
            transform=fit_view(source, channels, options.alpha),
        )
        failed.pop_all()
    return found


def _name(options: JobOptions) -> str:
    """Without folders; a folder of frames has its own name."""
    if isinstance(options.source, tuple):
        return describe_source(tuple(Path(picture.name) for picture in options.source))
    path = Path(options.source)
    return path.name or path.resolve().name
