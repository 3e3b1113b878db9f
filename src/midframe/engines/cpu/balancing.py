"""How far two frames agree, by the kernels, and motions balanced by it; see `midframe.engines.agreement`."""

from __future__ import annotations

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
from midframe.engines.cpu.estimates import Estimation, MotionArrays
from midframe.engines.cpu.kernels.library import AgreementStruct, BalanceStruct, Kernels, address
from midframe.engines.threads import thread_count

AGREEMENT_SCRATCH = 23
"""Floats that `midframe_agree` in agreement.cpp takes for each cell."""


@dataclass(frozen=True, eq=False)
class CellFrame:
    """A frame as it is compared with others.

    Attributes:
        cells: (rows, columns, 4): the view by cells.
        light: Of the same shape: mean and contrast around each cell; None where nothing is balanced.
        height: Rows of the frame, without padding.
        width: Columns of the frame.
    """

    cells: NDArray[np.float32]
    light: NDArray[np.float32] | None
    height: int
    width: int

    def agreement(self, right: CellFrame) -> AgreementStruct:
        """The structure that points to the cells of this frame, the left one, and of another."""
        rows, columns, _ = self.cells.shape
        return AgreementStruct(
            address(self.cells),
            address(right.cells),
            None if self.light is None else address(self.light),
            None if right.light is None else address(right.light),
            rows,
            columns,
            self.height,
            self.width,
            AROUND,
            LIGHT,
            TOLERANCE,
            MOVING,
            LEAST_CONTRAST,
            STILL,
            UNEXPLAINED,
            MOVED,
        )


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


class Balancer:
    """Compares frames and balances motions between them.

    Args:
        kernels: What computes.
    """

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels

    def frame(self, view: NDArray[np.float32], *, light: bool = True) -> CellFrame:
        """A view, (height, width, 3) in [0, 1], as it is compared.

        Args:
            view: Contiguous.
            light: Whether motions are to be balanced by it.
        """
        height, width, _ = view.shape
        cells = np.empty((*cell_counts(height, width), 4), np.float32)
        self._kernels.cell_means(view.ctypes.data, height, width, address(cells), thread_count())
        return CellFrame(cells, self._light(cells) if light else None, height, width)

    def agree(self, left: CellFrame, right: CellFrame, known: Estimation, columns: int) -> CellAgreement:
        """Compare frames along a motion whose rows have that many columns."""
        agreement = left.agreement(right)
        shape = agreement.rows, agreement.columns
        share, moving, squares = (np.empty(shape, np.float32) for _ in range(3))
        scratch = np.empty((AGREEMENT_SCRATCH, *shape), np.float32)
        some_still = self._kernels.agree(
            byref(agreement),
            *known.arguments(),
            columns,
            address(scratch),
            address(share),
            address(moving),
            address(squares),
            thread_count(),
        )
        return CellAgreement(share, moving if some_still else None, squares)

    def disagreement(self, motion: MotionArrays, left: CellFrame, right: CellFrame) -> NDArray[np.float32]:
        """How much frames differ after warping, whatever their light: squares, before the last mean.

        (rows, columns) by cells.
        """
        # With one light for both, none changed.
        same_light = replace(right, light=left.light)
        return self.agree(left, same_light, motion.as_estimation(), motion.mask.shape[1]).squares

    def balance(self, motion: MotionArrays, left: CellFrame, right: CellFrame, time: float) -> None:
        """Balance a motion in place: its mask, and flow where nothing moves."""
        found = self.agree(left, right, motion.as_estimation(), motion.mask.shape[1])
        self._kernels.balance_motion(
            byref(found.balance(time)),
            address(motion.flow),
            address(motion.mask),
            *motion.mask.shape,
            thread_count(),
        )

    def _light(self, cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean and contrast around each cell."""
        light = np.empty_like(cells)
        rows, columns, _ = cells.shape
        agreement = AgreementStruct(
            left=address(cells), rows=rows, columns=columns, window=LIGHT, least_contrast=LEAST_CONTRAST
        )
        self._kernels.light(byref(agreement), address(light), thread_count())
        return light
