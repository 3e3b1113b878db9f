from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.clips import times, write_clip
from tests.support.comfyui import ComfyUI, loaded_pack
from tests.unit.integrations.comfyui.test_current import check_refusals
from tests.unit.integrations.comfyui.test_nodes import VIDEO


def test_the_pack_without_the_current_interface(older_comfyui: ComfyUI) -> None:
    pack = loaded_pack()
    assert not hasattr(pack, "comfy_entrypoint")
    assert pack.NODE_CLASS_MAPPINGS.keys() == pack.NODE_DISPLAY_NAME_MAPPINGS.keys()
    node: Any = older_comfyui.nodes()["MidframeInterpolateVideo"]
    assert (node.CATEGORY, node.OUTPUT_NODE, node.RETURN_TYPES) == ("image/video", True, ("VIDEO", "STRING"))
    types = node.INPUT_TYPES()
    assert types["optional"].keys() == {"loaded_model"}
    assert types["required"]["video"][0] == "VIDEO"
    assert types["required"]["model"][0][0] == "4.25"
    assert types["required"]["fps"][1]["default"] == ""
    assert node.IS_CHANGED(model="4.6") == ""


def test_what_is_wrong_is_marked_when_a_workflow_is_queued(older_comfyui: ComfyUI) -> None:
    older_comfyui.add_checkpoint()
    check_refusals(older_comfyui)


def test_a_video(older_comfyui: ComfyUI, tmp_path: Path) -> None:
    older_comfyui.add_checkpoint()
    video = older_comfyui.videos.VideoFromFile(str(write_clip(tmp_path / "clip.mp4", 4)))
    node: Any = older_comfyui.nodes()["MidframeInterpolateVideo"]()
    returned = getattr(node, node.FUNCTION)(video=video, **VIDEO)
    made, report = returned["result"]
    assert len(times(Path(made.file))) == 8
    assert returned["ui"]["images"][0]["type"] == "temp"
    assert "frames" in report
