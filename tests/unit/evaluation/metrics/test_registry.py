"""Every measure against a second implementation, and where it must rise or fall."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.rows import pan

from midframe.errors import OptionError
from midframe.evaluation.metrics.protocol import Comparison, Measure
from midframe.evaluation.metrics.registry import DEFAULT_METRIC_NAMES, METRIC_NAMES, make_measures

SIDE = 176


def view(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return (picture / np.float32(255)).astype(np.float32, copy=False)


@pytest.fixture(scope="module")
def row() -> list[NDArray[np.float32]]:
    return [view(picture) for picture in pan(4, step=3, height=SIDE, width=192)]


@pytest.fixture(scope="module")
def noisy(row: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    noise = np.random.default_rng(1).normal(0, 0.03, row[1].shape)
    return view(np.rint(np.clip(row[1] + noise, 0, 1) * 255).astype(np.uint8))


@pytest.fixture(scope="module")
def measures() -> dict[str, Measure]:
    return {measure.metric.name: measure for measure in make_measures(DEFAULT_METRIC_NAMES, SIDE, 192)}


def compared(row: list[NDArray[np.float32]], drawn: NDArray[np.float32]) -> Comparison:
    return Comparison(row[1], drawn, row[0], row[0])


def test_psnr_is_that_of_the_textbook(
    row: list[NDArray[np.float32]], noisy: NDArray[np.float32], measures: dict[str, Measure]
) -> None:
    error = np.mean((np.rint(noisy * 255.0) - np.rint(row[1] * 255.0)) ** 2)
    # 1e-4 dB: one of the two works in float32.
    assert measures["psnr"].score(compared(row, noisy)) == pytest.approx(10 * np.log10(255**2 / error), abs=1e-4)


def gaussian_means(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Wherever the window of 11 by 11 fits."""
    places = np.arange(-5, 6)
    weights = np.exp(-(places**2) / (2 * 1.5**2))
    weights /= weights.sum()
    windows = np.lib.stride_tricks.sliding_window_view(plane, (11, 11))
    means: NDArray[np.float64] = np.einsum("ijkl,k,l->ij", windows, weights, weights)
    return means


def similarity(truth: NDArray[np.float64], drawn: NDArray[np.float64]) -> tuple[float, float]:
    """SSIM of one channel, and its part that is about contrast and structure."""
    mean_t, mean_d = gaussian_means(truth), gaussian_means(drawn)
    var_t, var_d = gaussian_means(truth**2) - mean_t**2, gaussian_means(drawn**2) - mean_d**2
    both = gaussian_means(truth * drawn) - mean_t * mean_d
    structure = (2 * both + 0.03**2) / (var_t + var_d + 0.03**2)
    light = (2 * mean_t * mean_d + 0.01**2) / (mean_t**2 + mean_d**2 + 0.01**2)
    return float(np.mean(light * structure)), float(np.mean(structure))


