from __future__ import annotations

from typing import Any

import pytest
from tests.support.clips import write_clip
from tests.support.comfyui import ComfyUI
from tests.unit.integrations.comfyui.test_nodes import VIDEO

from midframe.integrations.comfyui.advice import fitting

OPTIONS = {"fps", "factor", "slowmo", "codec", "cuts", "model", "flow_scale", "device", "engine"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Sound is dropped: in slow motion it would drift out of sync. `slowmo_audio=stretch` keeps the sound.",
            "Sound is dropped: in slow motion it would drift out of sync.",
        ),
        (
            "In yuv420p, alpha is dropped. Choose others with `codec` and `pix_fmt`.",
            "In yuv420p, alpha is dropped. Choose another `codec`.",
        ),
        (
            "The encoder x does not take this. Choose others with `codec`, `pix_fmt`, `preset` or `crf`.",
            "The encoder x does not take this. Choose another `codec`.",
        ),
        (
            "a.png is a single image; at least two frames are needed. Give its folder, or a pattern in quotes.",
            "a.png is a single image; at least two frames are needed.",
        ),
        (
            "No network. You can also download the file yourself and give its path as `model`.",
            "No network.",
        ),
        (
            "Each gap in the numbers counts as one step; `gaps=fill` interpolates the missing frames too.",
            "Each gap in the numbers counts as one step.",
        ),
        (
            "2 of 4 source frames fall between output frames; `fps=32` or 48 keeps all.",
            "2 of 4 source frames fall between output frames; `fps=32` or 48 keeps all.",
        ),
        (
            "Out of memory on cuda:0: try `flow_scale=0.5`, or use `device=cpu`.",
            "Out of memory on cuda:0: try `flow_scale=0.5`, or use `device=cpu`.",
        ),
        ("`gaps` is for image sequences.", "`gaps` is for image sequences."),
        ("", ""),
    ],
)
def test_advice(text: str, expected: str) -> None:
    assert fitting(text, OPTIONS) == expected


def test_reports_name_only_what_the_nodes_have(comfyui: ComfyUI, tmp_path: Any) -> None:
    comfyui.add_checkpoint()
    video = comfyui.videos.VideoFromFile(str(write_clip(tmp_path / "clip.mp4", 4, sound=True)))
    _, report = comfyui.module("nodes").interpolate_a_video(video, **{**VIDEO, "slowmo": True}).values
    assert "Sound is dropped: in slow motion it would drift out of sync." in report
    assert "slowmo_audio" not in report
    assert comfyui.texts() == [report]
