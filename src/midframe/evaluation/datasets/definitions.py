"""The benchmarks as data: where their samples are, how images are prepared, and how interpolated frames are scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from midframe.errors import OptionError
from midframe.evaluation.datasets import layouts
from midframe.evaluation.datasets.frames import Prepare, central_half, downscaled, downscaled_unrounded, unchanged
from midframe.evaluation.datasets.published_results import PUBLISHED, PublishedResult
from midframe.evaluation.datasets.samples import Sample
from midframe.evaluation.metrics.protocol import Measure, of_frame_pair
from midframe.evaluation.metrics.psnr import (
    CODE_PEAK,
    INTERPOLATION_ERROR,
    PSNR,
    mean_absolute_error,
    psnr,
    psnr_bounded,
)
from midframe.evaluation.metrics.ssim import SSIM, ssim_luma, ssim_uniform, ssim_volume

FOUR_K = (4096, 2160)


@dataclass(frozen=True)
class ScoringProtocol:
    """How a benchmark's papers turn files into a score.

    Attributes:
        words: One sentence for people.
        measures: What is measured, and how, on codes 0 … 255.
        prepare: Applied to every image before it is used: cropping, scaling, rounding.
        size: (width, height) that files must have; None where they differ or nothing depends on it.
    """

    words: str
    measures: tuple[Measure, ...]
    prepare: Prepare = unchanged
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Dataset:
    """One benchmark, or one part of it that is scored on its own.

    Attributes:
        name: Name that users write, such as "snu-film-hard".
        label: Label for people, such as "SNU-FILM, hard".
        listing: Makes its samples from its folder; raises `DatasetError`.
        protocol: How it is scored.
        size: Samples in the published set.
        gap: Steps between the two given frames, in steps of the frames between them: 2 for triplets.
    """

    name: str
    label: str
    listing: Callable[[Path], tuple[Sample, ...]]
    protocol: ScoringProtocol
    size: int
    gap: int = 2

    @property
    def published(self) -> tuple[PublishedResult, ...]:
        """Results that papers and authors have published for it."""
        return PUBLISHED[self.name]


PSNR_MEASURE = Measure(PSNR, of_frame_pair(partial(psnr, peak=CODE_PEAK)))
BOUNDED_MEASURE = Measure(PSNR, of_frame_pair(psnr_bounded))
ERROR_MEASURE = Measure(INTERPOLATION_ERROR, of_frame_pair(mean_absolute_error))
VOLUME_MEASURE = Measure(SSIM, of_frame_pair(ssim_volume))
UNIFORM_MEASURE = Measure(SSIM, of_frame_pair(ssim_uniform))
LUMA_MEASURE = Measure(SSIM, of_frame_pair(ssim_luma))

RIFE_PROTOCOL = ScoringProtocol(
    "RGB rounded to 8 bits; SSIM over three colours as a volume, Gaussian window 11×11×11; means over pictures.",
    (PSNR_MEASURE, VOLUME_MEASURE),
)
MIDDLEBURY_PROTOCOL = ScoringProtocol(
    "RGB rounded to 8 bits; IE is the mean absolute difference in 0 … 255, the mean over scenes.",
    (ERROR_MEASURE, PSNR_MEASURE, VOLUME_MEASURE),
)
SNU_PROTOCOL = ScoringProtocol(
    "RGB rounded to 8 bits; 1e-8 is added to the squared error; SSIM over three colours as a volume, Gaussian window "
    "11×11×11; means over pictures.",
    (BOUNDED_MEASURE, VOLUME_MEASURE),
)
XIPH_2K_PROTOCOL = ScoringProtocol(
    "Frames are first scaled down to 2048×1080; RGB rounded to 8 bits; SSIM of each colour, uniform window 7×7; means "
    "over "
    "all frames.",
    (PSNR_MEASURE, UNIFORM_MEASURE),
    downscaled,
    FOUR_K,
)
XIPH_4K_PROTOCOL = ScoringProtocol(
    "The central 2048×1080 of each frame; RGB rounded to 8 bits; SSIM of each colour, uniform window 7×7; means over "
    "all frames.",
    (PSNR_MEASURE, UNIFORM_MEASURE),
    central_half,
    FOUR_K,
)
X4K_2K_PROTOCOL = ScoringProtocol(
    "Frames are first scaled down to 2048×1080 and not rounded; interpolated RGB rounded to 8 bits; SSIM over three "
    "colours as a volume, Gaussian window 11×11×11; means over all frames.",
    (PSNR_MEASURE, VOLUME_MEASURE),
    downscaled_unrounded,
    FOUR_K,
)
X4K_4K_PROTOCOL = ScoringProtocol(
    "RGB rounded to 8 bits; SSIM of BT.601 luma, uniform window 7×7, with the range of the interpolated frame; means "
    "over all frames.",
    (PSNR_MEASURE, LUMA_MEASURE),
    size=FOUR_K,
)

SNU_LEVELS = ("easy", "medium", "hard", "extreme")

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset("vimeo90k", "Vimeo90K triplets", layouts.vimeo90k, RIFE_PROTOCOL, 3782),
        Dataset("ucf101", "UCF101", layouts.ucf101, RIFE_PROTOCOL, 379),
        Dataset("middlebury", "Middlebury, other", layouts.middlebury, MIDDLEBURY_PROTOCOL, 12),
        *(
            Dataset(
                f"snu-film-{level}", f"SNU-FILM, {level}", partial(layouts.snu_film, level=level), SNU_PROTOCOL, 310
            )
            for level in SNU_LEVELS
        ),
        Dataset("xiph-2k", "Xiph, 2K", layouts.xiph, XIPH_2K_PROTOCOL, 392),
        Dataset("xiph-4k", "Xiph, 4K", layouts.xiph, XIPH_4K_PROTOCOL, 392),
        Dataset("x4k1000fps-2k", "X4K1000FPS test, 2K", layouts.x4k1000fps, X4K_2K_PROTOCOL, 15, gap=8),
        Dataset("x4k1000fps-4k", "X4K1000FPS test, 4K", layouts.x4k1000fps, X4K_4K_PROTOCOL, 15, gap=8),
    )
}
"""All parts of all benchmarks, by name."""

SETS: Mapping[str, tuple[str, ...]] = {
    "snu-film": tuple(f"snu-film-{level}" for level in SNU_LEVELS),
    "xiph": ("xiph-2k", "xiph-4k"),
    "x4k1000fps": ("x4k1000fps-2k", "x4k1000fps-4k"),
}
"""Names that stand for several parts."""


def datasets_named(name: str) -> tuple[Dataset, ...]:
    """The parts that a name stands for, in the order in which papers give them.

    Raises:
        OptionError: There is no such benchmark.
    """
    if name in DATASETS:
        return (DATASETS[name],)
    if name in SETS:
        return tuple(DATASETS[part] for part in SETS[name])
    known = ", ".join(sorted({*DATASETS, *SETS}))
    raise OptionError(f"There is no benchmark {name!r}; `dataset` must be one of {known}.", option="dataset")