def channels(picture: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    return [picture[..., channel].astype(np.float64) for channel in range(3)]


def test_ssim_is_that_of_the_paper(
    row: list[NDArray[np.float32]], noisy: NDArray[np.float32], measures: dict[str, Measure]
) -> None:
    values = [similarity(truth, drawn)[0] for truth, drawn in zip(channels(row[1]), channels(noisy), strict=True)]
    # 1e-5: float32 against float64.
    assert measures["ssim"].score(compared(row, noisy)) == pytest.approx(np.mean(values), abs=1e-5)


def test_multiscale_ssim_is_that_of_the_paper(
    row: list[NDArray[np.float32]], noisy: NDArray[np.float32], measures: dict[str, Measure]
) -> None:
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    values = []
    for truth, drawn in zip(channels(row[1]), channels(noisy), strict=True):
        product, one, other = 1.0, truth, drawn
        for scale, weight in enumerate(weights):
            whole, structure = similarity(one, other)
            product *= (whole if scale == len(weights) - 1 else structure) ** weight
            one, other = (
                (each[::2, ::2] + each[1::2, ::2] + each[::2, 1::2] + each[1::2, 1::2]) / 4
                for each in (one[:-1] if one.shape[0] % 2 else one, other[:-1] if other.shape[0] % 2 else other)
            )
        values.append(product)
    # 1e-5: float32 against float64.
    assert measures["ms_ssim"].score(compared(row, noisy)) == pytest.approx(np.mean(values), abs=1e-5)


def test_multiscale_ssim_agrees_with_another_library(
    row: list[NDArray[np.float32]], noisy: NDArray[np.float32], measures: dict[str, Measure]
) -> None:
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    drawn, truth = (torch.from_numpy(np.ascontiguousarray(each.transpose(2, 0, 1)))[None] for each in (noisy, row[1]))
    other = float(multiscale_structural_similarity_index_measure(drawn, truth, data_range=1.0))
    # 0.005: the other one also counts places at the edge where the window does not fit, in mirrored pixels.
    assert measures["ms_ssim"].score(compared(row, noisy)) == pytest.approx(other, abs=5e-3)
    assert measures["ms_ssim"].score(compared(row, noisy)) < 0.9999


def test_sharpness_is_the_ratio_of_gradient_energies(
    row: list[NDArray[np.float32]], measures: dict[str, Measure]
) -> None:
    truth = row[1].astype(np.float64)
    half = (truth - 0.5) / 2 + 0.5

    # Half the contrast has a quarter of the energy.
    assert measures["sharpness"].score(compared(row, half.astype(np.float32))) == pytest.approx(0.25, abs=1e-4)


def test_sharpness_falls_where_frames_are_mixed(row: list[NDArray[np.float32]], measures: dict[str, Measure]) -> None:
    assert measures["sharpness"].score(compared(row, (row[0] + row[2]) / np.float32(2))) < 0.95


def test_sharpness_of_flat_frames() -> None:
    (measure,) = make_measures(["sharpness"], 32, 32)
    flat = np.full((32, 32, 3), 0.5, np.float32)
    busy = np.indices((32, 32)).sum(axis=0)[..., None].repeat(3, -1).astype(np.float32) % 2

    assert measure.score(Comparison(flat, flat, flat, flat)) == 1
    assert measure.score(Comparison(flat, busy, flat, flat)) == float("inf")


def test_motion_error_is_the_distance_that_a_held_frame_stays_behind(
    row: list[NDArray[np.float32]], measures: dict[str, Measure]
) -> None:
    tof = measures["tof"]

    held = tof.score(compared(row, row[0]))

    # The row moves 3 pixels a frame; flow at the edges, where it leaves the picture, is less exact.
    assert held == pytest.approx(3, abs=0.6)
    assert tof.score(compared(row, row[2])) == pytest.approx(3, abs=0.9)


def test_equal_frames_are_best_in_every_metric(row: list[NDArray[np.float32]], measures: dict[str, Measure]) -> None:
    scores = {
        name: measure.score(compared(row, row[1])) for name, measure in measures.items() if not measure.metric.absent
    }

    assert scores == {"psnr": float("inf"), "ssim": 1.0, "ms_ssim": 1.0, "sharpness": 1.0, "tof": 0.0}


def test_small_frames_say_what_they_cannot_have() -> None:
    measures = {measure.metric.name: measure.metric for measure in make_measures(DEFAULT_METRIC_NAMES, 160, 10)}

    assert "at least 161 pixels" in measures["ms_ssim"].absent
    assert "at least 11 pixels" in measures["ssim"].absent
    assert measures["psnr"].absent == ""


def test_smallest_frames_that_can_have_it() -> None:
    measures = {measure.metric.name: measure for measure in make_measures(["ms_ssim", "ssim"], 161, 161)}
    flat = np.full((161, 161, 3), 0.5, np.float32)

    assert measures["ms_ssim"].metric.absent == ""
    assert measures["ms_ssim"].score(Comparison(flat, flat, flat, flat)) == pytest.approx(1)


def test_lpips_is_not_measured_unless_asked_for(tmp_path: Path) -> None:
    assert set(METRIC_NAMES) - set(DEFAULT_METRIC_NAMES) == {"lpips"}
    with pytest.raises(OptionError, match=r"`lpips_weights`; docs/evaluate\.md says how"):
        make_measures(["lpips"], 64, 64)
    with pytest.raises(OptionError, match=r"there is no file .*none\.pth"):
        make_measures(["lpips"], 64, 64, [tmp_path / "none.pth"])


def test_unknown_metric() -> None:
    with pytest.raises(OptionError, match="vmaf is not one of them"):
        make_measures(["psnr", "vmaf"], 64, 64)


def test_pictures_of_different_size_are_refused() -> None:
    here, there = np.zeros((4, 4, 3), np.float32), np.zeros((4, 5, 3), np.float32)
    with pytest.raises(ValueError, match="all of one shape"):
        Comparison(here, there, here, here)


def test_missing_libraries_are_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("skimage", "cv2"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OptionError, match="needs scikit-image, which is not installed"):
        make_measures(["psnr", "ssim"], 64, 64)
    with pytest.raises(OptionError, match="needs scikit-image and OpenCV, which are not installed"):
        make_measures(["ssim", "tof"], 64, 64)
    make_measures(["psnr", "sharpness"], 64, 64)


def test_only_one_measure_loads_torch() -> None:
    program = (
        "import sys; from midframe.evaluation.metrics.registry import DEFAULT_METRIC_NAMES, make_measures; "
        "names = [name for name in DEFAULT_METRIC_NAMES if name != 'ms_ssim']; "
        "assert len(make_measures(names, 200, 200)) == len(names); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
