"""The engine of the CPU kernels: the restructured network as a handful of fused passes."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from midframe.engines.agreement import (
    AROUND,
    LEAST_CONTRAST,
    LIGHT,
    MOVED,
    MOVING,
    STILL,
    TOLERANCE,
    UNEXPLAINED,
    cell_counts,
)
from midframe.engines.cpu.allocation import Pool
from midframe.engines.cpu.convolutions import Convolutions
from midframe.engines.cpu.estimates import Estimation, MotionArrays
from midframe.engines.cpu.kernels.library import AgreementStruct, BalanceStruct, CanvasStruct, Kernels, address
from midframe.engines.cpu.network import CpuNetwork
from midframe.engines.cpu.selection import SIGNS, Selection, choose_patches, share_left_out
from midframe.engines.devices import CPU
from midframe.engines.failures import mapped_errors
from midframe.engines.flow_fields import MotionField
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import EngineFrame, Motion, require_motion_for
from midframe.engines.threads import describe_cpu
from midframe.errors import EngineError
from midframe.models.rife.architecture import RifeModel, check_ensemble

AGREEMENT_SCRATCH = 23
"""Floats that `midframe_agree` in agreement.cpp takes for each cell."""


@dataclass(frozen=True, eq=False)
class CpuFrame:
    """An encoded frame, channels last.

    Attributes:
        pixels: (H, W, lanes): the view, its features, zeros; padded right and bottom with zeros.
        samples: (height, width, channels), contiguous: the caller's own where they are that, not a copy.
        cells: (rows, columns, 4): the view by cells, see `midframe.engines.agreement`; None where masks stay as they
            are.
        light: Of the same shape: mean and contrast around each cell; None where masks are unchanged.
    """

    pixels: NDArray[np.float32]
    samples: NDArray[np.float32]
    cells: NDArray[np.float32] | None = None
    light: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class CellAgreement:
    """How far two frames agree, (rows, columns) by cells.

    Attributes:
        share: Which share of the mask's distance from 1 − time is kept.
        moving: Which share of the flow; None for all of it.
        squares: How much frames differ after warping, squared, before the last mean over neighbours.
    """

    share: NDArray[np.float32]
    moving: NDArray[np.float32] | None
    squares: NDArray[np.float32]

    def balance(self, time: float) -> BalanceStruct:
        """The structure that kernels read; it holds no more than addresses."""
        moving = None if self.moving is None else address(self.moving)
        return BalanceStruct(address(self.share), moving, *self.share.shape, 1 - time)


class CpuEngine:
    """Runs a network with the CPU kernels.

    Flow scale, precision, ensemble and quality of the options are used. With the precision "fast", the last two blocks
    are computed where they are needed, see `midframe.engines.cpu.selection`. With the quality "default", masks are
    balanced, see `midframe.engines.agreement`; "best" is the work of a `midframe.engines.cpu.best.BestEngine` around
    this one.

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
        self.device = convolutions.device if convolutions else CPU
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
        with mapped_errors(self.device):
            pixels = self._pool.take(height, width, self._network.layout.lanes)
            view = np.ascontiguousarray(frame.view)
            self._network.encode(view, pixels)
            cells = self._cells(view) if self._balanced or self._selects else None
            light = self._light(cells) if self._balanced and cells is not None else None
            encoded = CpuFrame(pixels, np.ascontiguousarray(frame.samples), cells, light)
        self._pool.give_back_with(encoded, pixels)
        return encoded

    def between(self, left: CpuFrame, right: CpuFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """One pass of the network for each time; flow and mask exist one row at a time."""
        results = []
        with mapped_errors(self.device):
            for time in times:
                known = self._estimate(left, right, time)
                balance = None
                if self._balanced:
                    found = self._agree(left, right, known)
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
        with mapped_errors(self.device):
            estimate = self.estimate(left, right, time)
            if self._balanced:
                self.balance(estimate, left, right, time)
            return estimate.as_motion()

    def estimate(self, left: CpuFrame, right: CpuFrame, time: float) -> MotionArrays:
        """One pass of the network; the mask is not balanced."""
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
        return motion

    def disagreement(self, motion: MotionArrays, left: CpuFrame, right: CpuFrame) -> NDArray[np.float32]:
        """How much frames with cells differ after warping, whatever their light: squares, before the last mean.

        (rows, columns) by cells.
        """
        # With one light for both, none changed.
        return self._agree(left, replace(right, light=left.light), motion.as_estimation()).squares

    def balance(self, motion: MotionArrays, left: CpuFrame, right: CpuFrame, time: float) -> None:
        """Balance a motion between frames that have cells, in place: its mask, and flow where nothing moves."""
        found = self._agree(left, right, motion.as_estimation())
        self._network.kernels.balance_motion(
            byref(found.balance(time)),
            address(motion.flow),
            address(motion.mask),
            *motion.mask.shape,
            self._network.threads,
        )

    def warp(self, left: CpuFrame, right: CpuFrame, motion: Motion) -> NDArray[np.float32]:
        """Warp and blend the samples."""
        self._require_pair(left, right)
        rows, columns, _ = left.samples.shape
        require_motion_for(motion, (rows, columns), self.device)
        with mapped_errors(self.device):
            self._network.prepare(*left.pixels.shape[:2])
            arrays = MotionArrays.of(motion)
            output, canvas = _canvas(left, right)
            self._network.kernels.warp(
                byref(canvas), address(arrays.flow), address(arrays.mask), arrays.flow.shape[1], self._network.threads
            )
        return output

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """Without padding."""
        flow, mask = (np.from_dlpack(array)[0, :, :height, :width] for array in (motion.flow, motion.mask))
        share = 1 / (1 + np.exp(-mask[0]))
        left, right = (np.ascontiguousarray(flow[half : half + 2].transpose(1, 2, 0)) for half in (0, 2))
        return MotionField(left, right, share)

    def _cells(self, view: NDArray[np.float32]) -> NDArray[np.float32]:
        """A contiguous view by cells."""
        rows, columns, _ = view.shape
        cells = np.empty((*cell_counts(rows, columns), 4), np.float32)
        self._network.kernels.cell_means(view.ctypes.data, rows, columns, address(cells), self._network.threads)
        return cells

    def _light(self, cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean and contrast around each cell."""
        light = np.empty_like(cells)
        rows, columns, _ = cells.shape
        agreement = AgreementStruct(
            left=address(cells), rows=rows, columns=columns, window=LIGHT, least_contrast=LEAST_CONTRAST
        )
        self._network.kernels.light(byref(agreement), address(light), self._network.threads)
        return light

    def _agree(self, left: CpuFrame, right: CpuFrame, known: Estimation) -> CellAgreement:
        agreement = _agreement(left, right)
        shape = agreement.rows, agreement.columns
        share, moving, squares = (np.empty(shape, np.float32) for _ in range(3))
        scratch = np.empty((AGREEMENT_SCRATCH, *shape), np.float32)
        some_still = self._network.kernels.agree(
            byref(agreement),
            *known.arguments(),
            left.pixels.shape[1],
            address(scratch),
            address(share),
            address(moving),
            address(squares),
            self._network.threads,
        )
        return CellAgreement(share, moving if some_still else None, squares)

    def _require_pair(self, left: CpuFrame, right: CpuFrame) -> None:
        """Kernels trust sizes, so they are checked here.

        Raises:
            EngineError: The frames differ in size or channels, or another kind of engine encoded them.
        """
        multiple = self._network.spec.pad_multiple(self._flow_scale)
        height, width, lanes = left.pixels.shape
        if left.pixels.shape != right.pixels.shape or left.samples.shape != right.samples.shape:
            raise EngineError(f"The network failed on {self.device}: the two frames differ in size or channels.")
        foreign = (self._balanced or self._selects) and (left.cells is None or right.cells is None)
        foreign |= self._balanced and (left.light is None or right.light is None)
        if foreign or lanes != self._network.layout.lanes or height % multiple or width % multiple:
            raise EngineError(
                f"The network failed on {self.device}: these frames were encoded by a different kind of engine."
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
        agreement = _agreement(left, right)
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


def _agreement(left: CpuFrame, right: CpuFrame) -> AgreementStruct:
    """The structure that points to the cells of both frames."""
    assert left.cells is not None
    assert right.cells is not None
    rows, columns, _ = left.cells.shape
    return AgreementStruct(
        address(left.cells),
        address(right.cells),
        None if left.light is None else address(left.light),
        None if right.light is None else address(right.light),
        rows,
        columns,
        *left.samples.shape[:2],
        AROUND,
        LIGHT,
        TOLERANCE,
        MOVING,
        LEAST_CONTRAST,
        STILL,
        UNEXPLAINED,
        MOVED,
    )


def _canvas(left: CpuFrame, right: CpuFrame) -> tuple[NDArray[np.float32], CanvasStruct]:
    """An array for the result, and the structure that points to it and to the frames."""
    output = np.empty_like(left.samples)
    canvas = CanvasStruct(
        left.samples.ctypes.data, right.samples.ctypes.data, output.ctypes.data, *output.shape, left.pixels.shape[1]
    )
    return output, canvas
