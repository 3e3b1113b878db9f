"""Evaluating methods on a benchmark, scored as its papers do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from midframe.engines.interpolation import engine_frame
from midframe.evaluation.datasets.definitions import Dataset
from midframe.evaluation.datasets.frames import interpolated_codes, true_codes
from midframe.evaluation.datasets.reading import read_sample, selected_samples
from midframe.evaluation.datasets.samples import Sample
from midframe.evaluation.evaluate import evaluate
from midframe.evaluation.intervals import EvaluationInterval, Interval
from midframe.evaluation.methods.protocol import Method
from midframe.evaluation.metrics.protocol import MetricImage
from midframe.evaluation.results import Evaluation, MethodResult
from midframe.executors.base import PreparedFrame
from midframe.media.pixels import ViewSamples, ViewTransform
from midframe.runtime.events import Advanced, Event, Stage
from midframe.types import Frame


@dataclass(frozen=True, eq=False)
class DatasetIntervals:
    """The samples of a benchmark as intervals; see `midframe.evaluation.intervals.IntervalSource`.

    Frames are numbered as if all samples followed one another: left frame, targets, right frame, then the left
    frame of the next sample. So no two intervals share a frame.

    Attributes:
        dataset: The benchmark.
        samples: Samples that are evaluated.
    """

    dataset: Dataset
    samples: tuple[Sample, ...]
    is_continuous = False

    @property
    def name(self) -> str:
        """Label of the benchmark."""
        return self.dataset.label

    @property
    def facts(self) -> Mapping[str, str]:
        """What is evaluated, and how."""
        return {
            "dataset": self.dataset.name,
            "samples": f"{len(self.samples)} of {self.dataset.size}",
            "frames": str(sum(len(sample.targets) for sample in self.samples)),
            "scored": self.dataset.protocol.words,
        }

    @property
    def gap(self) -> int:
        """Name of the benchmark."""
        return self.dataset.gap

    @property
    def totals(self) -> Mapping[Stage, int]:
        """One interval a sample."""
        return {"interpolate": len(self.samples)}

    def intervals(self, on_read: Callable[[int], None]) -> Iterator[EvaluationInterval]:  # noqa: ARG002 - the protocol's
        """Read the samples in order.

        Raises:
            DatasetError: A file is not what the benchmark says.
            UnreadableFileError: A file cannot be decoded.
        """
        first = 0
        for sample in self.samples:
            yield _read_interval(self.dataset, sample, first)
            first += len(sample.files)

    def number(self, index: int) -> int:
        """The index itself."""
        return index

    def moment(self, index: int) -> Fraction | None:  # noqa: ARG002 - the protocol's
        """None: samples have no times."""
        return None

    def true_image(self, frame: Frame, transform: ViewTransform) -> MetricImage:  # noqa: ARG002 - the protocol's
        """Codes of a prepared frame; not rounded where the benchmark scales it without rounding."""
        return true_codes(frame.samples)

    def interpolated_image(self, view: ViewSamples) -> MetricImage:
        """Codes, rounded to whole numbers."""
        return interpolated_codes(view)


@dataclass(frozen=True, eq=False)
class DatasetEvaluation:
    """Results on one benchmark, or one part of it.

    Attributes:
        dataset: The benchmark.
        samples: Samples that were evaluated.
        evaluation: The scores; frames are numbered as by `DatasetIntervals`.
        notes: Sentences for the user about what was left out.
    """

    dataset: Dataset
    samples: tuple[Sample, ...]
    evaluation: Evaluation
    notes: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether all of the published set was evaluated, so that figures may stand next to published ones."""
        return len(self.samples) == self.dataset.size

    def means(self, result: MethodResult) -> dict[str, float]:
        """The benchmark's figures: each metric's mean over all interpolated frames, by its name."""
        names = [metric.name for metric in self.evaluation.metrics]
        return {name: sum(frame.scores[name] for frame in result.frames) / len(result.frames) for name in names}


def evaluate_dataset(
    dataset: Dataset,
    root: Path,
    methods: Sequence[Method],
    limit: int | None = None,
    on_sample: Callable[[int, int], None] | None = None,
) -> DatasetEvaluation:
    """Evaluate methods on one benchmark.

    Args:
        dataset: The benchmark, from `midframe.evaluation.datasets.definitions.datasets_named`.
        root: Its folder, as published.
        methods: The first one is what the evaluation is about. They are closed.
        limit: Samples to evaluate at most, spread evenly; None for all.
        on_sample: Called after each sample with the number of samples done, and of all.

    Raises:
        OptionError: A limit below 1, or a method that needs to see more than two frames.
        DatasetError: The folder is incomplete or not laid out as published, or an image does not fit the benchmark.
        UnreadableFileError: An image cannot be decoded.
        EngineError: A network could not be run.
    """
    selection = selected_samples(dataset, root, limit)
    source = DatasetIntervals(dataset, selection.samples)

    def report(event: Event) -> None:
        if on_sample is not None and isinstance(event, Advanced):
            on_sample(event.done, len(source.samples))

    # One thread: an SSIM of 4K frames takes gigabytes while it is computed.
    evaluation = evaluate(source, methods, dataset.protocol.measures, report, threads=1, worst_frames=0)
    return DatasetEvaluation(dataset, selection.samples, evaluation, selection.notes)


def _read_interval(dataset: Dataset, sample: Sample, first: int) -> EvaluationInterval:
    frames = read_sample(dataset, sample, first)
    # As published: frames of a benchmark are seen as they are.
    transform = ViewTransform.usual(frames.left.format)
    left, right = (
        PreparedFrame(frame, engine_frame(frame, transform), transform) for frame in (frames.left, frames.right)
    )
    times = tuple(target.time for target in sample.targets)
    return EvaluationInterval(Interval(left, right, None, times, "moving", transform, transform), frames.truths)
