"""Runs blocks and encoder with the CPU kernels: packed weights, one set of buffers, and the calls between them."""

from __future__ import annotations

from ctypes import byref

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from midframe.engine.cpu.buffers import BlockBuffers, EncoderBuffers, Picture
from midframe.engine.cpu.estimates import CornerEstimate, Estimation, average_into
from midframe.engine.cpu.kernels.library import BlockInputStruct, Kernels, address
from midframe.engine.cpu.memory import zeros
from midframe.engine.cpu.short import ShortBlock
from midframe.engine.cpu.weights import InputLayout, PackedBlock, PackedConvolution, pack_block, pack_encoder
from midframe.engine.resampling import Plane
from midframe.engine.restructured import is_huge
from midframe.model.ifnet import IFNet, resize


class CpuNetwork:
    """An `IFNet`'s weights and the buffers to run them on frames of one size.

    Attributes:
        spec: The network's.
        kernels: What runs it.
        layout: Of block inputs.
        threads: As torch was set when the latest frame or pair came.
    """

    def __init__(self, network: IFNet, kernels: Kernels, *, short: torch.dtype | None = None) -> None:
        """Pack the weights; `short` is the type of the blocks' convolutions if they are left to torch."""
        self.spec = network.spec
        self.kernels = kernels
        self.layout = InputLayout.of(network.spec)
        self._blocks = [pack_block(network, index, kernels) for index in range(len(self.spec.widths))]
        self._short_blocks = [ShortBlock(block.folded, short) for block in self._blocks] if short else []
        self._encoder = pack_encoder(network, kernels)
        self._size: tuple[int, int, int] | None = None
        self._block_buffers: dict[tuple[int, int, int, bool], BlockBuffers] = {}
        self._encoder_buffers: EncoderBuffers | None = None
        self._flow_sums: list[Tensor] = []
        self.threads = 1

    def prepare(self, height: int, width: int) -> None:
        """Make ready for frames of a size: free what belonged to another size or number of threads."""
        self.threads = torch.get_num_threads()
        size = (height, width, self.threads)
        if size != self._size:
            self._size = size
            self._block_buffers.clear()
            self._encoder_buffers = None
            self._flow_sums.clear()

    def encode(self, view: NDArray[np.float32], frame: Tensor) -> None:
        """Image and features of one frame, as blocks warp them.

        Args:
            view: (rows, columns, 3), contiguous.
            frame: (height, width, lanes), with padding; overwritten.
        """
        height, width = frame.shape[:2]
        self.prepare(height, width)
        kernels, encoder = self.kernels, self._encoder
        rows, columns = view.shape[:2]
        if encoder is None:
            kernels.pad(
                view.ctypes.data, rows, columns, 3, address(frame), height, width, self.layout.lanes, 0, self.threads
            )
            return
        buffers = self._encoder_buffers
        if buffers is None:
            buffers = EncoderBuffers.allocate(encoder, height, width, kernels, self.threads)
            self._encoder_buffers = buffers
        kernels.pad(view.ctypes.data, rows, columns, 3, address(buffers.image), height, width, 3, 1, self.threads)
        current, other = buffers.layers
        kernels.convolve_strided(
            byref(encoder.first.struct),
            address(buffers.image),
            width + 2,
            current.inside,
            current.pitch,
            current.height,
            current.width,
            self.threads,
        )
        for layer in encoder.middle:
            self._trunk_layer(layer, current, other, buffers.scratch)
            current, other = other, current
        self._corner_layer(encoder.last, current, buffers.corners)
        kernels.frame(
            view.ctypes.data,
            rows,
            columns,
            address(buffers.corners),
            buffers.corners.shape[1],
            self.spec.features,
            address(frame),
            height,
            width,
            self.layout.lanes,
            self.threads,
        )

    def estimate(self, left: Tensor, right: Tensor, time: float, *, flow_scale: float, ensemble: bool) -> Estimation:
        """Run all blocks.

        Args:
            left: As `encode` returned it.
            right: Likewise.
            time: Position between them.
            flow_scale: See `IFNet.motion`.
            ensemble: See `IFNet.motion`.

        Returns:
            Valid until the next call.
        """
        height, width = left.shape[:2]
        self.prepare(height, width)
        scales = [scale / flow_scale for scale in self.spec.scales]
        known = Estimation()
        for index in range(len(scales)):
            output = self._run_block(index, scales[index], left, right, time, known)
            if index == 1 and self.spec.retry and self._is_huge(output, height, width):
                scales = [2 * scale for scale in scales]
                known = Estimation()
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
        buffers = self._buffers_for(index, height, width, exchanged=exchanged)
        # A block that looks at every pixel leaves the flow there for the next one, which then adds the rest to it.
        sums_flow = scale in {1, 2} and bool(known.parts) and not exchanged
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
            self._short_blocks[index].run(inputs, buffers.corners)
        else:
            self._convolve(block, struct, scale, height, width, buffers)
        if flow_sum is not None:
            known.flow_sum, known.summed = flow_sum, len(known.parts)
        span = block.folded.span
        rows, columns = (span * (length - 1) for length in buffers.corners.shape[:2])
        factor = scale if self.spec.shuffle else 2 * scale
        estimate = CornerEstimate(buffers.corners, span, rows, columns, factor, gain=factor)
        return self._at_most_full_resolution(estimate, block.folded.feature_planes)

    def _convolve(
        self, block: PackedBlock, struct: BlockInputStruct, scale: float, height: int, width: int, buffers: BlockBuffers
    ) -> None:
        """From a block's input to its corners."""
        first, second = block.first
        half, quarter = buffers.half, buffers.quarter
        if scale >= 1:
            self.kernels.first_layer(byref(struct), byref(first.struct), half.inside, half.pitch, self.threads)
        else:
            picture = Picture(height, width, struct.channels)
            picture.pixels.copy_(self._whole_input(struct, scale, height, width))
            self._strided_layer(first, picture, half)
        self._strided_layer(second, half, quarter)
        current = quarter
        for number, layer in enumerate(block.trunk):
            target = buffers.layers[number % 2]
            skip = quarter if block.folded.skip and number == len(block.trunk) - 1 else None
            self._trunk_layer(layer, current, target, buffers.scratch, skip)
            current = target
        self._corner_layer(block.last, current, buffers.corners)

    def _flow_sum_beside(self, current: Tensor | None, frame: Tensor) -> Tensor:
        """A buffer for full-resolution flow that is not `current`."""
        for buffer in self._flow_sums:
            if buffer is not current:
                return buffer
        self._flow_sums.append(zeros(*frame.shape[:2], 4))
        return self._flow_sums[-1]

    def _buffers_for(self, index: int, height: int, width: int, *, exchanged: bool) -> BlockBuffers:
        key = (index, height, width, exchanged)
        if key not in self._block_buffers:
            block = self._blocks[index]
            self._block_buffers[key] = BlockBuffers.allocate(block, height, width, self.kernels, self.threads)
        return self._block_buffers[key]

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

    def _strided_layer(self, layer: PackedConvolution, source: Picture, target: Picture) -> None:
        self.kernels.convolve_strided(
            byref(layer.struct),
            source.with_border,
            source.pitch,
            target.inside,
            target.pitch,
            target.height,
            target.width,
            self.threads,
        )

    def _trunk_layer(
        self, layer: PackedConvolution, source: Picture, target: Picture, scratch: Tensor, skip: Picture | None = None
    ) -> None:
        self.kernels.winograd(
            byref(layer.struct),
            source.with_border,
            source.pitch,
            target.inside,
            target.pitch,
            skip.inside if skip else None,
            source.height,
            source.width,
            address(scratch),
            self.threads,
        )

    def _corner_layer(self, layer: PackedConvolution, source: Picture, corners: Tensor) -> None:
        rows, columns = corners.shape[:2]
        self.kernels.convolve_corners(
            byref(layer.struct),
            source.with_border,
            source.pitch,
            address(corners),
            columns,
            rows,
            columns,
            self.threads,
        )
