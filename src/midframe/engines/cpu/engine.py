"""The engine of the CPU kernels: the restructured network as a handful of fused passes."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu.allocation import Pool
from midframe.engines.cpu.balancing import Balancer, CellFrame
from midframe.engines.cpu.convolutions import Convolutions
from midframe.engines.cpu.estimates import Estimation, MotionArrays
from midframe.engines.cpu.kernels.library import CanvasStruct, Kernels, address
from midframe.engines.cpu.network import CpuNetwork
from midframe.engines.cpu.selection import SIGNS, Selection, choose_patches, share_left_out
from midframe.engines.devices import CPU
from midframe.engines.failures import mapped_errors
from midframe.engines.flow_fields import MotionField, field_of_arrays
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import EngineFrame, Motion, arrays_of, require_motion_for
from midframe.engines.threads import describe_cpu
from midframe.errors import EngineError
from midframe.models.rife.architecture import RifeModel, check_ensemble


@dataclass(frozen=True, eq=False)
class CpuFrame:
    """An encoded frame, channels last.

    Attributes:
        pixels: (H, W, lanes): the view, its features, zeros; padded right and bottom with zeros.
        samples: (height, width, channels), contiguous: the caller's own where they are that, not a copy.
        seen: The view by cells; None where masks stay as they are, and the network is computed as a whole.
    """

    pixels: NDArray[np.float32]
    samples: NDArray[np.float32]
    seen: CellFrame | None = None


class CpuEngine:
    """Runs a network with the CPU kernels.

    Flow scale, precision, ensemble and quality of the options are used. With the precision "fast", the last two blocks
    are computed where they are needed, see `midframe.engines.cpu.selection`. With the quality "default", masks are
    balanced, see `midframe.engines.agreement`; "best" is the work of a `midframe.engines.cpu.refined.RefinedEngine`
    around one of the quality "fast".

    Frames are encoded in strips and interpolated row by row in any case. More than one strip also leaves out the flow
    that the last blocks keep at full resolution, and has them work it out again.

    Raises:
        OptionError: Ensemble for a version that has none.
    """

    def __init__(
        self,
        model: RifeModel,
        kernels: Kernels,
        options: EngineOptions,
        convolutions: Convolutions | None = None,
    ) -> None:
        check_ensemble(model.spec, ensemble=options.ensemble)
        self._selects = options.precision == "fast" and convolutions is None
        self._network = CpuNetwork(model, kernels, convolutions=convolutions, selects=self._selects)
        self._convolutions = convolutions
        self._device = convolutions.device if convolutions else CPU
        self._balancer = Balancer(kernels)
        self._flow_scale = options.flow_scale
        self._ensemble = options.ensemble
        self._balanced = options.quality != "fast"
        self._pool = Pool()
        self.strips = 1

    @property
    def device_name(self) -> str:
        """The device in words."""
        if self._convolutions:
            return self._convolutions.description
        return f"{describe_cpu()}, {self._network.kernels.name} kernels"

    def release(self) -> None:
        """Free all buffers."""
        self._pool.clear()
        self._network.release()

    def encode(self, frame: EngineFrame) -> CpuFrame:
        """Pad and encode."""
        multiple = self._network.spec.pad_multiple(self._flow_scale)
        height, width = (-(-length // multiple) * multiple for length in frame.view.shape[:2])
        with mapped_errors(self._device):
            pixels = self._pool.take(height, width, self._network.layout.lanes)
            view = np.ascontiguousarray(frame.view)
            self._network.encode(view, pixels)
            needs_cells = self._balanced or self._selects
            seen = self._balancer.frame(view, light=self._balanced) if needs_cells else None
            encoded = CpuFrame(pixels, np.ascontiguousarray(frame.samples), seen)
        self._pool.give_back_with(encoded, pixels)
        return encoded

    def between(self, left: CpuFrame, right: CpuFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """One pass of the network for each time; flow and mask exist one row at a time."""
        results = []
        with mapped_errors(self._device):
            for time in times:
                known = self._estimate(left, right, time)
                balance = None
                if self._balanced:
                    assert left.seen is not None
                    assert right.seen is not None
                    found = self._balancer.agree(left.seen, right.seen, known, left.pixels.shape[1])
                    balance = found.balance(time)
                output, canvas = _canvas(left, right)
                self._network.kernels.between(
                    byref(canvas),
                    *known.arguments(),
                    balance,
                    self._network.threads,
                )
                results.append(output)
        return results

    def motion(self, left: CpuFrame, right: CpuFrame, time: float) -> Motion:
        """One pass of the network."""
        with mapped_errors(self._device):
            known = self._estimate(left, right, time)
            height, width = left.pixels.shape[:2]
            motion = MotionArrays.empty(height, width)
            self._network.kernels.motion(
                *known.arguments(),
                height,
                width,
                address(motion.flow),
                address(motion.mask),
                self._network.threads,
            )
            if self._balanced:
                assert left.seen is not None
                assert right.seen is not None
                self._balancer.balance(motion, left.seen, right.seen, time)
            return motion.as_motion()

    def warp(self, left: CpuFrame, right: CpuFrame, motion: Motion) -> NDArray[np.float32]:
        """Warp and blend the samples."""
        self._require_pair(left, right)
        rows, columns, _ = left.samples.shape
        require_motion_for(motion, (rows, columns), self._device)
        with mapped_errors(self._device):
            self._network.prepare(*left.pixels.shape[:2])
            arrays = MotionArrays.of(motion)
            output, canvas = _canvas(left, right)
            self._network.kernels.warp(
                byref(canvas), address(arrays.flow), address(arrays.mask), arrays.flow.shape[1], self._network.threads
            )
        return output

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """Without padding."""
        return field_of_arrays(*arrays_of(motion), height, width)

    def _require_pair(self, left: CpuFrame, right: CpuFrame) -> None:
        """Kernels trust sizes, so they are checked here.

        Raises:
            EngineError: The frames differ in size or channels, or another kind of engine encoded them.
        """
        multiple = self._network.spec.pad_multiple(self._flow_scale)
        height, width, lanes = left.pixels.shape
        if left.pixels.shape != right.pixels.shape or left.samples.shape != right.samples.shape:
            raise EngineError(f"The network failed on {self._device}: the two frames differ in size or channels.")
        seen = left.seen, right.seen
        foreign = (self._balanced or self._selects) and None in seen
        foreign |= self._balanced and any(each is None or each.light is None for each in seen)
        if foreign or lanes != self._network.layout.lanes or height % multiple or width % multiple:
            raise EngineError(
                f"The network failed on {self._device}: these frames were encoded by a different kind of engine."
            )

    def _estimate(self, left: CpuFrame, right: CpuFrame, time: float) -> Estimation:
        self._require_pair(left, right)
        return self._network.estimate(
            left.pixels,
            right.pixels,
            time,
            flow_scale=self._flow_scale,
            ensemble=self._ensemble,
            keep_flow=self.strips == 1,
            select=(lambda known, patch: self._select(left, right, known, patch)) if self._selects else None,
        )

    def _select(self, left: CpuFrame, right: CpuFrame, known: Estimation, patch: int) -> Selection:
        """See `midframe.engines.cpu.selection`."""
        assert left.seen is not None
        assert right.seen is not None
        agreement = left.seen.agreement(right.seen)
        height, width = left.pixels.shape[:2]
        signs = np.empty((SIGNS, agreement.rows, agreement.columns), np.float32)
        scratch = np.empty((agreement.rows, agreement.columns, 9), np.float32)
        self._network.kernels.need(
            byref(agreement),
            known.structs(),
            len(known.parts),
            height,
            width,
            scratch.ctypes.data,
            signs.ctypes.data,
            self._network.threads,
        )
        return choose_patches(signs, height, width, patch, share_left_out(self._network.spec))


def _canvas(left: CpuFrame, right: CpuFrame) -> tuple[NDArray[np.float32], CanvasStruct]:
    """An array for the result, and the structure that points to it and to the frames."""
    output = np.empty_like(left.samples)
    canvas = CanvasStruct(
        left.samples.ctypes.data, right.samples.ctypes.data, output.ctypes.data, *output.shape, left.pixels.shape[1]
    )
    return output, canvas
