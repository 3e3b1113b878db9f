"""The engine that runs the network's ONNX graphs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from midframe.engines.devices import CPU
from midframe.engines.failures import mapped_errors
from midframe.engines.flow_fields import MotionField, field_of_arrays
from midframe.engines.graphs.layers import NetworkLayers, network_layers
from midframe.engines.graphs.network import is_huge
from midframe.engines.onnx.models import FrameSize, GraphOptions, blend_model, motion_model, side_model
from midframe.engines.onnx.providers import Warp
from midframe.engines.onnx.runtimes import Graph, Runtime
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import EngineFrame, Motion, arrays_of, require_motion_for
from midframe.engines.threads import describe_cpu, thread_count
from midframe.errors import EngineError
from midframe.models.rife.architecture import RifeModel, check_ensemble

KEPT_SIZES = 2
"""Sizes of frames whose graphs are kept."""


@dataclass(frozen=True, eq=False)
class OnnxFrame:
    """An encoded frame, on the device.

    Attributes:
        side: (1, 3 + features, H, W): the view and its features, padded.
        samples: (height, width, channels), without padding.
        limits: (2, channels): the lowest and the highest sample of each channel.
        shape: That of the samples.
    """

    side: Any
    samples: Any
    limits: NDArray[np.float32]
    shape: tuple[int, int, int]


class _Graphs:
    """The graphs for frames of one size; each is made when it is first needed.

    Attributes:
        size: Of the frames.
        threads: Threads that the graphs were made for.
    """

    def __init__(self, size: FrameSize) -> None:
        self.size = size
        self.threads = thread_count()
        self._loaded: dict[object, Any] = {}

    def get(self, key: object, load: Callable[[], Any]) -> Any:
        """What was made under a key, or is made now."""
        if key not in self._loaded:
            self._loaded[key] = load()
        return self._loaded[key]


class OnnxEngine:
    """Runs the network's graphs by a runtime.

    Flow scale, precision and ensemble of the options are used. The precision "fast" runs the blocks' convolutions in
    float16 on other devices than the CPU. Frames are uploaded once; what a graph yields stays on the device for the
    next one, until a frame is finished.

    Attributes:
        strips: Kept, and of no effect.

    Args:
        model: The model.
        runtime: What runs graphs.
        options: For a single device.
        warp: How graphs warp frames; no provider that was measured is faster without the operator.

    Raises:
        OptionError: Ensemble for a version that has none.
    """

    strips = 1

    def __init__(self, model: RifeModel, runtime: Runtime, options: EngineOptions, warp: Warp = "gridsample") -> None:
        check_ensemble(model.spec, ensemble=options.ensemble)
        self._model = model
        self._runtime = runtime
        self._device = options.device
        self._flow_scale = options.flow_scale
        self._ensemble = options.ensemble
        self._written = GraphOptions(warp=warp, half=options.precision == "fast" and options.device != CPU)
        self._multiple = model.spec.pad_multiple(options.flow_scale)
        self._layers = network_layers(model.spec, model.tensors, flow_scale=options.flow_scale)
        self._kept: OrderedDict[tuple[int, int], _Graphs] = OrderedDict()

    @property
    def device_name(self) -> str:
        """The device in words."""
        return f"{describe_cpu() if self._device == CPU else self._device}, {self._runtime.description}"

    def release(self) -> None:
        """Free the graphs."""
        self._kept.clear()

    def encode(self, frame: EngineFrame) -> OnnxFrame:
        """Upload, pad and encode."""
        with mapped_errors(self._device):
            height, width = frame.view.shape[:2]
            graphs = self._graphs(height, width)
            graph: Graph = graphs.get("side", lambda: self._load(side_model(self._layers, graphs.size, self._written)))
            view = self._runtime.upload(frame.view)
            samples = view if frame.samples is frame.view else self._runtime.upload(frame.samples)
            side = graph.run({"view": view})["side"]
            return OnnxFrame(side, samples, channel_limits(frame.samples), (height, width, frame.samples.shape[2]))

    def between(self, left: OnnxFrame, right: OnnxFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """One pass of the network for each time."""
        with mapped_errors(self._device):
            return [self._blend(left, right, *self._estimate(left, right, time)) for time in times]

    def motion(self, left: OnnxFrame, right: OnnxFrame, time: float) -> Motion:
        """One pass of the network; arrays of numpy, without padding."""
        with mapped_errors(self._device):
            return Motion(*map(self._runtime.download, self._estimate(left, right, time)))

    def warp(self, left: OnnxFrame, right: OnnxFrame, motion: Motion) -> NDArray[np.float32]:
        """Warp and blend the samples."""
        _require_pair(left, right, self._device)
        height, width, _ = left.shape
        require_motion_for(motion, (height, width), self._device)
        with mapped_errors(self._device):
            flow, mask = arrays_of(motion)
            inside = (self._runtime.upload(planes[..., :height, :width]) for planes in (flow, mask))
            return self._blend(left, right, *inside)

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """Without padding."""
        return field_of_arrays(*arrays_of(motion), height, width)

    def _graphs(self, height: int, width: int) -> _Graphs:
        graphs = self._kept.pop((height, width), None)
        if graphs is None or graphs.threads != thread_count():
            graphs = _Graphs(FrameSize(height, width, self._multiple))
        self._kept[height, width] = graphs
        while len(self._kept) > KEPT_SIZES:
            self._kept.popitem(last=False)
        return graphs

    def _load(self, model: onnx.ModelProto) -> Graph:
        return self._runtime.load(model)

    def _motion_graph(self, graphs: _Graphs, *, retried: bool) -> tuple[Graph, float | None]:
        def load() -> tuple[Graph, float | None]:
            layers = self._retried_layers() if retried else self._layers
            model, factor = motion_model(layers, graphs.size, self._written, ensemble=self._ensemble)
            return self._load(model), factor

        found: tuple[Graph, float | None] = graphs.get(("motion", retried), load)
        return found

    def _retried_layers(self) -> NetworkLayers:
        return network_layers(self._model.spec, self._model.tensors, flow_scale=self._flow_scale, retried=True)

    def _estimate(self, left: OnnxFrame, right: OnnxFrame, time: float) -> tuple[Any, Any]:
        """Flow and mask, on the device."""
        _require_pair(left, right, self._device)
        height, width, _ = left.shape
        graphs = self._graphs(height, width)
        moment = self._runtime.upload(np.full((1, 1, 1, 1), time, np.float32))
        inputs = {"left": left.side, "right": right.side, "time": moment}
        graph, factor = self._motion_graph(graphs, retried=False)
        found = graph.run(inputs)
        if factor is not None and is_huge(self._runtime.download(found["decisive"]), factor, *graphs.size.padded):
            graph, _ = self._motion_graph(graphs, retried=True)
            found = graph.run(inputs)
        return found["flow"], found["mask"]

    def _blend(self, left: OnnxFrame, right: OnnxFrame, flow: Any, mask: Any) -> NDArray[np.float32]:
        height, width, channels = left.shape
        graphs = self._graphs(height, width)
        graph: Graph = graphs.get(
            ("blend", channels), lambda: self._load(blend_model(graphs.size, channels, self._written))
        )
        inputs = {
            "left": left.samples,
            "right": right.samples,
            "flow": flow,
            "mask": mask,
            "lowest": self._runtime.upload(np.fmin(left.limits[0], right.limits[0])),
            "highest": self._runtime.upload(np.fmax(left.limits[1], right.limits[1])),
        }
        return self._runtime.download(graph.run(inputs)["frame"])


def channel_limits(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lowest and the highest number of each channel, (2, C) of (H, W, C)."""
    # Whole rows first, which is several times faster; NaN counts only where there is nothing else.
    lowest, highest = (reduce(reduce(samples, axis=0), axis=0) for reduce in (np.fmin.reduce, np.fmax.reduce))
    return np.stack((lowest, highest))


def _require_pair(left: OnnxFrame, right: OnnxFrame, device: str) -> None:
    if left.shape != right.shape:
        raise EngineError(f"The network failed on {device}: the two frames differ in size or channels.")
