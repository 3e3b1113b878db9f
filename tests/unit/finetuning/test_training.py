"""Training for real, on the smallest network with random weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.support.engines import encode_pair, fast
from tests.support.random_weights import random_tensors

from midframe.engines.options import Quality
from midframe.engines.protocols import EngineFrame
from midframe.engines.registry import make_engine
from midframe.engines.torch.restructured import RestructuredNetwork
from midframe.errors import OutOfMemoryError
from midframe.finetuning.options import TrainingSettings
from midframe.finetuning.training import (
    CROP_BYTES,
    FIXED_BYTES,
    MiddleInterpolator,
    Trainer,
    fit_batch_to_memory,
    interpolate_middle,
)
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import spec_for_version

CPU = torch.device("cpu")


def model_of(version: str) -> RifeModel:
    spec = spec_for_version(version)
    return RifeModel(spec, random_tensors(spec))


def batch(count: int = 2, height: int = 64, width: int = 64) -> np.ndarray:
    return np.random.default_rng(1).random((3, count, height, width, 3), np.float32)


@pytest.mark.parametrize("version", ["4.0", "4.6", "4.15.lite", "4.25"])
def test_the_trainable_form_has_the_same_output_and_gradients(version: str) -> None:
    network = model_of(version).network()
    left, right = (torch.from_numpy(batch(1, 128, 128)[side]).permute(0, 3, 1, 2).contiguous() for side in (0, 2))
    network.requires_grad_(True)
    gradients = []
    for interpolated in (
        network(left, right, 0.5),
        interpolate_middle(network, left, right, balanced=False, trainable=True),
    ):
        network.zero_grad()
        interpolated.square().mean().backward()
        gradients.append(
            {
                name: parameter.grad.clone()
                for name, parameter in network.named_parameters()
                if parameter.grad is not None
            }
        )
    plain, restructured = gradients
    assert plain.keys() == restructured.keys() == dict(network.named_parameters()).keys()
    for name, gradient in plain.items():
        scale = float(gradient.abs().max()) + 1e-8
        # float32, in another order of sums.
        assert float((restructured[name] - gradient).abs().max()) < 2e-2 * scale, name


def test_the_usual_form_reaches_no_parameter() -> None:
    network = model_of("4.15.lite").network().requires_grad_(True)
    form = RestructuredNetwork(network)
    assert not any(buffer.requires_grad for buffer in form.blocks.buffers())


def test_steps_lower_the_loss_and_the_base_stays_as_it_is() -> None:
    model = model_of("4.15.lite")
    before = {name: tensor.copy() for name, tensor in model.tensors.items()}
    trainer = Trainer(model, CPU, TrainingSettings(learning_rate=1e-3, warm_up=1, averaging=0.5))
    losses = [trainer.step(batch()) for _ in range(12)]
    assert losses[-1] < losses[0]
    assert all(np.array_equal(model.tensors[name], before[name]) for name in before)
    averaged = trainer.averaged()
    assert averaged.keys() == before.keys()
    assert any(not np.array_equal(averaged[name], before[name]) for name in before)


def test_the_same_steps_give_the_same_weights() -> None:
    found = []
    for _ in range(2):
        trainer = Trainer(model_of("4.15.lite"), CPU, TrainingSettings())
        for _ in range(2):
            trainer.step(batch())
        found.append(trainer.averaged())
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])


def test_the_result_lies_between_the_base_and_what_was_learnt() -> None:
    model = model_of("4.15.lite")
    found = []
    for interpolation_weight in (0.0, 0.5, 1.0):
        trainer = Trainer(
            model, CPU, TrainingSettings(learning_rate=1e-3, warm_up=1, interpolation_weight=interpolation_weight)
        )
        trainer.step(batch())
        found.append(trainer.averaged())
    none, half, whole = found
    for name, tensor in model.tensors.items():
        assert np.array_equal(none[name], tensor)
        np.testing.assert_allclose(half[name], (tensor + whole[name]) / 2, atol=1e-6, rtol=0)
    assert any(not np.array_equal(half[name], none[name]) for name in none)


def test_what_was_averaged_is_a_copy() -> None:
    trainer = Trainer(model_of("4.15.lite"), CPU, TrainingSettings(learning_rate=1e-3, warm_up=1))
    trainer.step(batch())
    kept = trainer.averaged()
    copies = {name: tensor.copy() for name, tensor in kept.items()}
    trainer.step(batch())
    assert all(np.array_equal(kept[name], copies[name]) for name in kept)
    assert any(not np.array_equal(kept[name], new) for name, new in trainer.averaged().items())


def test_frames_of_any_size_stay_in_range() -> None:
    model = model_of("4.15.lite")
    interpolated = MiddleInterpolator.of(model, CPU, balanced=True)(batch(1, 50, 70)[0], batch(1, 50, 70)[2])
    assert interpolated.shape == (1, 50, 70, 3)
    assert 0 <= interpolated.min() <= interpolated.max() <= 1
    same = MiddleInterpolator.of_state(model, model.tensors, CPU, balanced=True)(
        batch(1, 50, 70)[0], batch(1, 50, 70)[2]
    )
    assert np.array_equal(interpolated, same)


@pytest.mark.parametrize("quality", ["fast", "default"])
def test_held_out_frames_are_interpolated_as_in_jobs(quality: Quality) -> None:
    model = model_of("4.22.lite")
    left, _, right = batch(1, 50, 70)
    interpolated = MiddleInterpolator.of(model, CPU, balanced=quality == "default")(left, right)[0]
    engine = make_engine(model, fast(quality=quality))
    wanted = engine.between(*encode_pair(engine, [EngineFrame(each[0], each[0]) for each in (left, right)]), [0.5])[0]
    np.testing.assert_allclose(interpolated, wanted.clip(0, 1), atol=1e-4)


def test_batches_shrink_to_fit_into_memory() -> None:
    settings = TrainingSettings(batch=2)
    assert fit_batch_to_memory(settings, None) is settings
    assert fit_batch_to_memory(settings, 1 << 40).batch == 2
    assert fit_batch_to_memory(settings, FIXED_BYTES + CROP_BYTES).batch == 1
    with pytest.raises(OutOfMemoryError, match="raise `memory` to that"):
        fit_batch_to_memory(settings, FIXED_BYTES)
