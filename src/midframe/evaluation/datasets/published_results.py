"""What papers and authors have published for the benchmarks. Every figure was read at the place that its source names.

RIFE here is the network of the paper, which is not one of the versions 4.x that midframe runs. Figures of other methods
stand next to it to show what a difference means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RIFE_README = "README of hzwer/ECCV2022-RIFE, section Evaluation"
EMA_TABLE_1 = "Zhang et al., EMA-VFI, CVPR 2023 (arXiv 2303.00440), table 1"
EMA_TABLE_1_OWN = f"{EMA_TABLE_1}, measured by its authors"
EMA_TABLE_2 = "Zhang et al., EMA-VFI, CVPR 2023 (arXiv 2303.00440), table 2"
EMA_TABLE_2_OWN = f"{EMA_TABLE_2}, measured by its authors"
XVFI_README = "README of JihyongOh/XVFI, quick start for X-TEST with S_tst = 5"


@dataclass(frozen=True)
class PublishedResult:
    """A published result.

    Attributes:
        method: The network's name in the paper.
        scores: Scores by name of the metric.
        source: Where the figures were read.
    """

    method: str
    scores: Mapping[str, float]
    source: str


def _result(method: str, psnr: float, ssim: float, source: str) -> PublishedResult:
    return PublishedResult(method, {"psnr": psnr, "ssim": ssim}, source)


PUBLISHED: Mapping[str, tuple[PublishedResult, ...]] = {
    "vimeo90k": (
        _result("RIFE", 35.615, 0.9779, RIFE_README),
        _result("CAIN", 34.65, 0.9730, EMA_TABLE_1),
        _result("DAIN", 34.71, 0.9756, EMA_TABLE_1),
        _result("IFRNet", 35.80, 0.9794, EMA_TABLE_1),
        _result("SoftSplat", 36.10, 0.9802, EMA_TABLE_1),
        _result("EMA-VFI", 36.64, 0.9819, EMA_TABLE_1),
    ),
    "ucf101": (
        _result("RIFE", 35.282, 0.9688, RIFE_README),
        _result("CAIN", 34.91, 0.9690, EMA_TABLE_1),
        _result("DAIN", 34.99, 0.9683, EMA_TABLE_1),
        _result("IFRNet", 35.29, 0.9693, EMA_TABLE_1),
        _result("SoftSplat", 35.39, 0.9697, EMA_TABLE_1),
        _result("EMA-VFI", 35.48, 0.9701, EMA_TABLE_1),
    ),
    "middlebury": (
        PublishedResult("RIFE", {"ie": 1.956}, RIFE_README),
        PublishedResult("CAIN", {"ie": 2.28}, EMA_TABLE_1),
        PublishedResult("DAIN", {"ie": 2.04}, EMA_TABLE_1),
        PublishedResult("IFRNet", {"ie": 1.95}, EMA_TABLE_1),
        PublishedResult("SoftSplat", {"ie": 1.81}, EMA_TABLE_1),
        PublishedResult("EMA-VFI", {"ie": 1.81}, EMA_TABLE_1),
    ),
    "snu-film-easy": (
        _result("RIFE", 39.80, 0.9903, EMA_TABLE_1_OWN),
        _result("CAIN", 39.89, 0.9900, EMA_TABLE_1),
        _result("DAIN", 39.73, 0.9902, EMA_TABLE_1),
        _result("IFRNet", 40.03, 0.9905, EMA_TABLE_1),
        _result("EMA-VFI", 39.98, 0.9910, EMA_TABLE_1),
    ),
    "snu-film-medium": (
        _result("RIFE", 35.76, 0.9787, EMA_TABLE_1_OWN),
        _result("CAIN", 35.61, 0.9776, EMA_TABLE_1),
        _result("DAIN", 35.46, 0.9780, EMA_TABLE_1),
        _result("IFRNet", 35.94, 0.9793, EMA_TABLE_1),
        _result("EMA-VFI", 36.09, 0.9801, EMA_TABLE_1),
    ),
    "snu-film-hard": (
        _result("RIFE", 30.36, 0.9351, EMA_TABLE_1_OWN),
        _result("CAIN", 29.90, 0.9292, EMA_TABLE_1),
        _result("DAIN", 30.17, 0.9335, EMA_TABLE_1),
        _result("IFRNet", 30.41, 0.9358, EMA_TABLE_1),
        _result("EMA-VFI", 30.94, 0.9392, EMA_TABLE_1),
    ),
    "snu-film-extreme": (
        _result("RIFE", 25.27, 0.8601, EMA_TABLE_1_OWN),
        _result("CAIN", 24.78, 0.8507, EMA_TABLE_1),
        _result("DAIN", 25.09, 0.8584, EMA_TABLE_1),
        _result("IFRNet", 25.05, 0.8587, EMA_TABLE_1),
        _result("EMA-VFI", 25.69, 0.8661, EMA_TABLE_1),
    ),
    "xiph-2k": (
        _result("RIFE", 36.19, 0.938, EMA_TABLE_1_OWN),
        _result("CAIN", 35.21, 0.937, EMA_TABLE_1),
        _result("DAIN", 35.95, 0.940, EMA_TABLE_1),
        _result("IFRNet", 36.00, 0.936, EMA_TABLE_1_OWN),
        _result("SoftSplat", 36.62, 0.944, EMA_TABLE_1),
        _result("EMA-VFI", 36.90, 0.945, EMA_TABLE_1),
    ),
    "xiph-4k": (
        _result("RIFE", 33.76, 0.894, EMA_TABLE_1_OWN),
        _result("CAIN", 32.56, 0.901, EMA_TABLE_1),
        _result("DAIN", 33.49, 0.895, EMA_TABLE_1),
        _result("IFRNet", 33.99, 0.893, EMA_TABLE_1_OWN),
        _result("SoftSplat", 33.60, 0.901, EMA_TABLE_1),
        _result("EMA-VFI", 34.67, 0.907, EMA_TABLE_1),
    ),
    "x4k1000fps-2k": (
        PublishedResult("RIFEm", {"psnr": 31.43}, EMA_TABLE_2_OWN),
        PublishedResult("DAIN", {"psnr": 29.33}, EMA_TABLE_2),
        PublishedResult("IFRNet", {"psnr": 31.53}, EMA_TABLE_2_OWN),
        PublishedResult("M2M", {"psnr": 32.13}, EMA_TABLE_2),
        PublishedResult("EMA-VFI", {"psnr": 32.85}, EMA_TABLE_2),
    ),
    "x4k1000fps-4k": (
        PublishedResult("RIFEm", {"psnr": 30.58}, EMA_TABLE_2),
        PublishedResult("DAIN", {"psnr": 26.78}, EMA_TABLE_2),
        PublishedResult("IFRNet", {"psnr": 30.46}, EMA_TABLE_2_OWN),
        PublishedResult("M2M", {"psnr": 30.88}, EMA_TABLE_2),
        PublishedResult("EMA-VFI", {"psnr": 31.46}, EMA_TABLE_2),
        _result("XVFI-Net", 30.12, 0.870, XVFI_README),
    ),
}
"""Published results by name of the benchmark's part; RIFE comes first."""
