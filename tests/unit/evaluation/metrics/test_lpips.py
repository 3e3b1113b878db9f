"""LPIPS with random weights, against torchmetrics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.support.lpips_weights import alexnet, vgg16
from torch import Tensor

from midframe.errors import WeightsError
from midframe.evaluation.metrics.lpips import PerceptualDistance
from midframe.evaluation.metrics.registry import make_measures

Weights = dict[str, Tensor]


@pytest.fixture(params=["alex", "vgg"])
def other(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The distance of torchmetrics, with the linear layers that it brings and features of random weights."""
    from torchmetrics.functional.image import lpips

    torch.manual_seed(7)
    make = {"alexnet": alexnet, "vgg16": vgg16}
    monkeypatch.setattr(lpips, "_get_tv_model_features", lambda name, pretrained: make[name]())
    return lpips._LPIPS(net=request.param, pnet_rand=True).eval()


def features_and_linear(whole: Weights) -> tuple[Weights, Weights]:
    """As torchvision and the package lpips publish them: in two files."""
    slices = {key: value for key, value in whole.items() if ".slice" in key}
    features = {f"features.{'.'.join(key.split('.')[-2:])}": value for key, value in slices.items()}
    return features, {key: value for key, value in whole.items() if key.startswith("lin")}


def pictures(side: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    one = random.random((side, side + 9, 3), np.float32)
    return one, np.clip(one + random.normal(0, 0.1, one.shape).astype(np.float32), 0, 1)


def batch(image: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None] * 2 - 1


def test_it_agrees_with_another_library(other: Any, tmp_path: Path) -> None:
    whole = other.state_dict()
    features, linear = features_and_linear(whole)
    files = [tmp_path / name for name in ("whole.pth", "features.pth", "linear.pth")]
    for file, content in zip(files, (whole, features, linear), strict=True):
        torch.save(content, file)

    in_one, in_two = PerceptualDistance(files[:1]), PerceptualDistance(files[1:])

    for side in (in_one.smallest_side, 48):
        one, two = pictures(side)
        with torch.inference_mode():
            expected = float(other(batch(one), batch(two)))
        # torchmetrics adds 1e-8 to squares where the paper's authors add 1e-10 to lengths.
        assert in_one(one, two) == pytest.approx(expected, rel=1e-4)
        assert in_two(one, two) == in_one(one, two) > 0
        assert in_one(one, one) == 0


def test_it_is_a_measure_of_frames_that_are_large_enough(other: Any, tmp_path: Path) -> None:
    file = tmp_path / "whole.pth"
    torch.save(other.state_dict(), file)

    (large,), (small,) = (make_measures(["lpips"], side, side, [file]) for side in (64, 15))

    assert large.metric.absent == ""
    assert "at least" in small.metric.absent


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    features = {f"features.{key}": value for key, value in alexnet().state_dict().items()}
    cases = {
        "not the linear layers of LPIPS": features,
        "lacks layer 8 of AlexNet": {key: value for key, value in features.items() if ".8." not in key},
        "no features of AlexNet or VGG16": {"weight": torch.zeros(3)},
        "no state dictionary": torch.zeros(3),
    }
    for message, content in cases.items():
        file = tmp_path / "some.pth"
        torch.save(content, file)
        with pytest.raises(WeightsError, match=message):
            PerceptualDistance([file])
    file.write_bytes(b"not weights")
    with pytest.raises(WeightsError, match="cannot be read"):
        PerceptualDistance([file])
