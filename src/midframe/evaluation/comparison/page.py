"""A comparison as a page: a few moments, each under a draggable divider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np

from midframe.evaluation.comparison.alignment import Moment
from midframe.evaluation.comparison.labels import db_text
from midframe.evaluation.comparison.pairing import Pairing
from midframe.evaluation.comparison.scores import Scorer
from midframe.evaluation.comparison.views import difference, to_pixels
from midframe.evaluation.report.format import moment_text
from midframe.evaluation.report.layers import LONGEST_SIDE, Picture, overlay
from midframe.evaluation.report.templates import render_page
from midframe.evaluation.report.text_files import write_text


@dataclass(frozen=True)
class Difference:
    """How different A and B are at a moment.

    Attributes:
        moment: When.
        error: Mean squared difference of samples in [0, 1].
    """

    moment: Moment
    error: float

    @property
    def psnr(self) -> float:
        """In dB; inf for equal pictures."""
        return inf if self.error == 0 else -10 * float(np.log10(self.error))


@dataclass(frozen=True)
class ShownMoment:
    """A moment as the page shows it."""

    number: int
    words: str
    place: str
    score: str
    picture: Picture


def measure_moments(pairing: Pairing, scorer: Scorer, on_read: Callable[[int], None]) -> tuple[Difference, ...]:
    """Read everything once: how different A and B are at each moment that a page may show.

    Those are the ones whose frames begin together; all, where none do. At others A and B show different times, and
    would differ by that.
    """
    found = []
    for number, moment in enumerate(pairing.coinciding or pairing.moments):
        left, right = pairing.pictures(moment)
        if moment.coincides:
            scorer.measure(moment.time, left, right)
        found.append(Difference(moment, float(np.mean(np.square(left - right), dtype=np.float64))))
        on_read(number + 1)
    return tuple(found)


def most_different(differences: Sequence[Difference], count: int) -> tuple[Difference, ...]:
    """The moments with the largest differences, largest first; one of neighbours, so that they show all there is."""
    apart = len(differences) // (4 * count)
    chosen: list[int] = []
    for index in sorted(range(len(differences)), key=lambda each: -differences[each].error):
        if len(chosen) < count and all(abs(index - other) > apart for other in chosen):
            chosen.append(index)
    return tuple(differences[index] for index in chosen)


def write_page(
    path: Path, pairing: Pairing, chosen: Sequence[Difference], facts: Mapping[str, str], *, gain: float
) -> None:
    """Write one HTML file that loads nothing from anywhere.

    Args:
        path: The file.
        pairing: A and B.
        chosen: What to show, in this order.
        facts: About both and their likeness, for people.
        gain: What differences are multiplied by.

    Raises:
        OptionError: Jinja2 is not installed.
        WriteError: The file cannot be written.
    """
    exhibits = [_shown(pairing, number, each, gain) for number, each in enumerate(chosen)]
    still = pairing.alignment is None
    values = {
        "left": pairing.left.name,
        "right": pairing.right.name,
        "facts": facts,
        "title": "Both pictures" if still else f"The {len(exhibits)} most different moments",
        "exhibits": exhibits,
        "gain": f"{gain:g}",
        "scaled_down": any(each.picture.size != each.picture.source_size for each in exhibits),
        "notes": pairing.notes,
    }
    write_text(
        path,
        render_page("comparison.html", values, styles=["viewer.css"], scripts=["choices.js", "viewer.js"]),
    )


def _shown(pairing: Pairing, number: int, shown: Difference, gain: float) -> ShownMoment:
    left, right = pairing.pictures(shown.moment)
    error = np.abs(left - right).mean(axis=2) * np.float32(255)
    names = pairing.left.name, pairing.right.name
    layers = (
        ("left", names[0], to_pixels(left)),
        ("right", names[1], to_pixels(right)),
        ("difference", f"Difference × {gain:g}", difference(left, right, gain)),
    )
    still = pairing.alignment is None
    place = f"frame {shown.moment.left} of {names[0]}, frame {shown.moment.right} of {names[1]}"
    return ShownMoment(
        number,
        "Picture" if still else moment_text(shown.moment.time),
        "" if still else place,
        f"{db_text(shown.psnr)} PSNR",
        overlay(layers, error, LONGEST_SIDE),
    )
