"""An engine around an engine that makes more of its estimates: a better blend, and several estimates for a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from midframe.engines.failures import mapped_errors
from midframe.engines.flow_fields import MotionField
from midframe.engines.protocols import EngineFrame, Motion, MotionEngine
from midframe.engines.torch.agreement import (
    MergedMotion,
    agreement,
    away_from_sides,
    balanced_mask,
    confidence,
    disagreement,
    enlarged,
    mask_share,
    small_view,
)
from midframe.engines.torch.tensors import as_tensor, motion_field
from midframe.engines.wrapped import WrappedEngine

CPU = torch.device("cpu")


@dataclass(frozen=True, eq=False)
class QualityFrame:
    """A frame as the engine inside encoded it, and what agreement is looked for in.

    Attributes:
        plain: What the engine inside made of it.
        mirrored: The same of the frame mirrored left to right; None where one estimate is enough.
        small: See `midframe.engines.torch.agreement.small_view`.
        height: Rows of the frame.
        width: Columns of the frame.
    """

    plain: Any
    mirrored: Any
    small: torch.Tensor
    height: int
    width: int

    def inside(self, planes: torch.Tensor) -> torch.Tensor:
        """Planes of (…, H, W) without their padding."""
        return planes[..., : self.height, : self.width]


class QualityEngine(WrappedEngine[MotionEngine[Any]]):
    """Interpolates with the engine inside; masks are balanced, and with `several`, motions merged from four estimates.

    Its motions are torch tensors, whatever those of the engine inside are.
    """

    def __init__(self, engine: MotionEngine[Any], *, several: bool) -> None:
        super().__init__(engine)
        self._several = several

    def encode(self, frame: EngineFrame) -> QualityFrame:
        """See `MotionEngine`; twice, if mirrored estimates are requested."""
        mirrored = None
        if self._several:
            view = frame.view[:, ::-1].copy()
            mirrored = self._engine.encode(EngineFrame(view, view))
        with torch.inference_mode(), mapped_errors(CPU):
            small = small_view(frame.view)
        return QualityFrame(self._engine.encode(frame), mirrored, small, *frame.view.shape[:2])

    def between(self, left: QualityFrame, right: QualityFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """See `MotionEngine`."""
        return [self.warp(left, right, self.motion(left, right, time)) for time in times]

    def motion(self, left: QualityFrame, right: QualityFrame, time: float) -> Motion:
        """One pass of the network, or four; the mask is balanced."""
        motion = self._estimate(left.plain, right.plain, time)
        device = motion.flow.device
        with torch.inference_mode(), mapped_errors(device):
            if self._several:
                motion = self._merged(motion, left, right, time)
            found = agreement(*_compared(left, right, motion))
            share = mask_share(left.inside(motion.flow), found)
            moving = 1 - enlarged(found.stillness, motion.mask.shape[-2:])
            return Motion(motion.flow.mul_(moving), balanced_mask(motion.mask, time, share))

    def warp(self, left: QualityFrame, right: QualityFrame, motion: Motion) -> NDArray[np.float32]:
        """See `MotionEngine`."""
        return self._engine.warp(left.plain, right.plain, motion)

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """See `MotionEngine`."""
        return motion_field(motion, height, width)

    def _estimate(self, left: Any, right: Any, time: float) -> Motion:
        """A motion of the engine inside as tensors, where they are."""
        motion = self._engine.motion(left, right, time)
        if isinstance(motion.flow, torch.Tensor):
            return motion
        return Motion(as_tensor(motion.flow, CPU), as_tensor(motion.mask, CPU))

    def _merged(self, first: Motion, left: QualityFrame, right: QualityFrame, time: float) -> Motion:
        """`first` and three more estimates, as one."""
        merged = MergedMotion()
        merged.add(first, confidence(_disagreement(left, right, first)))
        for a, b, width in ((left.plain, right.plain, None), (left.mirrored, right.mirrored, left.width)):
            for reverse in (True, False):
                if width is None and not reverse:
                    continue
                motion = self._estimate(b, a, 1 - time) if reverse else self._estimate(a, b, time)
                motion = _reversed(motion) if reverse else motion
                motion = motion if width is None else _mirrored(motion, width)
                trust = confidence(_disagreement(left, right, motion))
                merged.add(motion, trust if width is None else trust * away_from_sides(trust))
        return merged.mean()


def _compared(
    left: QualityFrame, right: QualityFrame, motion: Motion
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What `midframe.engines.torch.agreement` compares, on the device where the motion is."""
    device = motion.flow.device
    return left.small.to(device), right.small.to(device), left.inside(motion.flow)


def _disagreement(left: QualityFrame, right: QualityFrame, motion: Motion) -> torch.Tensor:
    return disagreement(*_compared(left, right, motion))


def _reversed(motion: Motion) -> Motion:
    """A motion that was estimated with the frames exchanged."""
    return Motion(torch.cat((motion.flow[:, 2:], motion.flow[:, :2]), dim=1), -motion.mask)


def _mirrored(motion: Motion, width: int) -> Motion:
    """A motion that was estimated on mirrored frames of that many columns; padding stays at the right."""
    signs = torch.tensor([-1.0, 1.0, -1.0, 1.0], device=motion.flow.device, dtype=torch.float32).view(1, 4, 1, 1)
    flow, mask = (
        torch.cat((planes[..., :width].flip(-1), planes[..., width:]), dim=-1) for planes in (motion.flow, motion.mask)
    )
    return Motion(flow.mul_(signs), mask)
