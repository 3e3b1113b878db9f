"""How certain several measures of a frame's brightness are on clips without flicker.

python benchmarks/research/flicker_estimators.py bikes.mp4 bigbuckbunny.mp4 --frames 150

For every frame, its brightness is compared with the mean of both neighbours. Without flicker the deviation should be 0;
what is there is what a threshold must be above. In percent: the median, and the largest median of 11 frames in a row.
"""

from __future__ import annotations

import argparse
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import midframe

CELLS = (18, 32)
DARK = 0.03

Cells = NDArray[np.float64]


def main() -> None:
    """Print a row for each measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=150)
    given = parser.parse_args()
    print("| clip | " + " | ".join(MEASURES) + " |")
    print("|---" * (len(MEASURES) + 1) + "|")
    for path in given.clips:
        cells = [_cells(frame) for frame in islice(midframe.read_frames(path), given.frames)]
        row = [_uncertainty(cells, measure) for measure in MEASURES.values()]
        print(f"| {path.stem.split('-')[0]} | " + " | ".join(row) + " |", flush=True)


def _cells(frame: NDArray[Any]) -> Cells:
    """Mean colours of the cells of a frame, (cells, 3) in [0, 1]."""
    rows, columns = CELLS
    height, width = (side // count for side, count in zip(frame.shape, CELLS, strict=False))
    cut = frame[: rows * height, : columns * width].reshape(rows, height, columns, width, 3)
    means: Cells = cut.mean(axis=(1, 3), dtype=np.float64).reshape(-1, 3) / 255
    return means


def _luma(cells: Cells) -> Cells:
    return cells @ np.array([0.299, 0.587, 0.114])


def _mean(left: Cells, right: Cells) -> float:
    return float(np.log(_luma(right).mean() / _luma(left).mean()))


def _median_ratio(before: Cells, after: Cells) -> float:
    seen = np.minimum(before, after) > DARK
    return float(np.median(np.log(after[seen] / before[seen]))) if seen.sum() > seen.size / 4 else 0.0


def _with_offset(left: Cells, right: Cells) -> float:
    """The slope of a robust line through the brightness of all cells: bisquare weights, 5 rounds."""
    before, after = _luma(left), _luma(right)
    weights = np.ones_like(before)
    slope = 1.0
    for _ in range(5):
        slope, offset = np.polyfit(before, after, 1, w=np.sqrt(weights))
        residuals = after - slope * before - offset
        scale = 4.685 * 1.4826 * np.median(np.abs(residuals)) + 1e-3
        weights = np.clip(1 - (residuals / scale) ** 2, 0, None) ** 2
    return float(np.log(max(slope, 1e-3)))


MEASURES = {
    "mean": _mean,
    "median ratio": lambda left, right: _median_ratio(_luma(left), _luma(right)),
    "of red": lambda left, right: _median_ratio(left[:, 0], right[:, 0]),
    "of green": lambda left, right: _median_ratio(left[:, 1], right[:, 1]),
    "of blue": lambda left, right: _median_ratio(left[:, 2], right[:, 2]),
    "gain of gain and offset": _with_offset,
}


def _uncertainty(cells: list[Cells], measure: Any) -> str:
    changes = np.array([measure(left, right) for left, right in pairwise(cells)])
    bends = np.abs(np.diff(changes)) / 2
    largest = max(np.median(bends[first : first + 11]) for first in range(len(bends) - 10))
    return f"{np.median(bends):.2%}, {largest:.2%}"


if __name__ == "__main__":
    main()
