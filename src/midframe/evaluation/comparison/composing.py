"""The images of a comparison: both views in one image, with labels."""

from __future__ import annotations

from midframe.evaluation.comparison.comparison_views import (
    LINE_WIDTH,
    ComparisonView,
    ImageLabel,
    Pixels,
    amplified_difference,
    divided,
    divider_position,
    side_by_side,
)
from midframe.media.pixels import ViewSamples
from midframe.visualization.image_files import to_pixels


class Composer:
    """Composes the images of a comparison one after the other.

    Args:
        view: How A and B are shown together.
        names: Names of A and B.
        size: Width and height of both.
        gain: What differences are multiplied by.
        divider: Where the divider of "split" stands, as a share of the width; None for one that moves.
    """

    def __init__(
        self, view: ComparisonView, names: tuple[str, str], size: tuple[int, int], *, gain: float, divider: float | None
    ) -> None:
        self._view = view
        self._gain = gain
        self._divider = divider
        width, height = size
        self.size = (2 * width + LINE_WIDTH, height) if view == "side-by-side" else size
        label_width = width // 2 if view == "split" else width
        # The font that comes with Pillow has letters and digits, and few signs.
        words = (f"{names[0]} - {names[1]}, times {gain:g}",) if view == "difference" else names
        self._labels = [ImageLabel(text, label_width, height) for text in words]

    def compose(self, left: ViewSamples, right: ViewSamples, seconds: float) -> Pixels:
        """The image at `seconds` after the first."""
        if self._view == "difference":
            pixels = amplified_difference(left, right, self._gain)
            self._labels[0].lay_over(pixels)
            return pixels
        both = to_pixels(left), to_pixels(right)
        is_split = self._view == "split"
        # Labels go on before views are cut, so that the divider hides the same part of both.
        self._labels[0].lay_over(both[0])
        self._labels[1].lay_over(both[1], at_right=is_split)
        if is_split:
            return divided(*both, divider_position(seconds) if self._divider is None else self._divider)
        return side_by_side(*both)
