from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.jobs import frame

from midframe.engines.loading import CheckpointEngineMaker, LoadedModel, load_model
from midframe.engines.options import EngineOptions, Quality
from midframe.engines.protocols import EngineFrame, MotionEngine
from midframe.engines.threads import set_threads, thread_count
from midframe.errors import DeviceError, OptionError, WeightsError
from midframe.executors.inline import InlineExecutor
from midframe.executors.multiprocess.executor import ProcessExecutor
from midframe.executors.selection import make_executor
from midframe.media.pixels import ViewTransform
from midframe.models.registry import ARCHITECTURES

TRANSFORM = ViewTransform.fit([frame(0)])


@pytest.fixture(autouse=True)
def _threads_restored() -> Iterator[None]:
    before = thread_count()
    yield
    set_threads(before)


def load(path: Path, device: str, threads: int | None = None) -> LoadedModel:
    return load_model(EngineOptions(path, device, threads=threads))


def test_one_device_is_used_in_this_process(real_checkpoint_40: Path) -> None:
    network = load(real_checkpoint_40, "cpu", 1)
    assert [maker.device for maker in network.makers] == ["cpu"]
    assert isinstance(make_executor(network, TRANSFORM, "direct"), InlineExecutor)


def test_several_devices_get_a_process_each(real_checkpoint_40: Path) -> None:
    executor = make_executor(load(real_checkpoint_40, "cpu,cpu"), TRANSFORM, "direct")
    assert isinstance(executor, ProcessExecutor)
    assert executor.device_name == "2 × cpu"


def test_several_devices_share_the_threads_unless_told_otherwise(real_checkpoint_40: Path) -> None:
    set_threads(6)
    assert [maker.options.threads for maker in load(real_checkpoint_40, "cpu,cpu,cpu").makers] == [2, 2, 2]
    assert [maker.options.threads for maker in load(real_checkpoint_40, "cpu,cpu", 5).makers] == [5, 5]
    assert [maker.options.threads for maker in load(real_checkpoint_40, "cpu").makers] == [None]


def test_a_maker_is_small_and_makes_the_same_engine_elsewhere(real_checkpoint_40: Path) -> None:
    network = load(real_checkpoint_40, "cpu,cpu", 1)
    sent = pickle.dumps(network.makers[0])
    assert len(sent) < 2000
    engine = pickle.loads(sent).make_engine()
    assert engine.device_name == network.make_engine().device_name
    assert "1 thread" in engine.device_name


@pytest.mark.parametrize("quality", ["fast", "default", "best"])
def test_quality_goes_where_frames_are_drawn(real_checkpoint_40: Path, quality: Quality) -> None:
    """Into the settings that reports tell and resumed jobs compare, and to workers in other processes."""
    network = load_model(EngineOptions(real_checkpoint_40, "cpu,cpu", threads=1, quality=quality))
    assert network.settings["quality"] == quality
    sent: CheckpointEngineMaker = pickle.loads(pickle.dumps(network.makers[1]))
    assert sent.options.quality == quality
    engine = sent.make_engine()
    left, right = (engine.encode(EngineFrame(view, view)) for view in np.random.rand(2, 64, 64, 3).astype(np.float32))
    assert isinstance(engine, MotionEngine)
    asked = [torch.as_tensor(engine.motion(*pair, 0.5).mask) for pair in ((left, right), (right, left))]
    # Only four estimates see both directions alike.
    assert torch.allclose(torch.sigmoid(asked[0]), torch.sigmoid(-asked[1]), atol=1e-4) == (quality == "best")


def test_a_quality_that_does_not_exist(real_checkpoint_40: Path) -> None:
    with pytest.raises(OptionError, match="fast, default or best, not 'good'"):
        load_model(EngineOptions(real_checkpoint_40, "cpu", quality="good"))  # type: ignore[arg-type]


def test_weights_that_are_gone_or_changed(tmp_path: Path, real_checkpoint_40: Path) -> None:
    options = EngineOptions(device="cpu", threads=1)
    with pytest.raises(WeightsError, match=r"gone\.pkl"):
        CheckpointEngineMaker(tmp_path / "gone.pkl", "0" * 64, ARCHITECTURES["rife"], options).make_engine()
    with pytest.raises(WeightsError, match="was changed"):
        CheckpointEngineMaker(real_checkpoint_40, "0" * 64, ARCHITECTURES["rife"], options).make_engine()


def test_devices_are_checked_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="'gpu' is not a device"):
        load(tmp_path / "no checkpoint", "cpu,gpu")
