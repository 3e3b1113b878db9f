from __future__ import annotations

from typing import Any

import pytest
from tests.support.comfyui import ComfyUI

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


def test_running_checking_and_fingerprints(nodes: dict[str, Any]) -> None:
    loader = nodes["MidframeLoadModel"]
    inputs = {
        "model": "frame_interpolation/own.safetensors",
        "device": "auto",
        "engine": "auto",
        "precision": "exact",
        "flow_scale": "1",
        "threads": 1,
    }
    assert loader.validate_inputs(model=inputs["model"]) is True
    assert "There is no RIFE 4 checkpoint other" in loader.validate_inputs(model="other")
    assert "`fps` must be a number" in nodes["MidframeInterpolateVideo"].validate_inputs(fps="fast")
    result = loader.execute(**inputs)
    assert result.args[0].device == "cpu"
    assert result.ui is None
    assert loader.fingerprint_inputs(**inputs)
    assert loader.fingerprint_inputs(model=None) == ""
