"""How well the score of a review predicts real errors: leave-one-out on films.

Every second frame of a film is dropped. Pairs of those that are left are scored as `midframe review` scores them, with
their neighbours; then each dropped frame is interpolated, and its squared error against the truth is what the score
should have known. Pairs that a job holds, static ones and cuts, are left out. Films are reduced to at most 640×360.

    python benchmarks/research/review.py --json out/review.json
    python benchmarks/research/review.py --pairs 48  in three stretches of each film
    python benchmarks/research/review.py --fences    bars that move before a still, made here
    python benchmarks/research/review.py --pans      how far a pan may go until it is lost
    python benchmarks/research/review.py --cost      CPU time, next to that of interpolating
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from quality_clips import CLIPS, Frames  # the folder above is where scripts find each other

from midframe.detection.rules import PairRules
from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Engine, EngineFrame, Motion
from midframe.engines.wrapped import WrappedEngine
from midframe.evaluation.review.reviewer import PairReviewer
from midframe.evaluation.review.score import expected_errors, score_of
from midframe.evaluation.review.signs import UNEVENNESS
from midframe.executors.base import ClassifiedPair
from midframe.media.pixels import ViewTransform
from midframe.runtime.classification import PairClassifier
from midframe.runtime.similarity import seen_alike, view_of
from midframe.types import Frame, FrameFormat

FILMS = (
    *("bigbuckbunny", "bikes", "carphone", "vtest", "megamind", "tree", "box", "cup", "city"),
    *("talker", "talker-small", "graphics", "globe"),
)
STRETCHES = 3
WORST = 0.1
SPARE = 4
"""Frames around a stretch that cuts are looked for in."""

Row = dict[str, Any]


class WarpingEngine(WrappedEngine[Any]):
    """Passes on motion, and keeps the frame that it gives."""

    def __init__(self, engine: Engine[Any]) -> None:
        super().__init__(engine)
        self.frames: list[NDArray[np.float32]] = []

    def encode(self, frame: EngineFrame) -> Any:
        """See `MotionEngine`."""
        return self._engine.encode(frame)

    def between(self, left: Any, right: Any, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """See `MotionEngine`."""
        return self._engine.between(left, right, times)

    def motion(self, left: Any, right: Any, time: float) -> Motion:
        """See `MotionEngine`; the frame is kept."""
        motion = self._engine.motion(left, right, time)
        self.frames.append(self._engine.warp(left, right, motion))
        return motion

    def warp(self, left: Any, right: Any, motion: Motion) -> NDArray[np.float32]:
        """See `MotionEngine`."""
        return self._engine.warp(left, right, motion)

    def field(self, motion: Motion, height: int, width: int) -> Any:
        """See `MotionEngine`."""
        return self._engine.field(motion, height, width)


def reduced(frames: Frames) -> Frames:
    """Means of 2 × 2 pixels where frames are larger than 640×360."""
    height, width = frames[0].shape[:2]
    if height * width <= 640 * 360:
        return frames
    even = (frame[: height // 2 * 2, : width // 2 * 2].reshape(height // 2, 2, width // 2, 2, 3) for frame in frames)
    return [np.rint(frame.mean(axis=(1, 3))).astype(np.uint8) for frame in even]


def stretches(kept: int, pairs: int) -> list[range]:
    """Pairs of kept frames that are measured, in runs spread over the film."""
    if kept - 1 <= pairs:
        return [range(kept - 1)]
    each = pairs // STRETCHES
    return [range(round(first), round(first) + each) for first in np.linspace(0, kept - 1 - each, STRETCHES)]


def classified(kept: list[NDArray[np.uint8]], pairs: range, transform: ViewTransform) -> Iterator[ClassifiedPair]:
    """The pairs of a stretch, classified as in the whole film."""
    first, last = max(0, pairs.start - SPARE), min(len(kept), pairs.stop + 1 + SPARE)
    frames = (Frame(kept[number], transform.format, number) for number in range(first, last))
    for pair in PairClassifier(transform, PairRules()).classify(frames):
        if pair.left.frame.index in pairs:
            yield pair


def measure(frames: Frames, engine: Engine[Any], pairs: int) -> list[Row]:
    """Signs, score and true squared error of each pair that is interpolated, in squared levels of 255."""
    height, width = frames[0].shape[:2]
    shape = FrameFormat(width, height, 3, np.dtype(np.uint8))
    transform = ViewTransform.fixed(shape)
    assert transform is not None
    kept, rows = frames[::2], []
    for run in stretches((len(frames) + 1) // 2, pairs):
        warping = WarpingEngine(engine)
        for found in PairReviewer(warping, transform).review(classified(kept, run, transform)):
            if found.signs is None:
                continue
            drawn = np.clip(np.rint(warping.frames.pop(0) * 255), 0, 255)
            truth = frames[2 * found.pair.left + 1]
            rows.append(
                {
                    "pair": found.pair.left,
                    "score": score_of(found.signs),
                    "error": float(np.mean((drawn - truth) ** 2)),
                    "parts": {name: part * 255**2 for name, part in expected_errors(found.signs).items()},
                    "difference": float(
                        np.mean((kept[found.pair.left].astype(np.float32) - kept[found.pair.right]) ** 2)
                    ),
                }
            )
    return rows


def held(scores: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    """The share of the error in the pairs ranked worst, over their share of the pairs."""
    count = max(1, round(len(errors) * WORST))
    return float(errors[np.argsort(-scores, kind="stable")[:count]].sum() / errors.sum() / (count / len(errors)))


def precision(scores: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    """How many of the pairs ranked worst are among the truly worst."""
    count = max(1, round(len(errors) * WORST))
    return len({*np.argsort(-scores)[:count]} & {*np.argsort(-errors)[:count]}) / count


def figures(rows: list[Row]) -> dict[str, float]:
    """How well scores predict errors; `raw` is the plain difference of both frames instead of the score."""
    scores, errors, raw = (np.array([row[name] for row in rows]) for name in ("score", "error", "difference"))
    return {
        "pairs": len(rows),
        "correlation": float(spearmanr(scores, errors)[0]),
        "precision": precision(scores, errors),
        "held": held(scores, errors),
        "possible": held(errors, errors),
        "raw_correlation": float(spearmanr(raw, errors)[0]),
        "raw_held": held(raw, errors),
    }


WEIGHTS = [
    (acceleration, unevenness) for acceleration in (0, 0.25, 0.5, 1) for unevenness in (0, 1 / 100, 1 / 50, 1 / 20)
]
"""What the weights of the second and third sign are chosen from; the first one has none."""


def weighted(rows: list[Row], acceleration: float, unevenness: float) -> NDArray[np.float64]:
    """Expected squared errors with other weights."""
    names = ("disagreement", "acceleration", "outlines", "repetition")
    signs = [np.array([row["parts"][name] for row in rows]) for name in names]
    return signs[0] + acceleration * signs[1] + unevenness / UNEVENNESS * signs[2] + signs[3]


def held_with_others_weights(results: list[Row]) -> list[float]:
    """What is held in each film if weights are chosen on all other films: those that hold most on the mean."""
    tables = []
    for each in results:
        errors = np.array([row["error"] for row in each["rows"]])
        tables.append([held(weighted(each["rows"], *pair), errors) for pair in WEIGHTS])
    table = np.array(tables)
    return [
        float(table[number, np.argmax(np.delete(table, number, axis=0).mean(axis=0))]) for number in range(len(table))
    ]


def fence(period: int, step: int, count: int = 17) -> Frames:
    """Bars that move to the left before a still photograph.

    Args:
        period: Of the bars, in pixels.
        step: Pixels that they move in each frame.
        count: Of frames.
    """
    still, columns = skimage.data.coffee()[:352, :576], np.arange(576)
    frames = []
    for number in range(count):
        frame = still.copy()
        frame[60:300][:, (columns + number * step) % period < period // 3] = (40, 30, 20)
        frames.append(frame)
    return frames


def print_fences(engine: Engine[Any]) -> None:
    """What repeating patterns cost, and what the score knows of it."""
    print("| period | motion of a pair | true squared error | expected | of that, repetition |")
    print("|---|---|---|---|---|")
    for period, step in ((24, 2), (24, 4), (24, 6), (24, 8), (40, 8), (40, 12), (40, 16)):
        rows = measure(fence(period, step), engine, 6)
        error = np.mean([row["error"] for row in rows])
        expected = np.mean([row["score"] ** 2 for row in rows])
        part = np.mean([row["parts"]["repetition"] for row in rows])
        print(f"| {period} | {2 * step} | {error:.0f} | {expected:.0f} | {part:.0f} |", flush=True)


def print_pans(engine: Engine[Any]) -> None:
    """PSNR of the middle frame of pans of photographs, 512 pixels wide."""
    ways = (4, 16, 32, 48, 64, 96, 128)
    print("| photograph |", *(f"{way} |" for way in ways))
    for name in ("coffee", "astronaut", "rocket"):
        still = getattr(skimage.data, name)()[:352].astype(np.float32) / 255
        wide = np.concatenate([still, still[:, ::-1], still], axis=1)
        found = []
        for way in ways:
            views = [np.ascontiguousarray(wide[:, 300 + place : 812 + place]) for place in (0, way // 2, way)]
            ends = [engine.encode(EngineFrame(view, view)) for view in views[::2]]
            (drawn,) = engine.between(*ends, [0.5])
            found.append(-10 * np.log10(np.mean((drawn - views[1]) ** 2)))
        print(f"| {name} |", *(f"{value:.1f} |" for value in found))


def print_cost(engine: Engine[Any]) -> None:
    """CPU time of one pair of 1280×720: scoring it, and interpolating a frame in it; medians, in turns."""
    frames = CLIPS["bigbuckbunny"].frames()[30:42]
    height, width = frames[0].shape[:2]
    transform = ViewTransform.fixed(FrameFormat(width, height, 3, np.dtype(np.uint8)))
    assert transform is not None
    spent: dict[str, list[float]] = {"scoring": [], "interpolating": []}
    pairs = list(PairClassifier(transform, PairRules()).classify(_frames(frames, transform)))
    reviewed = PairReviewer(engine, transform).review(pairs)
    next(reviewed)
    for pair in pairs[2:]:
        began = time.process_time()
        next(reviewed)
        spent["scoring"].append(time.process_time() - began)
        views = [view_of(seen_alike(end, transform)) for end in (pair.left, pair.right)]
        left = engine.encode(EngineFrame(views[0], views[0]))
        began = time.process_time()
        engine.between(left, engine.encode(EngineFrame(views[1], views[1])), [0.5])
        spent["interpolating"].append(time.process_time() - began)
    medians = {name: float(np.median(values)) for name, values in spent.items()}
    print(", ".join(f"{name} {seconds:.3f} s" for name, seconds in medians.items()), end="; ")
    print(f"{medians['scoring'] / medians['interpolating']:.2f} times")


def _frames(pictures: Frames, transform: ViewTransform) -> Iterator[Frame]:
    return (Frame(picture, transform.format, number) for number, picture in enumerate(pictures))


def _rounded(value: Any) -> Any:
    """Numbers to four digits."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", nargs="+", choices=list(CLIPS), default=list(FILMS))
    parser.add_argument("--pairs", type=int, default=1000, help="pairs of each clip, at most")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fences", action="store_true", help="measure on repeating patterns instead")
    parser.add_argument("--pans", action="store_true", help="measure pans of photographs instead")
    parser.add_argument("--cost", action="store_true", help="measure CPU time instead")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    engine = load_model(EngineOptions(device="cpu", threads=given.threads)).make_engine()
    if given.fences:
        print_fences(engine)
        return
    if given.pans:
        print_pans(engine)
        return
    if given.cost:
        print_cost(engine)
        return
    print("| film | pairs | rank correlation | precision | held | possible | plain difference: held |")
    print("|---|---|---|---|---|---|---|")
    results = []
    for name in given.clips:
        began = time.perf_counter()
        rows = measure(reduced(CLIPS[name].frames()), engine, given.pairs)
        found = figures(rows)
        results.append({"clip": name, "seconds": time.perf_counter() - began, **found, "rows": rows})
        print(
            f"| {name} | {found['pairs']} | {found['correlation']:.2f} | {found['precision']:.2f} "
            f"| {found['held']:.2f} | {found['possible']:.2f} | {found['raw_held']:.2f} |",
            flush=True,
        )
    means = {name: np.mean([each[name] for each in results]) for name in results[0] if name not in ("clip", "rows")}
    print(
        f"| mean | | {means['correlation']:.2f} | {means['precision']:.2f} | {means['held']:.2f} "
        f"| {means['possible']:.2f} | {means['raw_held']:.2f} |"
    )
    if len(results) > 2:
        others = held_with_others_weights(results)
        for each, value in zip(results, others, strict=True):
            each["held_with_others_weights"] = value
        print("held with weights chosen on the other films:", *(f"{value:.2f}" for value in others))
        print(f"mean {np.mean(others):.2f}")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        rows = ["  " + json.dumps(_rounded(each)) for each in results]
        given.json.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
