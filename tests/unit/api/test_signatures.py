"""What editors, type checkers and `help` say about the interface."""

from __future__ import annotations

import inspect
import pydoc
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, assert_type, get_type_hints

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.fake_engine import FakeEngine

import midframe
from midframe import EngineOptions, Interpolator, Pair
from midframe.api.interpolator import SequenceOptions

Picture = np.ndarray[Any, Any]


def test_results_have_the_types_of_what_was_given() -> None:
    """The type checker fails where one of them is another; what is written here also runs."""
    interpolator = Interpolator.from_engine(FakeEngine())
    left: Picture = np.zeros((4, 4, 3), np.uint8)
    right: Picture = np.ones((4, 4, 3), np.uint8)
    image, tensor = Image.fromarray(left), torch.zeros(3, 4, 4)
    assert_type(interpolator.between(left, right, 0.5), Picture)
    assert_type(interpolator.between(image, image, [0.5]), list[Image.Image])
    assert_type(interpolator.pair(tensor, tensor), Pair[torch.Tensor])
    assert_type(interpolator.pair(tensor, tensor).at(0.5), torch.Tensor)
    assert_type(interpolator.interpolate([left, right], factor=2), list[Picture])
    assert_type(interpolator.interpolate([image, image], insert=1, cuts="off"), list[Image.Image])
    assert_type(interpolator.interpolate(torch.zeros(2, 3, 8, 8), factor=2), torch.Tensor)
    assert_type(interpolator.batch(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)), torch.Tensor)
    assert_type(interpolator.stream(iter([tensor, tensor]), factor=2), Iterator[torch.Tensor])
    assert_type(interpolator.retime([image, image], 16, 24), list[Image.Image])
    assert_type(interpolator.retime(torch.zeros(2, 3, 8, 8), 16, 24, end="drop"), torch.Tensor)
    assert_type(midframe.retime([[left, right]], 16, 24, interpolator=interpolator), list[list[Picture]])


def test_options_for_type_checkers_are_those_for_programs() -> None:
    parameters = inspect.signature(Interpolator.interpolate).parameters
    given = {name: parameter.annotation for name, parameter in parameters.items() if name not in ("self", "frames")}
    assert get_type_hints(SequenceOptions) == given


@pytest.mark.parametrize("described", [Interpolator, Pair])
def test_help_shows_types_and_no_names_in_quotes(described: type) -> None:
    shown = pydoc.plain(pydoc.render_doc(described))
    signatures = [line for line in shown.splitlines() if re.search(r"\w\(.*\) -> ", line)]
    assert signatures
    assert not [line for line in signatures if re.search(r": ['\"]|-> ['\"]", line)]
    assert "Literal['hold', 'blend', 'off'] = 'hold'" in shown or described is Pair


def test_loading_names_all_options() -> None:
    text = inspect.getdoc(Interpolator.load) or ""
    assert [field.name for field in fields(EngineOptions) if field.name not in text] == []


@pytest.mark.parametrize("name", ["Interpolator", "Pair", "Session", "Job", "EngineOptions", "CancelToken"])
def test_objects_say_what_they_are(name: str) -> None:
    assert getattr(midframe, name).__repr__ is not object.__repr__
