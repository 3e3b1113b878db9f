"""A job: everything that is to be done, resolved and checked before any of it is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from midframe.errors import OptionError
from midframe.media.base import FrameSource
from midframe.media.output_plan import FolderPlan, OutputPlan, plan_output
from midframe.media.sources import open_source
from midframe.policy.pairs import DEFAULT_STATIC_THRESHOLD
from midframe.policy.recursion import Mode
from midframe.policy.timeline import EndMode, Timeline


@dataclass(frozen=True)
class JobOptions:
    """What a user may say about a job, with the defaults.

    Attributes:
        source: Folder, glob, printf pattern or multi-page TIFF.
        output: Folder or file; None for one beside the input, named after it and the factor.
        factor: Output frames per source interval.
        end: See `midframe.policy.timeline.EndMode`.
        mode: See `midframe.policy.recursion`.
        static_threshold: Pairs that score this or more are held; None holds only identical ones.
        name: Output name pattern such as ``shot_{:05d}.png``; None for seven digits.
        start_number: Number of the first output frame.
        overwrite: Whether frames that are already in the output place may be replaced.
    """

    source: str | Path
    output: Path | None = None
    factor: Fraction = Fraction(2)
    end: EndMode = "drop"
    mode: Mode = "direct"
    static_threshold: float | None = DEFAULT_STATIC_THRESHOLD
    name: str | None = None
    start_number: int = 0
    overwrite: bool = False


@dataclass(frozen=True)
class Job:
    """Resolved options: nothing in here is optional or unchecked.

    Attributes:
        source: Open, its frames probed and alike.
        output: Where and under what names frames will go; nothing is created yet.
        timeline: Which output frame stands where.
        mode: How several frames in a pair are drawn.
        static_threshold: See `JobOptions`; None is a choice here too.
        notes: Sentences that the user should see before work starts.
    """

    source: FrameSource
    output: OutputPlan
    timeline: Timeline
    mode: Mode
    static_threshold: float | None
    notes: tuple[str, ...]

    @property
    def place(self) -> Path:
        """The output folder or file."""
        return self.output.folder if isinstance(self.output, FolderPlan) else self.output.path

    @property
    def needs_network(self) -> bool:
        """Whether any output frame lies between two source frames."""
        return self.timeline.synthesised > 0


def resolve_job(options: JobOptions) -> Job:
    """Open the input, check it and the output against the options. Creates no file.

    Raises:
        InputError: Of the kind that fits; see `midframe.errors`.
    """
    if options.static_threshold is not None and not 0 < options.static_threshold <= 1:
        raise OptionError(
            f"--static-threshold must be above 0 and at most 1, or off, not {options.static_threshold:g}."
        )
    source = open_source(options.source)
    timeline = Timeline(len(source), options.factor, options.end)
    output = plan_output(
        options.output or default_output(options.source, options.factor),
        source,
        count=timeline.count,
        name=options.name,
        start_number=options.start_number,
        overwrite=options.overwrite,
        step=1 / options.factor,
    )
    return Job(source, output, timeline, options.mode, options.static_threshold, source.notes)


def default_output(source: str | Path, factor: Fraction) -> Path:
    """The place beside the input: ``shots`` at factor 2 gives ``shots_2x``, ``stack.tif`` gives ``stack_2x.tif``."""
    path = Path(source)
    if any(character in path.name for character in "*?[%"):
        path = path.absolute().parent
    path = path.resolve() if path.name in ("", "..") else path
    words = f"{factor.numerator}x" if factor.denominator == 1 else f"{float(factor):g}x"
    if path.is_dir():
        return path.with_name(f"{path.name}_{words}")
    return path.with_name(f"{path.stem}_{words}{path.suffix}")
