from __future__ import annotations

from dataclasses import replace

from tests.support.engines import random_model
from tests.support.random_weights import narrow

from midframe.engines.entry import EngineLoad
from midframe.engines.onnx.entry import OnnxEntry
from midframe.engines.options import EngineOptions


def test_what_takes_more_counts_more() -> None:
    options = EngineOptions(device="cpu", engine="onnx", quality="fast")
    load = EngineLoad(random_model(narrow("4.25")), options, 1280, 720, 3)
    plain = OnnxEntry().memory_need(load)
    for larger in (
        replace(load, width=1920),
        replace(load, channels=4),
        replace(load, times=3),
        replace(load, inner_frames=1),
        replace(load, motions=2),
        replace(load, options=replace(options, quality="default")),
        replace(load, options=replace(options, flow_scale=2.0)),
    ):
        assert OnnxEntry().memory_need(larger) > plain
    best = OnnxEntry().memory_need(replace(load, options=replace(options, quality="best")))
    assert best > OnnxEntry().memory_need(replace(load, options=replace(options, quality="default")))


def test_on_a_gpu_the_process_is_not_counted() -> None:
    options = EngineOptions(device="cuda", engine="onnx")
    load = EngineLoad(random_model(narrow("4.25")), options, 1280, 720, 3)
    on_cpu = replace(load, options=replace(options, device="cpu"))
    assert 0 < OnnxEntry().memory_need(load) < OnnxEntry().memory_need(on_cpu)
