"""Carrying out a comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Literal

from PIL import Image

from midframe.errors import OptionError, OutputExistsError
from midframe.evaluation.comparison.composing import Composer
from midframe.evaluation.comparison.labels import facts_of
from midframe.evaluation.comparison.page import measure_moments, most_different, write_page
from midframe.evaluation.comparison.pairing import Pairing
from midframe.evaluation.comparison.scores import Scorer
from midframe.evaluation.comparison.video import ComposedFrames, plan_comparison_video, write_comparison_video
from midframe.evaluation.comparison.views import View
from midframe.media.video.plan import names_video
from midframe.runtime.events import Advanced, Listener, Reporter, Stage, Started
from midframe.visualization.image_files import PICTURE_SUFFIXES, require_folder_of, require_other_file, save_picture

Kind = Literal["video", "page", "picture"]

MOST_MOMENTS = 64
"""Pages with more moments would be too large to open."""


@dataclass(frozen=True)
class CompareOptions:
    """What a user says about a comparison.

    Attributes:
        output: The suffix says what it is.
        view: None for side by side, and on pages, which have all.
        gain: What differences are multiplied by; above 0.
        divider: Of a split, in [0, 1]; None for the middle, or a moving one in videos.
        moments: On a page, at most.
        overwrite: Whether an output that exists is replaced.
    """

    output: Path
    view: View | None = None
    gain: float = 4.0
    divider: float | None = None
    moments: int = 8
    overwrite: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What the output may be; .webp is a picture or a video, as what is compared."""
        suffix = self.output.suffix.lower()
        video: tuple[Kind, ...] = ("video",) if names_video(self.output) else ()
        picture: tuple[Kind, ...] = ("picture",) if suffix in PICTURE_SUFFIXES else ()
        return ("page",) if suffix == ".html" else (*video, *picture)


def check_output(options: CompareOptions) -> None:
    """Refuse what cannot be, before anything is read.

    Raises:
        OptionError: An option is out of range, or the output is nothing that is written.
        OutputExistsError: The output exists.
    """
    if not options.kinds:
        raise OptionError(
            f"{options.output} is nothing that a comparison is written as: a video such as .mp4, a page (.html) or a "
            f"picture ({', '.join(PICTURE_SUFFIXES)})."
        )
    if not (isfinite(options.gain) and options.gain > 0):
        raise OptionError(f"--gain must be above 0, not {options.gain:g}.")
    if options.divider is not None and (options.view != "split" or not 0 <= options.divider <= 1):
        raise OptionError("--divider needs --view split, and a number from 0 (only B) to 1 (only A).")
    if not 1 <= options.moments <= MOST_MOMENTS:
        raise OptionError(f"--moments must be from 1 to {MOST_MOMENTS}, not {options.moments}.")
    if "page" in options.kinds and options.view is not None:
        raise OptionError("--view is for videos and pictures; a page shows all of them.")
    require_folder_of(options.output, "comparison")
    if options.output.exists() and not options.overwrite:
        raise OutputExistsError(f"{options.output} exists. Choose another name, or replace it with --overwrite.")


def compare_sides(pairing: Pairing, options: CompareOptions, listener: Listener | None = None) -> dict[str, str]:
    """Write a comparison.

    Args:
        pairing: A and B.
        options: Checked by `check_output`.
        listener: Hears how far it is.

    Returns:
        Lines about both and their likeness, by name.

    Raises:
        OptionError: The output does not fit to what is compared or is one of both, or a library is missing.
        UnreadableFileError: A frame cannot be decoded.
        WriteError: The output cannot be written.
    """
    tell = Reporter([listener] if listener else [])
    try:
        kind = _kind_of(pairing, options)
        require_other_file(options.output, (*pairing.left.source.files, *pairing.right.source.files))
        scorer = Scorer(len(pairing.coinciding) or 1)
        composer = Composer(
            options.view or "side-by-side",
            (pairing.left.name, pairing.right.name),
            pairing.size,
            gain=options.gain,
            divider=0.5 if options.divider is None and pairing.alignment is None else options.divider,
        )
        if kind == "picture":
            _write_picture(pairing, composer, scorer, options.output)
        elif kind == "page":
            tell(Started({"read": len(pairing.coinciding or pairing.moments)}))
            found = measure_moments(pairing, scorer, _advancing(tell, "read"))
            chosen = most_different(found, options.moments)
            write_page(options.output, pairing, chosen, facts_of(pairing, scorer.scores), gain=options.gain)
        else:
            frames = ComposedFrames(pairing, composer, scorer)
            plan = plan_comparison_video(frames, pairing, options.output, overwrite=options.overwrite)
            tell(Started({"write": len(frames)}))
            write_comparison_video(frames, plan, _advancing(tell, "write"))
    finally:
        tell.close()
    return facts_of(pairing, scorer.scores)


def _kind_of(pairing: Pairing, options: CompareOptions) -> Kind:
    if "page" in options.kinds:
        return "page"
    fitting: Kind = "picture" if pairing.alignment is None else "video"
    if fitting in options.kinds:
        return fitting
    if fitting == "picture":
        raise OptionError(
            f"{options.output} is a video, but two single pictures are compared. Give a .png or .html file as output."
        )
    raise OptionError(
        f"{options.output} is a picture, but there are {len(pairing.moments)} moments to compare. Give a video such as "
        ".mp4, or an .html file as output."
    )


def _advancing(tell: Reporter, stage: Stage) -> Callable[[int], None]:
    return lambda done: tell(Advanced(stage, done))


def _write_picture(pairing: Pairing, composer: Composer, scorer: Scorer, path: Path) -> None:
    moment = pairing.moments[0]
    left, right = pairing.pictures(moment)
    scorer.measure(moment.time, left, right)
    save_picture(Image.fromarray(composer.draw(left, right, 0.0)), path)
