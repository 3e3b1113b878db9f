"""Runs a network with the CPU kernels: from two encoded frames to an estimate, block by block."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, pointer

import numpy as np
from numpy.typing import NDArray

from midframe.engines.agreement import CELL
from midframe.engines.cpu.allocation import zeros
from midframe.engines.cpu.blocks import CpuBlocks, Work
from midframe.engines.cpu.buffers import WINOGRAD_TILE, corner_counts, halved
from midframe.engines.cpu.convolutions import BlockRunner, Convolutions, EncoderRunner
from midframe.engines.cpu.encoder import CpuEncoder
from midframe.engines.cpu.estimates import CornerEstimate, Estimation, average_into
from midframe.engines.cpu.kernels.library import BlockInputStruct, Kernels, address
from midframe.engines.cpu.selection import PATCH, Selection, Tiles
from midframe.engines.cpu.weights import InputLayout
from midframe.engines.folding import MOTION_PLANES
from midframe.engines.threads import thread_count
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import RETRY_THRESHOLD

FINE = 2
"""Blocks at this scale and finer ones look at every pixel."""

COARSE = 4
"""Estimates whose factors are multiples of it can be summed up at half resolution."""

LAST_BLOCKS = 2
"""So many blocks may be computed in parts."""

Select = Callable[[Estimation, int], Selection]
"""Decides for which patches, of that many pixels per side, the last two blocks are computed, by what is known so far.
"""


class CpuNetwork:
    """A model's weights and the buffers to run them on frames of one size.

    Args:
        model: The model.
        kernels: What runs it.
        convolutions: What runs its convolutions; None for the kernels.
        selects: Whether `estimate` may be asked to compute the last blocks in parts; with kernels alone.

    Attributes:
        spec: The model's spec.
        kernels: What runs it.
        layout: Layout of block inputs.
        threads: Number of threads when the latest frame or pair came.
    """

    def __init__(
        self,
        model: RifeModel,
        kernels: Kernels,
        *,
        convolutions: Convolutions | None = None,
        selects: bool = False,
    ) -> None:
        self.spec = model.spec
        self.kernels = kernels
        self.layout = InputLayout.of(model.spec)
        self._blocks: BlockRunner
        self._encoder: EncoderRunner
        if convolutions is None:
            self._blocks = CpuBlocks(model, kernels, selects=selects)
            self._encoder = CpuEncoder(model.spec, model.tensors, kernels)
        else:
            self._blocks, self._encoder = convolutions.blocks, convolutions.encoder
        self._size: tuple[int, int, int] | None = None
        self._corners: dict[tuple[int, bool, tuple[int, int, int]], NDArray[np.float32]] = {}
        self._flow_sum: NDArray[np.float32] | None = None
        self._coarse_sum: NDArray[np.float32] | None = None
        self.threads = 1

    def prepare(self, height: int, width: int) -> None:
        """Make ready for frames of a size: free what belonged to another size or number of threads."""
        self.threads = thread_count()
        size = (height, width, self.threads)
        if size != self._size:
            self.release()
            self._size = size

    def release(self) -> None:
        """Free all buffers; the next call makes them again."""
        self._size = self._coarse_sum = self._flow_sum = None
        self._blocks.release()
        self._encoder.release()
        self._corners.clear()

    def encode(self, view: NDArray[np.float32], frame: NDArray[np.float32]) -> None:
        """Image and features of one frame, as blocks warp them.

        Args:
            view: (rows, columns, 3), contiguous.
            frame: (height, width, lanes), with padding; overwritten.
        """
        self.prepare(*frame.shape[:2])
        self._encoder.run(view, frame, self.threads)

    def estimate(
        self,
        left: NDArray[np.float32],
        right: NDArray[np.float32],
        time: float,
        *,
        flow_scale: float,
        ensemble: bool,
        keep_flow: bool = True,
        select: Select | None = None,
    ) -> Estimation:
        """Run all blocks, the last two perhaps in parts or not at all.

        Args:
            left: Left frame, as `encode` returned it.
            right: The right frame, of the same shape.
            time: Position between them.
            flow_scale: See `midframe.models.rife.network.IFNet.motion`.
            ensemble: See `midframe.models.rife.network.IFNet.motion`.
            keep_flow: Whether the last block leaves the flow at full resolution that it works with, 16 bytes per pixel.
            select: Decides about the last two blocks; None to run them as a whole.

        Returns:
            Valid until the next call.
        """
        height, width = left.shape[:2]
        self.prepare(height, width)
        scales = [scale / flow_scale for scale in self.spec.scales]
        # Blocks that run again do so at doubled scales.
        factors = (1, 2) if self.spec.retry else (1,)
        self._blocks.reserve(
            [
                (index, int(height / (scale * factor)), int(width / (scale * factor)))
                for index, scale in enumerate(scales)
                for factor in factors
            ],
            self.threads,
        )
        known = Estimation(keeps_flow=keep_flow)
        selection: Selection | None = None
        tiles: Tiles | None = None
        for index in range(len(scales)):
            if select is not None and index == len(scales) - LAST_BLOCKS:
                selection = select(known, max(round(PATCH * scales[-1]), CELL))
                if selection.empty:
                    break
            if scales[index] <= FINE:
                self._sum_coarse(known, height, width)
            if selection is not None:
                tiles = self._tiles(selection, scales[index], height, width)
            output = self._run_block(index, scales[index], left, right, time, known, tiles=tiles)
            if index == 1 and self.spec.retry and self._is_huge(output, height, width):
                scales = [2 * scale for scale in scales]
                known = Estimation(keeps_flow=keep_flow)
                known.add(self._run_block(0, scales[0], left, right, time, known))
                output = self._run_block(1, scales[1], left, right, time, known)
            if ensemble:
                other = self._run_block(index, scales[index], right, left, 1 - time, known, exchanged=True, tiles=tiles)
                average_into(output, other)
            if selection is not None and tiles is not None:
                assert known.latest is not None
                self._settle(index, output, known.latest, selection, tiles)
            if self.spec.mask == "replace":
                known.parts = [part.without_mask() for part in known.parts]
            known.add(output)
        self._sum_coarse(known, height, width)
        return known

    def _sum_coarse(self, known: Estimation, height: int, width: int) -> None:
        """Have one estimate in place of all those that are at most a quarter of full resolution.

        Their sum bends between pixels 4k + 1 and 4k + 2 at most, and so is linear between values at 2k - 1/2.
        """
        coarse = [part for part in known.parts if part.factor % COARSE == 0]
        if known.summed or len(coarse) < 2:
            return
        if self._coarse_sum is None:
            self._coarse_sum = zeros(height // 2 + 1, width // 2 + 1, MOTION_PLANES)
        rows, columns, _ = self._coarse_sum.shape
        structs = Estimation(coarse).structs()
        self.kernels.sum_coarse(structs, len(coarse), address(self._coarse_sum), rows, columns, self.threads)
        has_mask = any(part.has_mask for part in coarse)
        total = CornerEstimate(self._coarse_sum, 1, rows, columns, 2.0, 1.0, has_mask, offset=0.5)
        known.parts = [total, *known.parts[len(coarse) :]]

    def _tiles(self, selection: Selection, scale: float, height: int, width: int) -> Tiles | None:
        """What of a block is computed; None for all, as where it works above full resolution."""
        if scale < 1:
            return None
        rows, columns = (halved(halved(int(length / scale))) for length in (height, width))
        return selection.tiles(scale, -(-rows // WINOGRAD_TILE), -(-columns // WINOGRAD_TILE))

    def _settle(
        self, index: int, output: CornerEstimate, before: CornerEstimate, selection: Selection, tiles: Tiles
    ) -> None:
        """Have a block's output hold where it was not computed, too."""
        self.kernels.settle(
            byref(output.struct()),
            byref(before.struct()),
            address(output.corners),
            output.corners.shape[0],
            byref(selection.struct(tiles.step)),
            self.spec.mask == "replace",
            self._feature_planes(index),
            self.threads,
        )

    def _is_huge(self, estimate: CornerEstimate, height: int, width: int) -> bool:
        """Whether both halves of a flow residual hold motion beyond `RETRY_THRESHOLD` somewhere in the frame."""

        def halves_exceed(flow: NDArray[np.float32]) -> bool:
            lengths = np.abs(flow)
            return all(lengths[..., half : half + 2].max() > RETRY_THRESHOLD for half in (0, 2))

        flow = np.ascontiguousarray(estimate.planes(0)[..., 0:4]) * np.float32(estimate.gain)
        # Enlarging never exceeds what is enlarged, so most frames are decided without doing it.
        return halves_exceed(flow) and halves_exceed(self._enlarged(flow, round(estimate.factor))[:height, :width])

    def _enlarged(self, pixels: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
        """(h, w, channels), contiguous, enlarged to (h · factor, w · factor, channels)."""
        rows, columns, channels = pixels.shape
        enlarged = np.empty((rows * factor, columns * factor, channels), np.float32)
        self.kernels.enlarge(
            address(pixels), rows, columns, channels, factor, address(enlarged), columns * factor, self.threads
        )
        return enlarged

    def _run_block(
        self,
        index: int,
        scale: float,
        left: NDArray[np.float32],
        right: NDArray[np.float32],
        time: float,
        known: Estimation,
        *,
        exchanged: bool = False,
        tiles: Tiles | None = None,
    ) -> CornerEstimate:
        size = int(left.shape[0] / scale), int(left.shape[1] / scale)
        channels = self._blocks.corner_channels(index)
        corners = self._corners_for(index, (*corner_counts(*size), channels), exchanged=exchanged)
        # A block that looks at every pixel leaves the flow there for what comes after it, which adds the rest to it.
        flow_sum = None
        sums_several = len(known.parts) > 1 and not known.summed
        if known.keeps_flow and scale == 1 and sums_several and not exchanged and tiles is None:
            if self._flow_sum is None:
                self._flow_sum = zeros(*left.shape[:2], 4)
            flow_sum = self._flow_sum
        struct = BlockInputStruct(
            address(left),
            address(right),
            known.structs(),
            len(known.parts),
            None if known.latest is None else pointer(known.latest.struct()),
            known.sum_struct(),
            None if flow_sum is None else address(flow_sum),
            left.shape[0],
            left.shape[1],
            self.layout.lanes,
            self.layout.frame_channels,
            int(max(scale, 1)),
            self.layout.feature_planes,
            self.layout.channels,
            time,
            exchanged,
        )
        self._blocks.run(Work(index, struct, scale, size, self.threads, tiles), corners)
        if flow_sum is not None:
            known.flow_sum, known.summed = flow_sum, len(known.parts)
        span = 4 if self.spec.shuffle else 2
        rows, columns = (span * (length - 1) for length in corners.shape[:2])
        factor = scale if self.spec.shuffle else 2 * scale
        estimate = CornerEstimate(corners, span, rows, columns, factor, gain=factor)
        return _at_most_full_resolution(estimate, self._feature_planes(index))

    def _feature_planes(self, index: int) -> int:
        """Planes that a block hands on; after the last one, nothing reads them."""
        return 0 if index == len(self.spec.widths) - 1 else self.spec.feature_planes

    def _corners_for(self, index: int, shape: tuple[int, int, int], *, exchanged: bool) -> NDArray[np.float32]:
        """Where a block leaves its output, which later blocks read."""
        key = index, exchanged, shape
        if key not in self._corners:
            self._corners[key] = zeros(*shape)
        return self._corners[key]


def _at_most_full_resolution(estimate: CornerEstimate, feature_planes: int) -> CornerEstimate:
    """Bring an estimate that is finer than the frame to full resolution."""
    if estimate.factor >= 1:
        return estimate
    # Shrinking reads the central 2 × 2 pixels of every cell, and takes their mean.
    cell = round(1 / estimate.factor)
    planes = estimate.planes(feature_planes)
    first, second = cell // 2 - 1, cell // 2
    rows = planes[first::cell] + planes[second::cell]
    shrunk = (rows[:, first::cell] + rows[:, second::cell]) * np.float32(0.25)
    return CornerEstimate(shrunk, 1, shrunk.shape[0], shrunk.shape[1], 1.0, gain=estimate.gain)
