"""Runs blocks and encoder with the CPU kernels: packed weights, one set of buffers, and the calls between them."""

from __future__ import annotations

from ctypes import byref

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from midframe.engines.cpu import passes
from midframe.engines.cpu.allocation import zeros
from midframe.engines.cpu.bfloat16 import ShortBlock
from midframe.engines.cpu.buffers import BlockBuffers, BlockSizes, PaddedBuffer
from midframe.engines.cpu.encoder import CpuEncoder
from midframe.engines.cpu.estimates import CornerEstimate, Estimation, average_into
from midframe.engines.cpu.kernels.library import BlockInputStruct, Kernels, address
from midframe.engines.cpu.weights import InputLayout, PackedBlock, pack_block
from midframe.engines.resampling import Plane
from midframe.engines.restructured import is_huge
from midframe.models.rife.network import IFNet, resize


class CpuNetwork:
    """An `IFNet`'s weights and the buffers to run them on frames of one size.

    Args:
        network: The network.
        kernels: What runs it.
        short: Type of the blocks' convolutions if they are left to torch, else None.

    Attributes:
        spec: The network's spec.
        kernels: What runs it.
        layout: Layout of block inputs.
        threads: Number of torch's threads when the latest frame or pair came.
    """

    def __init__(self, network: IFNet, kernels: Kernels, *, short: torch.dtype | None = None) -> None:
        self.spec = network.spec
        self.kernels = kernels
        self.layout = InputLayout.of(network.spec)
        self._blocks = [pack_block(network, index, kernels) for index in range(len(self.spec.widths))]
        self._short_blocks = [ShortBlock(block.folded, short) for block in self._blocks] if short else []
        self._encoder = CpuEncoder(network, kernels)
        self._size: tuple[int, int, int] | None = None
        self._memory: Tensor | None = None
        self._scratch: Tensor | None = None
        self._corners: dict[tuple[int, bool, tuple[int, int, int]], Tensor] = {}
        self._flow_sums: list[Tensor] = []
        self.threads = 1

    def prepare(self, height: int, width: int) -> None:
        """Make ready for frames of a size: free what belonged to another size or number of threads."""
        self.threads = torch.get_num_threads()
        size = (height, width, self.threads)
        if size != self._size:
            self.release()
            self._size = size

    def release(self) -> None:
        """Free all buffers; the next call makes them again."""
        self._size = self._memory = self._scratch = None
        self._encoder.release()
        self._corners.clear()
        self._flow_sums.clear()

    def encode(self, view: NDArray[np.float32], frame: Tensor) -> None:
        """Image and features of one frame, as blocks warp them.

        Args:
            view: (rows, columns, 3), contiguous.
            frame: (height, width, lanes), with padding; overwritten.
        """
        self.prepare(*frame.shape[:2])
        self._encoder.run(view, frame, self.threads)

    def estimate(
        self, left: Tensor, right: Tensor, time: float, *, flow_scale: float, ensemble: bool, keep_flow: bool = True
    ) -> Estimation:
        """Run all blocks.

        Args:
            left: Left frame, as `encode` returned it.
            right: The right frame, of the same shape.
            time: Position between them.
            flow_scale: See `IFNet.motion`.
            ensemble: See `IFNet.motion`.
            keep_flow: Whether the last blocks leave the flow at full resolution for each other, up to 32 bytes a pixel,
                or work it out anew.

        Returns:
            Valid until the next call.
        """
        height, width = left.shape[:2]
        self.prepare(height, width)
        scales = [scale / flow_scale for scale in self.spec.scales]
        self._reserve(height, width, scales, twice=self.spec.retry)
        known = Estimation(keeps_flow=keep_flow)
        for index in range(len(scales)):
            output = self._run_block(index, scales[index], left, right, time, known)
            if index == 1 and self.spec.retry and self._is_huge(output, height, width):
                scales = [2 * scale for scale in scales]
                known = Estimation(keeps_flow=keep_flow)
                known.parts.append(self._run_block(0, scales[0], left, right, time, known))
                output = self._run_block(1, scales[1], left, right, time, known)
            if ensemble:
                other = self._run_block(index, scales[index], right, left, 1 - time, known, exchanged=True)
                average_into(output, other)
            if self.spec.mask == "replace":
                known.parts = [part.without_mask() for part in known.parts]
            known.parts.append(output)
        return known

    def _is_huge(self, estimate: CornerEstimate, height: int, width: int) -> bool:
        flow = estimate.planes(0)[:, 0:4] * estimate.gain
        return is_huge(Plane(flow, estimate.factor), height, width)

    def _run_block(
        self,
        index: int,
        scale: float,
        left: Tensor,
        right: Tensor,
        time: float,
        known: Estimation,
        *,
        exchanged: bool = False,
    ) -> CornerEstimate:
        block = self._blocks[index]
        height, width = (int(length / scale) for length in left.shape[:2])
        sizes = BlockSizes.of(block, height, width)
        corners = self._corners_for(index, (*sizes.corners, block.last.outputs), exchanged=exchanged)
        # A block that looks at every pixel leaves the flow there for the next one, which then adds the rest to it.
        sums_flow = known.keeps_flow and scale in {1, 2} and bool(known.parts) and not exchanged
        flow_sum = self._flow_sum_beside(known.flow_sum, left) if sums_flow else None
        struct = BlockInputStruct(
            address(left),
            address(right),
            known.structs(),
            len(known.parts),
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
        if self._short_blocks:
            inputs = self._whole_input(struct, scale, height, width)
            self._short_blocks[index].run(inputs, corners)
        else:
            self._convolve(block, struct, scale, (height, width), corners)
        if flow_sum is not None:
            known.flow_sum, known.summed = flow_sum, len(known.parts)
        span = block.folded.span
        rows, columns = (span * (length - 1) for length in corners.shape[:2])
        factor = scale if self.spec.shuffle else 2 * scale
        estimate = CornerEstimate(corners, span, rows, columns, factor, gain=factor)
        return self._at_most_full_resolution(estimate, block.folded.feature_planes)

    def _convolve(
        self, block: PackedBlock, struct: BlockInputStruct, scale: float, size: tuple[int, int], corners: Tensor
    ) -> None:
        """From a block's input to its corners."""
        kernels, threads = self.kernels, self.threads
        assert self._memory is not None
        assert self._scratch is not None
        buffers = BlockBuffers.place(BlockSizes.of(block, *size), self._memory)
        first, second = block.first
        half, quarter = buffers.half, buffers.quarter
        half.clear_border()
        if scale >= 1:
            kernels.first_layer(byref(struct), byref(first.struct), half.inside, half.pitch, threads)
        else:
            enlarged = PaddedBuffer(*size, struct.channels)
            enlarged.pixels.copy_(self._whole_input(struct, scale, *size))
            passes.strided(kernels, first, enlarged, half, threads)
        quarter.clear_border()
        passes.strided(kernels, second, half, quarter, threads)
        for layer_buffer in buffers.layers:
            layer_buffer.clear_border()
        current = quarter
        for number, layer in enumerate(block.trunk):
            target = buffers.layers[number % 2]
            skip = quarter if block.folded.skip and number == len(block.trunk) - 1 else None
            passes.trunk(kernels, layer, current, target, self._scratch, threads, skip)
            current = target
        passes.winograd_corners(kernels, block.last, current, corners, threads)

    def _reserve(self, height: int, width: int, scales: list[float], *, twice: bool) -> None:
        """Have the memory that all blocks share; `twice` if they may run again at doubled scales, too."""
        if self._memory is not None or self._short_blocks:
            return
        factors = (1, 2) if twice else (1,)
        sizes = [
            BlockSizes.of(block, int(height / (scale * factor)), int(width / (scale * factor)))
            for block, scale in zip(self._blocks, scales, strict=True)
            for factor in factors
        ]
        self._memory = zeros(max(size.floats for size in sizes))
        self._scratch = zeros(
            max(self.kernels.winograd_scratch(size.quarter[2], *size.quarter[:2], self.threads) for size in sizes)
        )

    def _flow_sum_beside(self, current: Tensor | None, frame: Tensor) -> Tensor:
        """A buffer for full-resolution flow that is not `current`."""
        for buffer in self._flow_sums:
            if buffer is not current:
                return buffer
        self._flow_sums.append(zeros(*frame.shape[:2], 4))
        return self._flow_sums[-1]

    def _corners_for(self, index: int, shape: tuple[int, int, int], *, exchanged: bool) -> Tensor:
        """Where a block leaves its output, which later blocks read."""
        key = index, exchanged, shape
        if key not in self._corners:
            self._corners[key] = zeros(*shape)
        return self._corners[key]

    def _whole_input(self, struct: BlockInputStruct, scale: float, height: int, width: int) -> Tensor:
        """A block's input as a tensor, (height, width, channels), enlarged where it works above full resolution."""
        if scale >= 1:
            pixels = torch.empty(height, width, struct.channels)
            self.kernels.block_input(byref(struct), address(pixels), width, self.threads)
            return pixels
        pixels = torch.empty(struct.height, struct.width, struct.channels)
        self.kernels.block_input(byref(struct), address(pixels), struct.width, self.threads)
        pixels[:, :, self.layout.flow : self.layout.flow + 4] /= scale
        planes = pixels.permute(2, 0, 1).unsqueeze(0)
        return F.interpolate(planes, scale_factor=1 / scale, mode="bilinear", align_corners=False)[0].permute(1, 2, 0)

    def _at_most_full_resolution(self, estimate: CornerEstimate, feature_planes: int) -> CornerEstimate:
        """Bring an estimate that is finer than the frame to full resolution."""
        if estimate.factor >= 1:
            return estimate
        planes = resize(estimate.planes(feature_planes), estimate.factor)[0].permute(1, 2, 0).contiguous()
        return CornerEstimate(planes, 1, planes.shape[0], planes.shape[1], 1.0, gain=estimate.gain)
