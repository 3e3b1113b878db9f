"""A comparison as a page: a few moments, each under a draggable divider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from midframe.evaluation.comparison.alignment import ComparedMoment
from midframe.evaluation.comparison.comparison_views import amplified_difference
from midframe.evaluation.comparison.labels import db_text
from midframe.evaluation.comparison.pairing import ComparedPair
from midframe.evaluation.comparison.scores import ComparisonScorer
from midframe.evaluation.metrics.psnr import psnr_of_error, squared_error
from midframe.evaluation.report.format import moment_text
from midframe.evaluation.report.layers import LONGEST_LAYER_SIDE, LayeredImage, overlay
from midframe.evaluation.report.result_files import write_text
from midframe.evaluation.report.templates import render_page
from midframe.visualization.image_files import to_pixels


@dataclass(frozen=True)
class MomentDifference:
    """The difference of A and B at a moment.

    Attributes:
        moment: When.
        error: Mean squared difference of samples in [0, 1].
    """

    moment: ComparedMoment
    error: float

    @property
    def psnr(self) -> float:
        """PSNR in dB; inf for equal views."""
        return psnr_of_error(self.error)


@dataclass(frozen=True)
class MomentViewer:
    """A moment as the page shows it."""

    number: int
    words: str
    place: str
    score: str
    picture: LayeredImage


def measure_moments(
    pair: ComparedPair, scorer: ComparisonScorer, on_read: Callable[[int], None]
) -> tuple[MomentDifference, ...]:
    """Read everything once: how different A and B are at each moment; those at which both frames begin are scored."""
    differences = []
    for number, moment in enumerate(pair.moments):
        left, right = pair.views(moment)
        if moment.coincides:
            scorer.measure(moment.time, left, right)
        differences.append(MomentDifference(moment, squared_error(left, right)))
        on_read(number + 1)
    return tuple(differences)


def moments_to_show(differences: Sequence[MomentDifference]) -> tuple[MomentDifference, ...]:
    """Moments at which one of A and B has a frame that the other has none for; all, where there are no such.

    Where one was interpolated from the other, these are the interpolated frames. At the other moments both show the
    same source frame, and would differ by what compression did to it.
    """
    return tuple(each for each in differences if not each.moment.coincides) or tuple(differences)


def most_different_moments(differences: Sequence[MomentDifference], count: int) -> tuple[MomentDifference, ...]:
    """The moments with the largest differences, largest first; one of neighbours, so that they show all there is."""
    apart = len(differences) // (4 * count)
    chosen: list[int] = []
    for index in sorted(range(len(differences)), key=lambda index: -differences[index].error):
        if len(chosen) < count and all(abs(index - other) > apart for other in chosen):
            chosen.append(index)
    return tuple(differences[index] for index in chosen)


def write_comparison_page(
    path: Path, pair: ComparedPair, chosen: Sequence[MomentDifference], facts: Mapping[str, str], *, gain: float
) -> None:
    """Write one HTML file that loads nothing from anywhere.

    Args:
        path: The file.
        pair: A and B.
        chosen: What to show, in this order.
        facts: About both and their scores, for people.
        gain: What differences are multiplied by.

    Raises:
        OptionError: Jinja2 is not installed.
        WriteError: The file cannot be written.
    """
    exhibits = [_moment_viewer(pair, number, difference, gain) for number, difference in enumerate(chosen)]
    still = pair.alignment is None
    between = any(not difference.moment.coincides for difference in chosen)
    values = {
        "left": pair.left.name,
        "right": pair.right.name,
        "facts": facts,
        "title": "Both pictures" if still else _title(len(exhibits), between=between),
        "between": between,
        "exhibits": exhibits,
        "gain": f"{gain:g}",
        "scaled_down": any(viewer.picture.size != viewer.picture.source_size for viewer in exhibits),
        "notes": pair.notes,
    }
    write_text(
        path,
        render_page("comparison.html", values, styles=["viewer.css"], scripts=["choices.js", "viewer.js", "folds.js"]),
    )


def _title(count: int, *, between: bool) -> str:
    number = "" if count == 1 else f"{count} "
    shown = f"{'frame' if between else 'moment'}{'' if count == 1 else 's'}"
    return f"The {number}most different {shown}{' in between' if between else ''}"


def _place(pair: ComparedPair, moment: ComparedMoment) -> str:
    """The frames that both show; the slower one may still show an earlier one."""
    sides = [(moment.left, pair.left), (moment.right, pair.right)]
    if moment.coincides:
        return ", ".join(f"frame {index} of {side.name}" for index, side in sides)
    assert pair.left.clock is not None
    assert pair.right.clock is not None
    if pair.left.clock.mean_rate < pair.right.clock.mean_rate:
        sides.reverse()
    (new, faster), (old, slower) = sides
    return f"frame {new} of {faster.name}; {slower.name} still shows frame {old}"


def _moment_viewer(pair: ComparedPair, number: int, shown: MomentDifference, gain: float) -> MomentViewer:
    left, right = pair.views(shown.moment)
    error = np.abs(left - right).mean(axis=2) * np.float32(255)
    names = pair.left.name, pair.right.name
    layers = (
        ("left", names[0], to_pixels(left)),
        ("right", names[1], to_pixels(right)),
        ("difference", f"Difference × {gain:g}", amplified_difference(left, right, gain)),
    )
    still = pair.alignment is None
    score = f"{db_text(shown.psnr)} PSNR" if shown.moment.coincides else ""
    return MomentViewer(
        number,
        "Picture" if still else moment_text(shown.moment.time),
        "" if still else _place(pair, shown.moment),
        score,
        overlay(layers, error, LONGEST_LAYER_SIDE),
    )
