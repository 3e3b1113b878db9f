from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.support.clips import times, write_clip
from tests.support.comfyui import ComfyUI

import midframe
from midframe.errors import EngineError, OptionError, UnknownModelError

MODEL = "frame_interpolation/own.safetensors"
VIDEO: dict[str, Any] = {
    "model": MODEL,
    "quality": "fast",
    "factor": 2.0,
    "fps": "",
    "slowmo": False,
    "cuts": "hold",
    "dedup": False,
    "codec": "auto",
    "filename_prefix": "",
    "on_error": "stop",
}
IMAGES: dict[str, Any] = {
    "model": MODEL,
    "quality": "fast",
    "source_fps": 16.0,
    "factor": 2.0,
    "fps": "",
    "cuts": "hold",
    "dedup": False,
    "on_error": "stop",
}
LOADER: dict[str, Any] = {
    "model": MODEL,
    "device": "auto",
    "engine": "auto",
    "precision": "exact",
    "flow_scale": "1",
    "threads": 1,
}


@pytest.fixture
def clip(comfyui: ComfyUI, tmp_path: Path) -> Any:
    comfyui.add_checkpoint()
    return comfyui.videos.VideoFromFile(str(write_clip(tmp_path / "clip.mp4", 4)))


def test_the_defaults_of_all_nodes_can_be_run(comfyui: ComfyUI, clip: Any) -> None:
    """What a new node shows is what its function takes."""
    values: dict[str, Any] = {"video": clip, "images": torch.rand(2, 48, 64, 3)}
    for node in comfyui.module("nodes").NODES:
        defaults = {
            each.name: values[each.name]
            if each.name in values
            else next(iter(each.choices()))
            if each.choices and each.default is None
            else each.default
            for each in node.inputs
            if not each.optional
        }
        assert defaults["model"] == MODEL
        assert len(node.run(**defaults).values) == len(node.outputs)
        for each in node.inputs:
            assert each.choices is None or each.default is None or each.default in each.choices()


def test_a_loaded_model_takes_the_place_of_the_name(comfyui: ComfyUI, clip: Any) -> None:
    nodes = comfyui.module("nodes")
    (loaded,) = nodes.load_model(**LOADER).values
    assert isinstance(loaded, midframe.EngineOptions)
    assert (loaded.device, loaded.threads, loaded.flow_scale) == ("cpu", 1, 1.0)
    video, report = nodes.interpolate_a_video(clip, **{**VIDEO, "model": "missing"}, loaded_model=loaded).values
    assert len(times(Path(video.file))) == 8
    assert comfyui.texts() == [report]
    images = torch.rand(2, 48, 64, 3)
    made, *_ = nodes.interpolate_a_batch(images, **{**IMAGES, "model": "missing"}, loaded_model=loaded).values
    assert len(made) == 3


def test_all_cores_are_zero_threads(comfyui: ComfyUI) -> None:
    comfyui.add_checkpoint()
    assert comfyui.module("nodes").load_model(**{**LOADER, "threads": 0}).values[0].threads is None


def test_errors_stop_the_workflow_unless_the_input_is_to_be_passed_on(comfyui: ComfyUI, clip: Any) -> None:
    nodes = comfyui.module("nodes")
    wrong = {**VIDEO, "model": "missing"}
    with pytest.raises(UnknownModelError):
        nodes.interpolate_a_video(clip, **wrong)
    video, report = nodes.interpolate_a_video(clip, **{**wrong, "on_error": "pass the input on"}).values
    assert video is clip
    assert report.startswith("Not interpolated; the input was passed on. There is no RIFE 4 checkpoint missing")
    assert comfyui.texts() == [report]
    images = torch.rand(2, 48, 64, 3)
    wrong = {**IMAGES, "model": "missing", "on_error": "pass the input on"}
    made, rate, report = nodes.interpolate_a_batch(images, **wrong).values
    assert made is images
    assert rate == 16.0
    assert "passed on" in report


@pytest.mark.parametrize("error", [EngineError("Out of memory."), ZeroDivisionError("a mistake"), MemoryError()])
def test_whatever_fails_the_generation_is_passed_on(
    error: Exception, comfyui: ComfyUI, clip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = comfyui.module("nodes")

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(nodes, "interpolate_video", fails)
    video, _ = nodes.interpolate_a_video(clip, **{**VIDEO, "on_error": "pass the input on"}).values
    assert video is clip
    with pytest.raises(type(error)):
        nodes.interpolate_a_video(clip, **VIDEO)


def test_interruptions_are_never_passed_on(comfyui: ComfyUI, clip: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = comfyui.module("nodes")

    def interrupted(*_: object) -> None:
        comfyui.management.interrupt_current_processing()
        comfyui.management.throw_exception_if_processing_interrupted()

    monkeypatch.setattr(nodes, "interpolate_video", interrupted)
    with pytest.raises(comfyui.management.InterruptProcessingException):
        nodes.interpolate_a_video(clip, **{**VIDEO, "on_error": "pass the input on"})


def test_connected_choices_are_checked_when_the_node_runs(comfyui: ComfyUI, clip: Any) -> None:
    nodes, images = comfyui.module("nodes"), torch.rand(2, 48, 64, 3)
    for name, value in {"quality": "ultra", "cuts": "hodl", "codec": "h266"}.items():
        with pytest.raises(OptionError, match=rf"`{name}` must be .*, not '{value}'"):
            nodes.interpolate_a_video(clip, **{**VIDEO, name: value})
        passed, report = nodes.interpolate_a_video(
            clip, **{**VIDEO, name: value, "on_error": "pass the input on"}
        ).values
        assert passed is clip
        assert f"`{name}` must be" in report
    with pytest.raises(OptionError, match="For slow motion, leave `fps` empty"):
        nodes.interpolate_a_video(clip, **{**VIDEO, "slowmo": True, "fps": "24"})
    with pytest.raises(OptionError, match="`quality` must be"):
        nodes.interpolate_a_batch(images, **{**IMAGES, "quality": "ultra"})
    for name in ("device", "engine", "precision", "flow_scale"):
        with pytest.raises(OptionError, match=f"`{name}` must be "):
            nodes.load_model(**{**LOADER, name: "other"})


def test_a_wrong_choice_for_errors_stops_the_workflow(comfyui: ComfyUI, clip: Any) -> None:
    nodes = comfyui.module("nodes")
    with pytest.raises(OptionError, match="`on_error` must be stop or pass the input on, not 'ignore'"):
        nodes.interpolate_a_video(clip, **{**VIDEO, "model": "missing", "on_error": "ignore"})
    with pytest.raises(OptionError, match="`on_error` must be"):
        nodes.interpolate_a_batch(torch.rand(2, 48, 64, 3), **{**IMAGES, "on_error": "ignore"})


def test_choices_are_listed_once(comfyui: ComfyUI) -> None:
    for node in comfyui.module("nodes").NODES:
        for each in node.inputs:
            choices = each.choices() if each.choices else ()
            assert len(set(choices)) == len(choices), each.name
