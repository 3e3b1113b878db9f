"""The images of a page: layers to lay over each other, small enough to be embedded."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midframe.evaluation.methods.names import BASELINE_NAMES
from midframe.evaluation.report.heat import error_of, heat_map, scale_top, worst_corner
from midframe.evaluation.results import MethodInfo, WorstFrame

LONGEST_LAYER_SIDE = 1280
"""Pixels along the longer side of the image of a whole frame, at most."""

SHORTEST_SIDE = 480
"""What images are not scaled down below, however many there are."""

PAGE_PIXELS = 32_000_000
"""Pixels in all the whole frames of a page, about; a pixel takes some 1.5 bits in the file."""

LAYER_DETAIL_SIDE = 384
"""Pixels along the longer side of a detail, which is never scaled."""

WEBP_QUALITY = 85
WHOLE_SCALE = 255
"""End of the error maps' scale if there is none to go by."""

EFFORT = 1
"""WebP's effort, 0 … 6; more makes files 10% smaller in twice the time."""


@dataclass(frozen=True)
class ImageLayer:
    """An image that can be looked at in a viewer.

    Attributes:
        name: Unique in its viewer: "truth", "left", "right", "flow", "drawn-0", "error-0" and so on.
        label: Label for people.
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
class LayeredImage:
    """The layers of a viewer.

    Attributes:
        layers: In the order of menus.
        left: Name of the layer that a viewer begins with on the left.
        right: The one that it begins with on the right.
        size: Width and height of whole frames as embedded.
        source_size: Width and height of the frame itself.
        detail_size: Width and height of details; None if there are none.
        detail_corner: Left and top of the detail in the frame.
        scale_top: End of the error maps' scale in levels of 255.
    """

    layers: tuple[ImageLayer, ...]
    left: str
    right: str
    size: tuple[int, int]
    source_size: tuple[int, int]
    detail_size: tuple[int, int] | None
    detail_corner: tuple[int, int]
    scale_top: int


def longest_side(viewers: int, methods: int, size: tuple[int, int]) -> int:
    """How long the longer side of whole frames may be, so that all of a page's have about `PAGE_PIXELS`.

    Args:
        viewers: Number of viewers on the page, one for each worst frame.
        methods: Number of methods in each viewer.
        size: Width and height of a frame.
    """
    images = max(1, viewers * (2 * methods + 4))
    area = size[0] * size[1]
    fitting = int(max(size) * min(1.0, (PAGE_PIXELS / images / area) ** 0.5))
    return max(min(SHORTEST_SIDE, *([max(size)])), min(LONGEST_LAYER_SIDE, fitting))


def layered_image(frame: WorstFrame, methods: tuple[MethodInfo, ...], side: int) -> LayeredImage:
    """Encode the layers of a worst frame.

    Args:
        frame: What to show.
        methods: Methods in the order of the report; those without this frame are left out.
        side: Pixels of the longer side of whole frames, at most.
    """
    errors = {name: error_of(frame.truth, image) for name, image in frame.interpolated.items()}
    shown = [(number, method) for number, method in enumerate(methods) if method.name in errors]
    worst = errors[shown[0][1].name] if shown else None
    top = WHOLE_SCALE if worst is None else scale_top(worst)

    def sources() -> Iterator[_LayerSource]:
        yield _LayerSource("truth", "Truth", frame.truth, is_key=True)
        for place, (number, method) in enumerate(shown):
            yield _LayerSource(f"drawn-{number}", method.label, frame.interpolated[method.name], is_key=not place)
        for place, (number, method) in enumerate(shown):
            heat = heat_map(errors[method.name], top)
            yield _LayerSource(f"error-{number}", f"Error of {method.label}", heat, is_key=not place)
        if frame.flow is not None:
            yield _LayerSource("flow", "Flow", frame.flow, is_key=True)
        yield _LayerSource("left", "Previous frame", frame.left)
        yield _LayerSource("right", "Next frame", frame.right)

    return _encode_layers(
        sources(), _first_pair(shown), frame.truth.shape[:2], side, _corner(frame.truth.shape[:2], worst), top
    )


def _first_pair(shown: Sequence[tuple[int, MethodInfo]]) -> tuple[str, str]:
    """What a viewer begins with: plain blending, another baseline or else the truth, next to the first method."""
    first = f"drawn-{shown[0][0]}" if shown else "left"
    baselines = {method.name: number for number, method in shown[1:] if method.name in BASELINE_NAMES}
    best = next((baselines[name] for name in BASELINE_NAMES if name in baselines), None)
    return ("truth" if best is None else f"drawn-{best}"), first


def overlay(
    images: Sequence[tuple[str, str, NDArray[np.uint8]]], error: NDArray[np.float32], side: int
) -> LayeredImage:
    """Encode images of one size as layers of one viewer.

    Args:
        images: Name, label and (height, width, 3) pixels of each; a viewer begins with the first two, and all are
            shown in print.
        error: (height, width) levels of 255: where it is largest, details are taken.
        side: Pixels of the longer side of whole images, at most.
    """
    sources = (_LayerSource(*image, is_key=True) for image in images)
    return _encode_layers(
        sources, (images[0][0], images[1][0]), error.shape, side, _corner(error.shape, error), scale_top(error)
    )


def layers_around(
    images: Iterable[tuple[str, str, NDArray[np.uint8]]],
    pair: tuple[str, str],
    shape: tuple[int, int],
    place: tuple[int, int],
    side: int,
) -> LayeredImage:
    """Encode images of one size as layers of one viewer, each before the next one is made.

    Args:
        images: Name, label and (height, width, 3) pixels of each.
        pair: Names of the two that a viewer begins with.
        shape: Height and width of all of them.
        place: What details are taken around, x and y in pixels.
        side: Pixels of the longer side of whole images, at most.
    """
    sources = (_LayerSource(*image, is_key=True) for image in images)
    detail = _scaled_size((shape[1], shape[0]), LAYER_DETAIL_SIDE)
    left, top = (
        min(max(0, middle - part // 2), whole - part)
        for middle, part, whole in zip(place, detail, shape[::-1], strict=True)
    )
    return _encode_layers(sources, pair, shape, side, (top, left), WHOLE_SCALE)


def small_picture(pixels: NDArray[np.uint8], side: int) -> str:
    """A data URI of (height, width, 3) pixels, reduced to `side` along the longer side if they have more."""
    return _whole_uri(pixels, _scaled_size((pixels.shape[1], pixels.shape[0]), side))


class _LayerSource(NamedTuple):
    """What a layer is made of: see `ImageLayer`; pixels are (height, width, 3)."""

    name: str
    label: str
    pixels: NDArray[np.uint8]
    is_key: bool = False


def _encode_layers(
    sources: Iterable[_LayerSource],
    pair: tuple[str, str],
    shape: tuple[int, ...],
    side: int,
    corner: tuple[int, int],
    top: int,
) -> LayeredImage:
    """Encode images one after the other, with details whose top and left are `corner`."""
    height, width = shape
    size, detail_size = _scaled_size((width, height), side), _scaled_size((width, height), LAYER_DETAIL_SIDE)
    y, x = corner
    has_detail = max(width, height) > 1.25 * LAYER_DETAIL_SIDE

    def layer(source: _LayerSource) -> ImageLayer:
        part = source.pixels[y : y + detail_size[1], x : x + detail_size[0]]
        return ImageLayer(
            source.name, source.label, _whole_uri(source.pixels, size), _uri(part) if has_detail else "", source.is_key
        )

    layers = tuple(layer(source) for source in sources)
    return LayeredImage(layers, *pair, size, (width, height), detail_size if has_detail else None, (x, y), top)


def _corner(shape: tuple[int, ...], worst: NDArray[np.float32] | None) -> tuple[int, int]:
    """Top and left of the detail where an error is largest; the corner without any."""
    if worst is None:
        return 0, 0
    return worst_corner(worst, _scaled_size((shape[1], shape[0]), LAYER_DETAIL_SIDE)[::-1])


def _scaled_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _whole_uri(pixels: NDArray[np.uint8], size: tuple[int, int]) -> str:
    if size == pixels.shape[1::-1]:
        return _uri(pixels)
    return _uri(np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)))


def _uri(pixels: NDArray[np.uint8]) -> str:
    """WebP is the smallest that every browser of today shows."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "WEBP", quality=WEBP_QUALITY, method=EFFORT)
    return "data:image/webp;base64," + b64encode(buffer.getvalue()).decode("ascii")
