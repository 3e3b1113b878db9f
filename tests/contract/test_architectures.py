"""An architecture that is not RIFE joins with one package and one registration, and runs whole jobs."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file
from tests.support.crossfade import CROSSFADE
from tests.support.jobs import frame
from tests.support.random_weights import random_tensors

from midframe.engines.entry import EngineLoad
from midframe.engines.loading import LoadedModel, load_model
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Engine, EngineFrame, MotionEngine
from midframe.engines.threads import thread_count
from midframe.engines.torch.entry import TorchEntry
from midframe.errors import CheckpointMismatchError, EngineError, InputError, OptionError, UnrecognisedCheckpointError
from midframe.executors.options import ExecutorKind
from midframe.executors.selection import make_executor
from midframe.finetuning.adaptation import adapt_weights
from midframe.finetuning.options import AdaptOptions
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.pixels import ViewTransform
from midframe.models.catalog_file import parse_catalog
from midframe.models.checkpoints import load_checkpoint
from midframe.models.registry import ARCHITECTURES
from midframe.models.rife.spec import spec_for_version
from midframe.runtime.events import JobSummary, Reporter
from midframe.timing.steps import Mode
from midframe.types import FrameFormat

HD = FrameFormat(1920, 1080, 3, np.dtype("uint8"))


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    ARCHITECTURES.add(CROSSFADE)
    yield
    ARCHITECTURES.remove("crossfade")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    file = tmp_path / "crossfade.safetensors"
    save_file({"gamma": np.ones(1, np.float32)}, file)
    return file


@pytest.fixture
def model(weights: Path) -> LoadedModel:
    return load_model(EngineOptions(weights, "cpu"))


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    folder.mkdir()
    ramp = np.add.outer(np.arange(30), np.arange(41)).astype(np.uint8)
    for number in range(4):
        pixels = np.stack([ramp + 20 * number, ramp, 255 - ramp], axis=-1).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def run(shots: Path, model: LoadedModel, kind: ExecutorKind = "auto", mode: Mode = "direct") -> JobSummary:
    options = JobOptions(source=str(shots), output=shots.parent / "out", mode=mode)
    return run_job(resolve_job(options), model, Reporter([]), executor_kind=kind)


@pytest.mark.parametrize(("device", "kind"), [("cpu", "inline"), ("cpu,cpu", "processes")])
def test_a_whole_job(weights: Path, shots: Path, device: str, kind: ExecutorKind) -> None:
    """Also in processes that have never heard of the architecture."""
    model = load_model(EngineOptions(weights, device, threads=1))
    summary = run(shots, model, kind)
    assert (summary.sources, summary.outputs, summary.synthesised) == (4, 7, 3)
    assert summary.model == "Crossfade 1.0"
    frames = [np.asarray(Image.open(path)).astype(int) for path in sorted((shots.parent / "out").glob("*.png"))]
    for left, middle, right in zip(frames[0::2], frames[1::2], frames[2::2], strict=False):
        np.testing.assert_array_equal(middle, (left + right) / 2)


def test_what_was_recognised(model: LoadedModel) -> None:
    assert model.checkpoint.architecture is CROSSFADE
    assert model.settings["model"] == model.name == "Crossfade 1.0"
    assert model.settings["engines"] == [f"cpu, {thread_count()} threads, no kernels"]


def test_any_number_of_channels(model: LoadedModel) -> None:
    engine = model.make_engine()
    assert isinstance(engine, Engine)
    assert not isinstance(engine, MotionEngine)
    view = np.random.default_rng(0).random((2, 5, 7, 3), np.float32)
    samples = np.random.default_rng(1).random((2, 5, 7, 6), np.float32) * 1000
    left, right = (engine.encode(EngineFrame(view[side], samples[side])) for side in (0, 1))
    first, second = engine.between(left, right, [0.25, 0.5])
    np.testing.assert_allclose(first, samples[0] * 0.75 + samples[1] * 0.25, rtol=1e-5)
    np.testing.assert_allclose(second, samples.mean(axis=0), rtol=1e-5)
    with pytest.raises(EngineError, match="differ in size or channels"):
        engine.between(left, engine.encode(EngineFrame(view[0], view[0])), [0.5])


@pytest.mark.parametrize("mode", ["recursive", "bisect"])
def test_modes_that_need_motion_are_refused(model: LoadedModel, shots: Path, mode: Mode) -> None:
    with pytest.raises(OptionError, match=f"`mode={mode}` needs a network that estimates motion; Crossfade") as caught:
        run(shots, model, mode=mode)
    assert caught.value.option == "mode"
    assert not (shots.parent / "out").exists()


def test_flow_output_is_refused(model: LoadedModel) -> None:
    transform = ViewTransform.fit([frame(0)])
    with pytest.raises(OptionError, match="Flow output needs a network that estimates motion"):
        make_executor(model, transform, "direct", keep_motion=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quality": "best"}, "`quality=best` needs a network that estimates motion"),
        ({"ensemble": True}, "has no `ensemble`"),
        ({"flow_scale": 0.5}, "has no `flow_scale`"),
        ({"engine": "cpu"}, "engine cpu does not run Crossfade"),
    ],
)
def test_options_that_it_lacks_are_refused(weights: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words) as caught:
        load_model(replace(EngineOptions(weights, "cpu"), **change))
    assert caught.value.option in change


def test_it_cannot_be_adapted(model: LoadedModel) -> None:
    with pytest.raises(OptionError, match="Only RIFE can be adapted"):
        adapt_weights([], model.checkpoint, EngineOptions(device="cpu"), AdaptOptions(), Reporter())


def test_memory_is_planned_without_strips(model: LoadedModel) -> None:
    plan = model.fitted(HD, 3, "direct").memory
    assert plan is not None
    assert plan.strips == 1

    def need(width: int, device: str) -> int:
        return TorchEntry().memory_need(
            EngineLoad(model.checkpoint.model, EngineOptions(device=device), width, 1080, 3)
        )

    assert need(1920, "cpu") < need(3840, "cpu")
    assert need(1920, "cuda") < need(1920, "cpu")


def test_weights_that_do_not_fit_are_refused_by_the_architecture(tmp_path: Path) -> None:
    save_file({"gamma": np.zeros(2, np.float32)}, tmp_path / "bad.safetensors")
    with pytest.raises(CheckpointMismatchError, match="gamma must be a single number"):
        load_checkpoint(tmp_path / "bad.safetensors")


def test_rife_is_still_recognised(tmp_path: Path) -> None:
    save_file(random_tensors(spec_for_version("4.15.lite")), tmp_path / "rife.safetensors")
    assert load_checkpoint(tmp_path / "rife.safetensors").architecture.name == "rife"


def test_the_unknown_is_compared_with_all(tmp_path: Path) -> None:
    save_file({"other": np.zeros(1, np.float32)}, tmp_path / "other.safetensors")
    with pytest.raises(UnrecognisedCheckpointError, match="is not a RIFE 4 or Crossfade checkpoint: its 1 tensors"):
        load_checkpoint(tmp_path / "other.safetensors")


def test_the_catalogue_can_name_it(tmp_path: Path) -> None:
    text = '[[models]]\nname="x"\nrow="{}"\narchitecture="{}"\nlicence="MIT"\nprovenance="?"\nsource={{file="x.pkl"}}'
    entry = parse_catalog(text.format("1.0", "crossfade"), tmp_path / "more.toml").models["x"]
    assert (entry.architecture, entry.row) == ("crossfade", "1.0")
    for row, architecture in (("4.25", "crossfade"), ("1.0", "rife"), ("1.0", "film")):
        with pytest.raises(InputError, match="must be one of"):
            parse_catalog(text.format(row, architecture), tmp_path / "more.toml")


def test_an_architecture_travels() -> None:
    assert pickle.loads(pickle.dumps(CROSSFADE)) == CROSSFADE
    assert pickle.loads(pickle.dumps(ARCHITECTURES["rife"])) == ARCHITECTURES["rife"]
