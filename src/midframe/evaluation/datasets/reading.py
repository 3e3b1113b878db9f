"""Reading the samples of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from midframe.errors import DatasetError
from midframe.evaluation.datasets.definitions import Dataset
from midframe.evaluation.datasets.frames import read_rgb, to_frame
from midframe.evaluation.datasets.samples import Sample, Selection, select_samples
from midframe.paths import user_path
from midframe.types import Frame, FrameFormat


@dataclass(frozen=True, eq=False)
class SampleFrames:
    """The frames of a sample, read and prepared, all of one format.

    Attributes:
        left: At time 0.
        truths: The targets.
        right: At time 1.
    """

    left: Frame
    truths: tuple[Frame, ...]
    right: Frame


@dataclass(frozen=True, eq=False)
class Workload:
    """What methods will have to interpolate, so that models can be fitted into memory before they are loaded.

    Attributes:
        format: Format of the frames of the first sample; later ones may differ in size.
        times: Frames to interpolate in a pair.
    """

    format: FrameFormat
    times: int


def selected_samples(dataset: Dataset, root: Path, limit: int | None = None) -> Selection:
    """The samples of a benchmark that are evaluated.

    Args:
        dataset: The benchmark.
        root: Its folder, as published.
        limit: Samples at most, spread evenly; None for all.

    Raises:
        OptionError: A limit below 1.
        DatasetError: The folder is incomplete or not laid out as published.
    """
    if not user_path(root, option="root").is_dir():
        message = f"{root} is not a folder; `root` must be the folder of {dataset.label}."
        raise DatasetError(message, option="root", path=root)
    return select_samples(dataset.listing(root), dataset.label, limit)


def workload_of(dataset: Dataset, root: Path, limit: int | None = None) -> Workload:
    """Read the first sample that is evaluated; arguments and errors as of `selected_samples` and `read_sample`."""
    sample = selected_samples(dataset, root, limit).samples[0]
    return Workload(read_sample(dataset, sample).left.format, len(sample.targets))


def read_sample(dataset: Dataset, sample: Sample, first: int = 0) -> SampleFrames:
    """Read and prepare the frames of a sample as the benchmark's protocol says.

    Args:
        dataset: The benchmark.
        sample: One of its samples.
        first: Index of the left frame; the others follow.

    Raises:
        DatasetError: A file is not what the benchmark says, or the files differ in size.
        UnreadableFileError: A file cannot be decoded.
        UnsupportedFormatError: A file of a format that midframe does not read.
    """
    protocol = dataset.protocol
    left, *truths, right = (
        to_frame(protocol.prepare(read_rgb(path, protocol.size)), index)
        for index, path in enumerate(sample.files, start=first)
    )
    for path, frame in zip(sample.files[1:], (*truths, right), strict=True):
        if frame.format != left.format:
            message = (
                f"{path} is {frame.format} and {sample.left} {left.format}; all frames of a sample must have one size."
            )
            raise DatasetError(message, path=path)
    return SampleFrames(left, tuple(truths), right)
