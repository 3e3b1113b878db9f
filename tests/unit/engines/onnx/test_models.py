"""The graphs, run by ONNX Runtime, compute what the reference network does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.random_weights import CASES, narrow, random_network, random_tensors

from midframe.engines.graphs.layers import network_layers
from midframe.engines.onnx.providers import OPSETS
from midframe.models.rife.network import IFNet
from midframe.models.rife.spec import Spec

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from midframe.engines.onnx.models import GraphOptions, whole_model  # noqa: E402 - after the skip

TIME = 0.3

Floats = NDArray[np.float32]


def images(spec: Spec, *, batch: int = 1, height: int | None = None, width: int | None = None) -> tuple[Floats, Floats]:
    shape = (batch, 3, height or spec.pad, width or 2 * spec.pad)
    left, right = np.random.default_rng(0).random((2, *shape), dtype=np.float32)
    return left, right


def reference(network: IFNet, left: Floats, right: Floats, *, ensemble: bool = False) -> Floats:
    frame = network(torch.from_numpy(left), torch.from_numpy(right), TIME, ensemble=ensemble)
    wanted: Floats = frame.numpy()
    return wanted


def ran(spec: Spec, options: GraphOptions, left: Floats, right: Floats, **choices: Any) -> Floats:
    layers = network_layers(spec, random_tensors(spec))
    model = whole_model(layers, spec.pad_multiple(), options, **choices)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    times = np.full(len(left), TIME, np.float32)
    frame: Floats = session.run(None, {"img0": left, "img1": right, "timestep": times})[0]
    return frame


@pytest.mark.parametrize(("spec", "ensemble"), CASES)
def test_every_row_is_as_the_reference(spec: Spec, ensemble: bool) -> None:
    left, right = images(spec)
    frame = ran(spec, GraphOptions(), left, right, ensemble=ensemble)
    wanted = reference(random_network(spec), left, right, ensemble=ensemble)
    np.testing.assert_allclose(frame, wanted, atol=1e-4)


@pytest.mark.parametrize("opset", range(OPSETS[0], OPSETS[1] + 1))
@pytest.mark.parametrize("warp", ["gridsample", "gather"])
@pytest.mark.parametrize("fixed", [False, True])
def test_every_opset_and_form(opset: int, warp: Any, fixed: bool) -> None:
    spec = narrow("4.25")
    left, right = images(spec)
    size = left.shape[2:] if fixed else None
    frame = ran(spec, GraphOptions(opset, warp), left, right, size=size)
    np.testing.assert_allclose(frame, reference(random_network(spec), left, right), atol=1e-4)


@pytest.mark.parametrize("warp", ["gridsample", "gather"])
@pytest.mark.parametrize(("height", "width"), [(50, 70), (1, 1), (64, 65)])
def test_padding_is_inside(warp: Any, height: int, width: int) -> None:
    """Files for one size and for any give the same, whatever the size."""
    spec = narrow("4.25")
    left, right = images(spec, height=height, width=width)
    fixed = ran(spec, GraphOptions(warp=warp), left, right, size=(height, width))
    free = ran(spec, GraphOptions(warp=warp), left, right)
    assert fixed.shape == left.shape
    np.testing.assert_allclose(free, fixed, atol=1e-5)


@pytest.mark.parametrize("warp", ["gridsample", "gather"])
def test_pairs_of_a_batch_are_each_what_one_is(warp: Any) -> None:
    spec = narrow("4.25")
    left, right = images(spec, batch=3, height=40, width=70)
    together = ran(spec, GraphOptions(warp=warp), left, right)
    for number in range(3):
        one = slice(number, number + 1)
        np.testing.assert_allclose(together[one], ran(spec, GraphOptions(warp=warp), left[one], right[one]), atol=1e-5)


def test_float16_is_for_convolutions_alone() -> None:
    """Nothing that makes coordinates is shorter than float32."""
    spec = narrow("4.25")
    model = whole_model(network_layers(spec, random_tensors(spec)), spec.pad, GraphOptions(half=True), size=(64, 64))
    inferred = onnx.shape_inference.infer_shapes(model)
    types = {value.name: value.type.tensor_type.elem_type for value in inferred.graph.value_info}
    short = {
        node.op_type
        for node in inferred.graph.node
        if any(types.get(name) == onnx.TensorProto.FLOAT16 for name in node.output)
    }
    assert short == {"Cast", "Conv", "LeakyRelu"}
    left, right = images(spec, height=64, width=64)
    frame = ran(spec, GraphOptions(half=True), left, right, size=(64, 64))
    exact = ran(spec, GraphOptions(), left, right, size=(64, 64))
    assert 0 < np.abs(frame - exact).mean() < 1e-2


def test_without_gridsample() -> None:
    spec = narrow("4.25")
    layers = network_layers(spec, random_tensors(spec))
    for warp, has in (("gather", False), ("gridsample", True)):
        options = GraphOptions(warp=warp)  # type: ignore[arg-type]
        nodes = whole_model(layers, spec.pad, options).graph.node
        assert any(node.op_type == "GridSample" for node in nodes) == has


def test_what_the_file_says_about_itself() -> None:
    spec = narrow("4.25")
    layers = network_layers(spec, random_tensors(spec))
    model = whole_model(layers, spec.pad, GraphOptions(16), properties={"midframe.version": "1"})
    assert {entry.key: entry.value for entry in model.metadata_props} == {"midframe.version": "1"}
    assert [entry.version for entry in model.opset_import] == [16]
    assert model.ir_version <= 8  # what runtimes of that time read
    assert [value.name for value in model.graph.input] == ["img0", "img1", "timestep"]
    assert [value.name for value in model.graph.output] == ["frame"]
