from __future__ import annotations

from typing import Any

import pytest
from tests.support.comfyui import ComfyUI
from tests.unit.integrations.comfyui.test_nodes import IMAGES, LOADER, VIDEO

NAMES = {"MidframeInterpolateVideo", "MidframeInterpolateImages", "MidframeLoadModel"}


@pytest.fixture
def nodes(comfyui: ComfyUI) -> dict[str, Any]:
    comfyui.add_checkpoint()
    return comfyui.nodes()


def test_schemas(nodes: dict[str, Any]) -> None:
    assert nodes.keys() == NAMES
    schema = nodes["MidframeInterpolateVideo"].define_schema()
    inputs = {each.id: each for each in schema.inputs}
    assert (schema.display_name, schema.category) == ("Interpolate Video (midframe)", "image/video")
    assert schema.is_output_node
    assert [each.io_type for each in schema.outputs] == ["VIDEO", "STRING"]
    assert inputs["model"].options[0] == "frame_interpolation/own.safetensors"
    assert inputs["quality"].default == "default"
    assert (inputs["factor"].min, inputs["factor"].max) == (1.0, 64.0)
    assert [name for name, each in inputs.items() if each.optional] == ["loaded_model"]
    assert inputs["loaded_model"].io_type == "MIDFRAME_MODEL"
    assert all(each.tooltip for each in (*schema.inputs, *schema.outputs))


def test_running_and_fingerprints(nodes: dict[str, Any]) -> None:
    loader = nodes["MidframeLoadModel"]
    inputs = {
        "model": "frame_interpolation/own.safetensors",
        "device": "auto",
        "engine": "auto",
        "precision": "exact",
        "flow_scale": "1",
        "threads": 1,
    }
    result = loader.execute(**inputs)
    assert result.args[0].device == "cpu"
    assert result.ui is None
    assert loader.fingerprint_inputs(**inputs)
    assert loader.fingerprint_inputs(model=None) == ""


def test_what_is_wrong_is_marked_when_a_workflow_is_queued(comfyui: ComfyUI) -> None:
    comfyui.add_checkpoint()
    check_refusals(comfyui)


def check_refusals(comfyui: ComfyUI) -> None:
    """Only inputs that are wrong are marked, and each once."""
    nodes = {
        "MidframeInterpolateVideo": {**VIDEO, "video": ["1", 0]},
        "MidframeInterpolateImages": {**IMAGES, "images": ["1", 0]},
        "MidframeLoadModel": LOADER,
    }
    wrong: dict[str, Any] = {
        "model": "missing.pth",
        "quality": "ultra",
        "cuts": "hodl",
        "codec": "h266",
        "on_error": "ignore",
        "engine": "abacus",
        "device": "tpu",
        "precision": "vague",
        "flow_scale": "3",
        "factor": 0.5,
    }
    for name, inputs in nodes.items():
        assert comfyui.refusals(name, **inputs) == {}
        for changed in wrong.keys() & inputs.keys():
            assert comfyui.refusals(name, **{**inputs, changed: wrong[changed]}).keys() == {changed}
    refused = comfyui.refusals("MidframeInterpolateImages", **{**nodes["MidframeInterpolateImages"], "fps": "fast"})
    assert refused.keys() == {"fps"}
    assert "`fps` must be a number" in refused["fps"]
    video = nodes["MidframeInterpolateVideo"]
    assert comfyui.refusals("MidframeInterpolateVideo", **{**video, "slowmo": True}) == {}
    assert comfyui.refusals("MidframeInterpolateVideo", **{**video, "slowmo": True, "fps": ["1", 0]}) == {}
    refused = comfyui.refusals("MidframeInterpolateVideo", **{**video, "slowmo": True, "fps": "24"})
    assert refused.keys() == {"fps", "slowmo"}
    assert refused["fps"].startswith("For slow motion, leave `fps` empty")
