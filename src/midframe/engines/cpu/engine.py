"""The engine of the CPU kernels: the restructured network as a handful of fused passes."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from midframe.engines.agreement import AROUND, MOVING, TOLERANCE, balanced_mask, cell_counts
from midframe.engines.cpu.allocation import Pool
from midframe.engines.cpu.estimates import Estimation
from midframe.engines.cpu.kernels.library import AgreementStruct, BalanceStruct, CanvasStruct, Kernels, address
from midframe.engines.cpu.network import CpuNetwork
from midframe.engines.cpu.selection import SIGNS, Selection, choose_patches, share_left_out
from midframe.engines.devices import describe_device
from midframe.engines.failures import mapped_errors
from midframe.engines.flow_fields import MotionField
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import EngineFrame, Motion
from midframe.engines.torch.engine import require_motion_for
from midframe.engines.torch.tensors import as_tensors, motion_field
from midframe.errors import EngineError
from midframe.models.rife.architecture import check_ensemble
from midframe.models.rife.network import IFNet

CPU = torch.device("cpu")


@dataclass(frozen=True, eq=False)
class CpuFrame:
    """An encoded frame, channels last.

    Attributes:
        pixels: (H, W, lanes): the view, its features, zeros; padded right and bottom with zeros.
        samples: (height, width, channels), contiguous: the caller's own where they are that, not a copy.
        cells: (rows, columns, 4): the view by cells, see `midframe.engines.agreement`; None where masks stay as they
            are.
    """

    pixels: Tensor
    samples: NDArray[np.float32]
    cells: Tensor | None = None


class CpuEngine:
    """Runs a network with the CPU kernels.

    Flow scale, precision, ensemble and quality of the options are used. With the precision "fast", the last two blocks
    are computed where they are needed, see `midframe.engines.cpu.selection`. With the quality "default", masks are
    balanced as by `midframe.engines.quality.QualityEngine` with one estimate, for less time and memory; "best" is the
    work of a `QualityEngine` around this one.

    Frames are encoded in strips and interpolated row by row in any case. More than one strip also leaves out the flow
    that the last blocks keep at full resolution, and has them work it out anew.

    Raises:
        OptionError: Ensemble for a version that has none.
    """

    def __init__(
        self,
        network: IFNet,
        kernels: Kernels,
        options: EngineOptions,
    ) -> None:
        check_ensemble(network.spec, ensemble=options.ensemble)
        self._selects = options.precision == "fast"
        self._network = CpuNetwork(network, kernels, selects=self._selects)
        self._flow_scale = options.flow_scale
        self._ensemble = options.ensemble
        self._balanced = options.quality == "default"
        self._pool = Pool()
        self.strips = 1

    @property
    def device_name(self) -> str:
        """The device in words."""
        return f"{describe_device(CPU)}, {self._network.kernels.name} kernels"

    def release(self) -> None:
        """Free all buffers."""
        self._pool.clear()
        self._network.release()

    def encode(self, frame: EngineFrame) -> CpuFrame:
        """Pad and encode."""
        multiple = self._network.spec.pad_multiple(self._flow_scale)
        height, width = (-(-length // multiple) * multiple for length in frame.view.shape[:2])
        with torch.inference_mode(), mapped_errors(CPU):
            pixels = self._pool.take(height, width, self._network.layout.lanes)
            view = np.ascontiguousarray(frame.view)
            self._network.encode(view, pixels)
            cells = self._cells(view) if self._balanced or self._selects else None
            encoded = CpuFrame(pixels, np.ascontiguousarray(frame.samples), cells)
        self._pool.give_back_with(encoded, pixels)
        return encoded

    def between(self, left: CpuFrame, right: CpuFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """One pass of the network for each time; flow and mask exist one row at a time."""
        results = []
        with torch.inference_mode(), mapped_errors(CPU):
            for time in times:
                known = self._estimate(left, right, time)
                balance = None
                if self._balanced:
                    # Named, as the structure holds no more than an address.
                    share = self._mask_share(left, right, known)
                    balance = BalanceStruct(address(share), *share.shape, 1 - time)
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
        with torch.inference_mode(), mapped_errors(CPU):
            known = self._estimate(left, right, time)
            height, width = left.pixels.shape[:2]
            flow, mask = torch.empty(height, width, 4), torch.empty(height, width)
            self._network.kernels.motion(
                *known.arguments(),
                height,
                width,
                address(flow),
                address(mask),
                self._network.threads,
            )
            mask = mask[None, None]
            if self._balanced:
                mask = balanced_mask(mask, time, self._mask_share(left, right, known)[None, None])
        return Motion(flow.permute(2, 0, 1).unsqueeze(0), mask)

    def warp(self, left: CpuFrame, right: CpuFrame, motion: Motion) -> NDArray[np.float32]:
        """Warp and blend the samples."""
        self._require_pair(left, right)
        rows, columns, _ = left.samples.shape
        require_motion_for(motion, (rows, columns), CPU)
        with torch.inference_mode(), mapped_errors(CPU):
            self._network.prepare(*left.pixels.shape[:2])
            flow, mask = as_tensors(motion, CPU)
            # No copies where the motion comes from this engine.
            flow = flow[0].permute(1, 2, 0).contiguous()
            mask = mask[0, 0].contiguous()
            output, canvas = _canvas(left, right)
            self._network.kernels.warp(
                byref(canvas), address(flow), address(mask), flow.shape[1], self._network.threads
            )
        return output

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """Without padding."""
        return motion_field(motion, height, width)

    def _cells(self, view: NDArray[np.float32]) -> Tensor:
        """A contiguous view by cells."""
        rows, columns, _ = view.shape
        cells = torch.empty(*cell_counts(rows, columns), 4)
        self._network.kernels.cell_means(view.ctypes.data, rows, columns, address(cells), self._network.threads)
        return cells

    def _mask_share(self, left: CpuFrame, right: CpuFrame, known: Estimation) -> Tensor:
        """See `midframe.engines.agreement.mask_share`: (rows, columns) of cells."""
        agreement = _agreement(left, right)
        rows, columns = agreement.rows, agreement.columns
        share, scratch = torch.empty(rows, columns), torch.empty(rows, columns, 6)
        self._network.kernels.mask_share(
            byref(agreement),
            *known.arguments(),
            *left.pixels.shape[:2],
            address(scratch),
            address(share),
            self._network.threads,
        )
        return share

    def _require_pair(self, left: CpuFrame, right: CpuFrame) -> None:
        """Kernels trust sizes, so they are checked here.

        Raises:
            EngineError: The frames differ in size or channels, or another kind of engine encoded them.
        """
        multiple = self._network.spec.pad_multiple(self._flow_scale)
        height, width, lanes = left.pixels.shape
        if left.pixels.shape != right.pixels.shape or left.samples.shape != right.samples.shape:
            raise EngineError("The network failed on cpu: the two frames differ in size or channels.")
        foreign = (self._balanced or self._selects) and (left.cells is None or right.cells is None)
        if foreign or lanes != self._network.layout.lanes or height % multiple or width % multiple:
            raise EngineError("The network failed on cpu: these frames were encoded by an engine of another kind.")

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
    return AgreementStruct(address(left.cells), address(right.cells), rows, columns, AROUND, TOLERANCE, MOVING)


def _canvas(left: CpuFrame, right: CpuFrame) -> tuple[NDArray[np.float32], CanvasStruct]:
    """An array for the result, and the structure that points to it and to the frames."""
    output = np.empty_like(left.samples)
    canvas = CanvasStruct(
        left.samples.ctypes.data, right.samples.ctypes.data, output.ctypes.data, *output.shape, *left.pixels.shape[:2]
    )
    return output, canvas
