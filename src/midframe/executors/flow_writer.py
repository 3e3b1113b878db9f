"""Keeping the motion behind drawn frames, beside them."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from midframe.engines.flow_fields import MotionField


class MotionKeeper(Protocol):
    """Takes the motion behind each drawn frame, before that frame is in its place."""

    @property
    def settings(self) -> dict[str, object]:
        """What decides what is kept and where, in types that JSON has."""
        ...

    def keep(self, number: int, time: Fraction, field: MotionField) -> None:
        """Keep one. Called from several threads, and again for the same frame after a job was interrupted.

        Args:
            number: Of the output frame.
            time: Where it stands between the two frames it is drawn from.
            field: Its motion.

        Raises:
            WriteError: It cannot be kept.
        """
        ...
