"""Drawing a benchmark's frames and scoring them as its papers do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Protocol

from midframe.errors import DatasetError
from midframe.evaluation.datasets.catalog import Dataset
from midframe.evaluation.datasets.frames import as_drawn, as_frame, as_truth, read_rgb
from midframe.evaluation.datasets.samples import Sample, Selection, select
from midframe.evaluation.results import Contender, ContenderResult, Evaluation, FrameScore
from midframe.types import Frame, FrameFormat


class Drawer(Protocol):
    """Draws frames between two others: a network, or something it is compared with."""

    @property
    def contender(self) -> Contender:
        """Who it is."""
        ...

    def draw(self, left: Frame, right: Frame, times: Sequence[Fraction]) -> Sequence[Frame]:
        """Draw a frame for each time.

        Args:
            left: RGB, uint8, or float32 in 0 … 1.
            right: Of the same format.
            times: Strictly ascending, inside (0, 1).

        Returns:
            Frames of that format, in the order of `times`.
        """
        ...


Heard = Callable[[int, int], None]
"""Is told after each sample: how many are done, of how many."""


def unheard(_done: int, _total: int) -> None:
    """For who does not want to know."""


@dataclass(frozen=True, eq=False)
class DatasetEvaluation:
    """What was found on one benchmark, or one part of it.

    Attributes:
        dataset: Which.
        samples: Those that were evaluated.
        evaluation: The scores. Frames are numbered as if all samples stood behind one another: left frame, targets,
            right frame, then the left frame of the next sample.
        notes: Sentences for the user about what was left out.
    """

    dataset: Dataset
    samples: tuple[Sample, ...]
    evaluation: Evaluation
    notes: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether all of the published set was evaluated, so that figures may stand beside published ones."""
        return len(self.samples) == self.dataset.size

    def means(self, result: ContenderResult) -> dict[str, float]:
        """The benchmark's figures: each metric's mean over all drawn frames, by its name."""
        names = [metric.name for metric in self.evaluation.metrics]
        return {name: sum(frame.scores[name] for frame in result.frames) / len(result.frames) for name in names}


@dataclass(frozen=True, eq=False)
class Demand:
    """What is asked of contenders, so that networks can be fitted into memory before they are loaded.

    Attributes:
        format: Of the frames of the first sample; later ones may differ in size.
        times: Frames drawn in a pair.
    """

    format: FrameFormat
    times: int


def demand_of(dataset: Dataset, root: Path, limit: int | None = None) -> Demand:
    """Look at the first sample that would be evaluated; see `evaluate_dataset` for arguments and errors."""
    sample = _selection(dataset, root, limit).samples[0]
    return Demand(_open(sample, dataset).left.format, len(sample.targets))


def evaluate_dataset(
    dataset: Dataset,
    root: Path,
    drawers: Sequence[Drawer],
    limit: int | None = None,
    heard: Heard = unheard,
) -> DatasetEvaluation:
    """Evaluate contenders on one benchmark.

    Args:
        dataset: From `midframe.evaluation.datasets.catalog.datasets_named`.
        root: Its folder, as published.
        drawers: The contenders; the first one is what it is about.
        limit: Samples to evaluate at most, spread evenly; None for all.
        heard: Is told of progress.

    Raises:
        OptionError: A limit below 1.
        DatasetError: The folder is incomplete or not laid out as published, or a picture is not what it should be.
        UnreadableFileError: A picture cannot be decoded.
        EngineError: A network could not be run.
    """
    selection = _selection(dataset, root, limit)
    frames: list[list[FrameScore]] = [[] for _ in drawers]
    seconds = [0.0 for _ in drawers]
    first = 0
    for number, sample in enumerate(selection.samples, start=1):
        opened = _open(sample, dataset)
        for place, drawer in enumerate(drawers):
            start = perf_counter()
            drawn = drawer.draw(opened.left, opened.right, [target.time for target in sample.targets])
            seconds[place] += perf_counter() - start
            frames[place] += _scores(dataset, sample, opened, drawn, first)
        first += len(sample.files)
        heard(number, len(selection.samples))
    results = [
        ContenderResult(drawer.contender, tuple(scores), time)
        for drawer, scores, time in zip(drawers, frames, seconds, strict=True)
    ]
    evaluation = Evaluation(
        source=dataset.label,
        facts={
            "dataset": dataset.name,
            "samples": f"{len(selection.samples)} of {dataset.size}",
            "frames": str(len(frames[0]) if frames else 0),
            "scored": dataset.protocol.words,
        },
        gap=dataset.gap,
        metrics=tuple(metric for metric, _ in dataset.protocol.measures),
        results=tuple(results),
    )
    return DatasetEvaluation(dataset, selection.samples, evaluation, selection.notes)


def _selection(dataset: Dataset, root: Path, limit: int | None) -> Selection:
    if not root.is_dir():
        raise DatasetError(f"{root} is no folder; --root must be the folder of {dataset.label}.")
    return select(dataset.listing(root), dataset.label, limit)


@dataclass(frozen=True, eq=False)
class _Opened:
    left: Frame
    right: Frame
    truths: tuple[Frame, ...]


def _open(sample: Sample, dataset: Dataset) -> _Opened:
    protocol = dataset.protocol
    left, *truths, right = (as_frame(protocol.prepare(read_rgb(path, protocol.size))) for path in sample.files)
    for path, frame in zip(sample.files[1:], (*truths, right), strict=True):
        if frame.format != left.format:
            raise DatasetError(f"{path} is {frame.format} and {sample.left} {left.format}; a sample has one size.")
    return _Opened(left, right, tuple(truths))


def _scores(dataset: Dataset, sample: Sample, opened: _Opened, drawn: Sequence[Frame], first: int) -> list[FrameScore]:
    scores = []
    last = first + len(sample.files) - 1
    for index, (target, truth, frame) in enumerate(
        zip(sample.targets, opened.truths, drawn, strict=True), start=first + 1
    ):
        pictures = as_truth(truth.samples), as_drawn(frame)
        values = {metric.name: measure(*pictures) for metric, measure in dataset.protocol.measures}
        scores.append(FrameScore(index, None, first, last, target.time, "moving", values))
    return scores
