"""The pictures of a page: layers to lay over each other, small enough to be embedded."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midframe.evaluation.report.heat import error_of, heat_map, scale_top, worst_corner
from midframe.evaluation.results import Contender, Exhibit

LONGEST_SIDE = 1280
"""Pixels along the longer side of a picture of a whole frame, at most."""

SHORTEST_SIDE = 480
"""What pictures are not scaled down below, however many there are."""

PAGE_PIXELS = 32_000_000
"""Pixels in all the whole frames of a page, about; a pixel takes some 1.5 bits in the file."""

DETAIL_SIDE = 384
"""Pixels along the longer side of a detail, which is never scaled."""

QUALITY = 85
WHOLE_SCALE = 255
"""End of the error maps' scale where there is none to go by."""

EFFORT = 1
"""Of 6; more makes files 10 % smaller in twice the time."""


@dataclass(frozen=True)
class Layer:
    """A picture that can be looked at in a viewer.

    Attributes:
        name: Unique in its viewer: "truth", "left", "right", "flow", "drawn-0", "error-0" and so on.
        label: For people.
        whole: Data URI of the whole frame.
        detail: Data URI of a part at full size; "" if the whole is little larger.
        is_key: Whether it is shown where only a few can be, as in print.
    """

    name: str
    label: str
    whole: str
    detail: str
    is_key: bool = False


@dataclass(frozen=True)
class Picture:
    """All layers of an exhibit.

    Attributes:
        layers: The first two are what a viewer begins with.
        size: Width and height of whole frames as embedded.
        source_size: Width and height of the frame itself.
        detail_size: Width and height of details; None if there are none.
        detail_corner: Left and top of the detail in the frame.
        scale_top: End of the error maps' scale in levels of 255.
    """

    layers: tuple[Layer, ...]
    size: tuple[int, int]
    source_size: tuple[int, int]
    detail_size: tuple[int, int] | None
    detail_corner: tuple[int, int]
    scale_top: int


def longest_side(exhibits: int, contenders: int, size: tuple[int, int]) -> int:
    """How long the longer side of whole frames may be, so that all of a page's have about `PAGE_PIXELS`.

    Args:
        exhibits: On the page.
        contenders: In each exhibit.
        size: Width and height of a frame.
    """
    pictures = max(1, exhibits * (2 * contenders + 4))
    area = size[0] * size[1]
    fitting = int(max(size) * min(1.0, (PAGE_PIXELS / pictures / area) ** 0.5))
    return max(min(SHORTEST_SIDE, *([max(size)])), min(LONGEST_SIDE, fitting))


def picture_of(exhibit: Exhibit, contenders: tuple[Contender, ...], side: int) -> Picture:
    """Encode the layers of an exhibit.

    Args:
        exhibit: What to show.
        contenders: In the order of the report; those that have drawn nothing for the exhibit are left out.
        side: Pixels of the longer side of whole frames, at most.
    """
    errors = {name: error_of(exhibit.truth, drawn) for name, drawn in exhibit.drawn.items()}
    shown = [(number, each) for number, each in enumerate(contenders) if each.name in errors]
    worst = errors[shown[0][1].name] if shown else None
    top = WHOLE_SCALE if worst is None else scale_top(worst)

    def views() -> Iterator[_View]:
        yield _View("truth", "Truth", exhibit.truth, is_key=True)
        for place, (number, each) in enumerate(shown):
            yield _View(f"drawn-{number}", each.label, exhibit.drawn[each.name], is_key=not place)
        for place, (number, each) in enumerate(shown):
            heat = heat_map(errors[each.name], top)
            yield _View(f"error-{number}", f"Error of {each.label}", heat, is_key=not place)
        if exhibit.flow is not None:
            yield _View("flow", "Flow", exhibit.flow, is_key=True)
        yield _View("left", "Frame before", exhibit.left)
        yield _View("right", "Frame behind", exhibit.right)

    return _encoded(views(), exhibit.truth.shape[:2], side, worst, top)


def overlay(pictures: Sequence[tuple[str, str, NDArray[np.uint8]]], error: NDArray[np.float32], side: int) -> Picture:
    """Encode pictures of one size as layers of one viewer.

    Args:
        pictures: Name, label and (height, width, 3) pixels of each; all are shown in print.
        error: (height, width) levels of 255: where it is largest, details are taken.
        side: Pixels of the longer side of whole pictures, at most.
    """
    views = (_View(*picture, is_key=True) for picture in pictures)
    return _encoded(views, error.shape, side, error, scale_top(error))


class _View(NamedTuple):
    """What a layer is made of: see `Layer`; pixels are (height, width, 3)."""

    name: str
    label: str
    pixels: NDArray[np.uint8]
    is_key: bool = False


def _encoded(
    views: Iterable[_View], shape: tuple[int, ...], side: int, worst: NDArray[np.float32] | None, top: int
) -> Picture:
    """Encode views one after the other, with details from where `worst` is largest, or from the corner."""
    height, width = shape
    size, detail_size = _shrunk((width, height), side), _shrunk((width, height), DETAIL_SIDE)
    y, x = (0, 0) if worst is None else worst_corner(worst, detail_size[::-1])
    has_detail = max(width, height) > 1.25 * DETAIL_SIDE

    def layer(view: _View) -> Layer:
        part = view.pixels[y : y + detail_size[1], x : x + detail_size[0]]
        return Layer(
            view.name, view.label, _whole_uri(view.pixels, size), _uri(part) if has_detail else "", view.is_key
        )

    layers = tuple(layer(view) for view in views)
    return Picture(layers, size, (width, height), detail_size if has_detail else None, (x, y), top)


def _shrunk(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _whole_uri(pixels: NDArray[np.uint8], size: tuple[int, int]) -> str:
    if size == pixels.shape[1::-1]:
        return _uri(pixels)
    return _uri(np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)))


def _uri(pixels: NDArray[np.uint8]) -> str:
    """WebP is the smallest that every browser of today shows."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "WEBP", quality=QUALITY, method=EFFORT)
    return "data:image/webp;base64," + b64encode(buffer.getvalue()).decode("ascii")
