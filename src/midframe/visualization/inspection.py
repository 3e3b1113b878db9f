"""Drawing single pairs, for sheets and other ways of looking at the network."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from midframe.engines.interpolation import engine_frame, interpolate_times
from midframe.engines.protocols import Engine
from midframe.media.pixels import ViewTransform, from_working
from midframe.types import Frame
from midframe.visualization.contact_sheet import Cell


def draw_cells(engine: Engine[Any], left: Frame, right: Frame, times: Sequence[Fraction]) -> list[Cell]:
    """Both frames and what the network draws at `times` (ascending) between them, as a sheet shows them."""
    transform = ViewTransform.fit([left, right])
    encoded = [engine.encode(engine_frame(frame, transform)) for frame in (left, right)]
    cells = [Cell(Fraction(0), transform.view(left.samples))]
    all_drawn = interpolate_times(engine, encoded[0], encoded[1], "direct", times, transform.view_of_working)
    for time, drawn in all_drawn.items():
        cells.append(Cell(time, transform.view(from_working(drawn, left.format))))
    cells.append(Cell(Fraction(1), transform.view(right.samples)))
    return cells
