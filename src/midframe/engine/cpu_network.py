"""Runs blocks and encoder with the CPU kernels: packed weights, one set of buffers, and the calls between them."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from midframe.engine.cpu_buffers import BlockBuffers, EncoderBuffers, Picture
from midframe.engine.cpu_memory import zeros
from midframe.engine.cpu_weights import InputLayout, PackedConvolution, pack_block, pack_encoder
from midframe.engine.folding import MOTION_PLANES, spread_corners
from midframe.engine.kernels.library import BlockInputStruct, EstimateStruct, FlowSumStruct, Kernels, address
from midframe.engine.resampling import Plane
from midframe.engine.restructured import is_huge
from midframe.model.ifnet import IFNet, resize


@dataclass(frozen=True, eq=False)
class CornerEstimate:
    """What a block estimates, still laid out as its last convolution leaves it.

    Attributes:
        corners: (rows, columns, channels), see `Estimate` in motion.h.
        span: Pixels per corner and axis, 1 for plain pixels.
        height: Pixels.
        width: Pixels.
        factor: Full resolution / this resolution.
        gain: Flow values × gain are pixels.
        has_mask: Whether its mask counts.
    """

    corners: Tensor
    span: int
    height: int
    width: int
    factor: float
    gain: float
    has_mask: bool = True

    def struct(self) -> EstimateStruct:
        """For the kernels."""
        return EstimateStruct(
            address(self.corners),
            self.corners.shape[1],
            self.corners.shape[2],
            self.span,
            self.height,
            self.width,
            self.has_mask,
            self.factor,
            self.gain,
        )

    def without_mask(self) -> CornerEstimate:
        """The same, for versions in which a later mask replaces it."""
        return CornerEstimate(self.corners, self.span, self.height, self.width, self.factor, self.gain, has_mask=False)

    def planes(self, feature_planes: int) -> Tensor:
        """Spread out: (1, 5 + feature_planes, height, width), flow not multiplied by the gain."""
        if self.span == 1:
            return self.corners.permute(2, 0, 1).unsqueeze(0)[:, : MOTION_PLANES + feature_planes]
        raw = self.corners.permute(2, 0, 1).unsqueeze(0)
        motion = self.span**2 * MOTION_PLANES
        parts = [spread_corners(raw[:, :motion], self.span, MOTION_PLANES)]
        if feature_planes:
            end = motion + self.span**2 * feature_planes
            parts.append(spread_corners(raw[:, motion:end], self.span, feature_planes))
        return torch.cat(parts, dim=1)


@dataclass(eq=False)
class Estimation:
    """What is known so far about a pair: flow and mask are the sums of the parts' enlargements.

    Attributes:
        parts: Of the blocks so far.
        flow_sum: (H, W, 4), sum of the first `summed` parts' flow in pixels; unused where that is 0.
        summed: See there.
    """

    parts: list[CornerEstimate] = field(default_factory=list)
    flow_sum: Tensor | None = None
    summed: int = 0

    def structs(self) -> EstimateStruct:
        """The parts for the kernels."""
        array = EstimateStruct * len(self.parts)
        return array(*(part.struct() for part in self.parts))  # type: ignore[return-value]

    def sum_struct(self) -> FlowSumStruct:
        """The sum for the kernels."""
        return FlowSumStruct(None if self.flow_sum is None else address(self.flow_sum), self.summed)


class CpuNetwork:
    """An `IFNet`'s weights and the buffers to run them on frames of one size."""

    def __init__(self, network: IFNet, kernels: Kernels) -> None:
        self.spec = network.spec
        self.kernels = kernels
        self.layout = InputLayout.of(network.spec)
        self._blocks = [pack_block(network, index, kernels) for index in range(len(self.spec.widths))]
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

    def encode(self, view: Tensor, frame: Tensor) -> None:
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
                address(view), rows, columns, 3, address(frame), height, width, self.layout.lanes, 0, self.threads
            )
            return
        buffers = self._encoder_buffers
        if buffers is None:
            buffers = EncoderBuffers.allocate(encoder, height, width, kernels, self.threads)
            self._encoder_buffers = buffers
        kernels.pad(address(view), rows, columns, 3, address(buffers.image), height, width, 3, 1, self.threads)
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
            address(view),
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

    def estimate(
        self, left: Tensor, right: Tensor, time: float, *, flow_scale: float, ensemble: bool
    ) -> Estimation:
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
                _average_into(output, other)
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
        block, kernels = self._blocks[index], self.kernels
        height, width = (int(length / scale) for length in left.shape[:2])
        buffers = self._buffers_for(index, height, width, exchanged=exchanged)
        # A block that looks at every pixel leaves the flow there for the next one, which then adds the rest to it.
        sums_flow = scale in {1, 2} and bool(known.parts) and not exchanged
        flow_sum = self._flow_sum_beside(known.flow_sum, left) if sums_flow else None
        struct = BlockInputStruct(
            address(left),
            address(right),
            known.structs(),  # type: ignore[arg-type]
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
        first, second = block.first
        half, quarter = buffers.half, buffers.quarter
        if scale >= 1:
            kernels.first_layer(byref(struct), byref(first.struct), half.inside, half.pitch, self.threads)
        else:
            enlarged = self._enlarged_input(struct, scale, height, width)
            self._strided_layer(first, enlarged, half)
        if flow_sum is not None:
            known.flow_sum, known.summed = flow_sum, len(known.parts)
        self._strided_layer(second, half, quarter)
        current = quarter
        for number, layer in enumerate(block.trunk):
            target = buffers.layers[number % 2]
            is_last = number == len(block.trunk) - 1
            self._trunk_layer(layer, current, target, buffers.scratch, quarter if is_last and block.folded.skip else None)
            current = target
        self._corner_layer(block.last, current, buffers.corners)
        span = block.folded.span
        factor = scale if self.spec.shuffle else 2 * scale
        estimate = CornerEstimate(
            buffers.corners, span, span * current.height, span * current.width, factor, gain=factor
        )
        return self._at_most_full_resolution(estimate, block.folded.feature_planes)

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

    def _enlarged_input(self, struct: BlockInputStruct, scale: float, height: int, width: int) -> Picture:
        """Input of a block that works above full resolution."""
        full = torch.empty(struct.height, struct.width, struct.channels)
        self.kernels.block_input(byref(struct), address(full), struct.width, self.threads)
        full[:, :, self.layout.flow : self.layout.flow + 4] /= scale
        picture = Picture(height, width, struct.channels)
        enlarged = F.interpolate(
            full.permute(2, 0, 1).unsqueeze(0), scale_factor=1 / scale, mode="bilinear", align_corners=False
        )
        picture.pixels.copy_(enlarged[0].permute(1, 2, 0))
        return picture

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
            byref(layer.struct), source.with_border, source.pitch, address(corners), columns, rows, columns, self.threads
        )


def _average_into(output: CornerEstimate, other: CornerEstimate) -> None:
    """Average a block's output with that of its run with the frames exchanged, in place."""
    motion = output.span**2 * MOTION_PLANES
    mine, theirs = (
        estimate.corners[:, :, :motion].unflatten(2, (-1, MOTION_PLANES)) for estimate in (output, other)
    )
    swapped = torch.cat((theirs[..., 2:4], theirs[..., 0:2], -theirs[..., 4:5]), dim=-1)
    mine.add_(swapped).div_(2)
