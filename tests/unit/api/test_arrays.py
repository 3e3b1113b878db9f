from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from midframe.api.arrays import is_stack, kind_of, open_picture, restack, stack_layout
from midframe.errors import OptionError


class TensorOfTheirOwn(torch.Tensor):
    """A subclass, as several libraries have them."""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.zeros((2, 2)), "numpy"),
        (np.zeros((2, 2)).view(np.matrix), "numpy"),
        (torch.zeros(2, 2), "torch"),
        (torch.zeros(2, 2).as_subclass(TensorOfTheirOwn), "torch"),
        (Image.new("L", (2, 2)), "PIL"),
        ([[1]], None),
        ("a.png", None),
    ],
    ids=["array", "matrix", "tensor", "subclass", "image", "list", "text"],
)
def test_kinds(value: Any, kind: str | None) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("value", "answer"),
    [(np.zeros((2, 3, 4, 5)), True), (torch.zeros(1, 3, 4, 5), True), (np.zeros((3, 4, 5)), True), ([1], False)],
    ids=["array", "tensor", "grey", "list"],
)
def test_stacks(value: Any, answer: bool) -> None:
    assert is_stack(value) is answer


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((9, 3, 40, 50), "channels_first"),
        ((9, 40, 50, 3), "channels_last"),
        ((9, 1, 40, 50), "channels_first"),
        ((9, 40, 50, 4), "channels_last"),
    ],
)
def test_layouts_that_the_shape_tells(shape: tuple[int, ...], layout: str) -> None:
    assert stack_layout(np.zeros(shape), "auto") == layout


@pytest.mark.parametrize("shape", [(2, 3, 4, 3), (2, 40, 50, 7), (2, 5, 6, 7)])
def test_layouts_that_the_shape_does_not_tell(shape: tuple[int, ...]) -> None:
    with pytest.raises(OptionError, match="give `layout`"):
        stack_layout(np.zeros(shape), "auto")
    assert stack_layout(np.zeros(shape), "channels_first") == "channels_first"


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_what_is_opened_is_restored_to_the_last_bit(layout: Any, kind: str) -> None:
    array = np.random.default_rng(1).integers(0, 65535, (5, 6, 7), np.uint16)
    picture = torch.from_numpy(array) if kind == "torch" else array
    opened = open_picture(picture, "none", layout)
    assert opened.frame.format.channels == (7 if layout == "channels_last" else 5)
    restored = opened.restore(opened.frame.samples)
    assert type(restored) is type(picture)
    np.testing.assert_array_equal(np.asarray(restored), array)


def test_stacks_are_put_together_in_their_own_kind() -> None:
    assert restack([np.zeros(3), np.ones(3)], np.zeros(1)).tolist() == [[0, 0, 0], [1, 1, 1]]
    assert torch.equal(restack([torch.zeros(2), torch.ones(2)], torch.zeros(1)), torch.tensor([[0.0, 0], [1, 1]]))
