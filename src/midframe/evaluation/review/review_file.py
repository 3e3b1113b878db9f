"""A review for programs: JSON with everything but the pictures. docs/review.md describes it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from midframe.evaluation.report.result_files import write_text
from midframe.evaluation.review.results import PairReview, Review
from midframe.text import json_text

FORMAT = "midframe-review"
FORMAT_VERSION = 1

BEGINNING = f'{{\n "format": "{FORMAT}"'
"""By which reviews are distinguished from other files."""


def write_review_json(review: Review, path: Path, top: int) -> None:
    """Write a review.

    Args:
        review: The review.
        path: The file.
        top: How many pairs are listed as the worst.

    Raises:
        WriteError: The file cannot be written.
    """
    numbers = {pair.left: number for number, pair in enumerate(review.pairs)}
    document = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "source": review.source,
        "input": {name: value for name, value in asdict(review.input).items() if value is not None},
        "settings": dict(review.settings),
        "facts": dict(review.facts),
        "seconds": round(review.seconds, 3),
        "worst": [numbers[pair.left] for pair in review.worst(top)],
        "pairs": [_pair(pair) for pair in review.pairs],
    }
    write_text(path, json_text(document, indent=1, allow_nan=False) + "\n")


def _pair(pair: PairReview) -> dict[str, Any]:
    name = pair.name
    return {
        **({"time": str(name.time)} if name.time is not None else {"frame": name.frame}),
        "left": pair.left,
        "right": pair.right,
        "begin": str(pair.begin),
        "end": str(pair.end),
        "verdict": pair.verdict,
        "score": pair.score,
        "reasons": [asdict(reason) for reason in pair.reasons],
        "cut_score": pair.cut_score,
        "signs": None if pair.signs is None else asdict(pair.signs),
    }
