"""Comparing two inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Literal

from PIL import Image

from midframe.errors import OptionError
from midframe.evaluation.comparison.comparison_views import ComparisonView
from midframe.evaluation.comparison.composing import Composer
from midframe.evaluation.comparison.labels import comparison_facts
from midframe.evaluation.comparison.page import (
    measure_moments,
    moments_to_show,
    most_different_moments,
    write_comparison_page,
)
from midframe.evaluation.comparison.pairing import ComparedPair
from midframe.evaluation.comparison.scores import ComparisonScorer
from midframe.evaluation.comparison.video import ComposedFrames, plan_comparison_video, write_comparison_video
from midframe.evaluation.metrics.registry import require_libraries
from midframe.media.output_paths import require_free_file, require_no_input
from midframe.media.video.writing.plan import names_video
from midframe.runtime.events import Advanced, Listener, Reporter, Stage, Started
from midframe.visualization.image_files import PICTURE_SUFFIXES, require_folder_of, save_picture

OutputKind = Literal["video", "page", "picture"]

MOST_MOMENTS = 64
"""Pages with more moments would be too large to open."""


@dataclass(frozen=True)
class CompareOptions:
    """Options of a comparison.

    Attributes:
        output: Its suffix selects a video, a page or a picture.
        view: None for side by side, and on pages, which have all.
        gain: What differences are multiplied by; above 0.
        divider: Position of the divider of a split, in [0, 1]; None for the middle, or a moving one in videos.
        moments: Maximum number of moments on a page.
        overwrite: Whether an output that exists is replaced.
    """

    output: Path
    view: ComparisonView | None = None
    gain: float = 4.0
    divider: float | None = None
    moments: int = 8
    overwrite: bool = False

    @property
    def kinds(self) -> tuple[OutputKind, ...]:
        """What the output may be; .webp is a picture or a video, as what is compared."""
        suffix = self.output.suffix.lower()
        video: tuple[OutputKind, ...] = ("video",) if names_video(self.output) else ()
        picture: tuple[OutputKind, ...] = ("picture",) if suffix in PICTURE_SUFFIXES else ()
        return ("page",) if suffix == ".html" else (*video, *picture)


def check_output(options: CompareOptions) -> None:
    """Refuse what cannot be, before anything is read.

    Raises:
        OptionError: An option is out of range, or the output has no suffix of a video, page or picture.
        OutputExistsError: The output exists.
    """
    if not options.kinds:
        raise OptionError(
            f"Comparisons cannot be written to {options.output}. Use a video such as .mp4, a page (.html) or a "
            f"picture ({', '.join(PICTURE_SUFFIXES)}).",
            option="output",
            path=options.output,
        )
    if not (isfinite(options.gain) and options.gain > 0):
        raise OptionError(f"`gain` must be above 0, not {options.gain:g}.", option="gain")
    if options.divider is not None and (options.view != "split" or not 0 <= options.divider <= 1):
        message = "`divider` needs `view=split`, and a number from 0 (only B) to 1 (only A)."
        raise OptionError(message, option="divider")
    if not 1 <= options.moments <= MOST_MOMENTS:
        message = f"`moments` must be from 1 to {MOST_MOMENTS}, not {options.moments}."
        raise OptionError(message, option="moments")
    if "page" in options.kinds and options.view is not None:
        raise OptionError("`view` is for videos and pictures; a page shows all of them.", option="view")
    require_libraries(("psnr", "ssim"), "Comparing", ("jinja2",) if "page" in options.kinds else ())
    require_folder_of(options.output, "comparison")
    require_free_file(options.output, (), options.overwrite)


def compare_sides(pair: ComparedPair, options: CompareOptions, listener: Listener | None = None) -> dict[str, str]:
    """Write a comparison.

    Args:
        pair: A and B.
        options: Checked by `check_output`.
        listener: Takes events of progress.

    Returns:
        Lines about both and their scores, by name.

    Raises:
        OptionError: The output does not fit to what is compared or is one of both, or a library is missing.
        UnreadableFileError: A frame cannot be decoded.
        WriteError: The output cannot be written.
    """
    report = Reporter([listener] if listener else [])
    try:
        kind = _kind_of(pair, options)
        require_no_input(options.output, (*pair.left.source.files, *pair.right.source.files))
        scorer = ComparisonScorer(len(pair.coinciding) or 1)
        composer = Composer(
            options.view or "side-by-side",
            (pair.left.name, pair.right.name),
            pair.size,
            gain=options.gain,
            divider=0.5 if options.divider is None and pair.alignment is None else options.divider,
        )
        if kind == "picture":
            _write_picture(pair, composer, scorer, options.output)
        elif kind == "page":
            report(Started({"read": len(pair.moments)}))
            found = measure_moments(pair, scorer, _advancing(report, "read"))
            chosen = most_different_moments(moments_to_show(found), options.moments)
            write_comparison_page(
                options.output, pair, chosen, comparison_facts(pair, scorer.scores), gain=options.gain
            )
        else:
            frames = ComposedFrames(pair, composer, scorer)
            plan = plan_comparison_video(frames, pair, options.output, overwrite=options.overwrite)
            report(Started({"write": len(frames)}))
            write_comparison_video(frames, plan, _advancing(report, "write"))
    finally:
        report.close()
    return comparison_facts(pair, scorer.scores)


def _kind_of(pair: ComparedPair, options: CompareOptions) -> OutputKind:
    if "page" in options.kinds:
        return "page"
    fitting: OutputKind = "picture" if pair.alignment is None else "video"
    if fitting in options.kinds:
        return fitting
    if fitting == "picture":
        raise OptionError(
            f"{options.output} is a video, but two single pictures are compared. Give a .png or .html file as output.",
            option="output",
            path=options.output,
        )
    raise OptionError(
        f"{options.output} is a picture, but there are {len(pair.moments)} moments to compare. Give a video such as "
        ".mp4, or an .html file as output.",
        option="output",
        path=options.output,
    )


def _advancing(report: Reporter, stage: Stage) -> Callable[[int], None]:
    return lambda done: report(Advanced(stage, done))


def _write_picture(pair: ComparedPair, composer: Composer, scorer: ComparisonScorer, path: Path) -> None:
    moment = pair.moments[0]
    left, right = pair.views(moment)
    scorer.measure(moment.time, left, right)
    save_picture(Image.fromarray(composer.compose(left, right, 0.0)), path)
