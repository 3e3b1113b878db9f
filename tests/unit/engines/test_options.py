from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from typing import Any

import pytest

from midframe.engines.options import FLOW_SCALES, HELP, PRECISIONS, QUALITIES, EngineOptions
from midframe.errors import OptionError


def test_loads_neither_torch_nor_numpy() -> None:
    code = "import sys, midframe.engines.options; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy"} & set(done.stdout.split())


def test_every_option_is_explained() -> None:
    assert list(HELP) == [field.name for field in fields(EngineOptions)]
    assert all(HELP.values())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("precision", "half", "must be exact or fast, not 'half'"),
        ("quality", "good", "must be fast, default or best, not 'good'"),
        ("flow_scale", 3, "must be one of 0.25, 0.5, 1, 2, 4, not 3"),
        ("flow_scale", float("nan"), "must be one of 0.25, 0.5, 1, 2, 4, not nan"),
        ("flow_scale", "0.5", "must be one of 0.25, 0.5, 1, 2, 4, not '0.5'"),
        ("threads", 0, "`threads` must be a whole number from 1 to 1024, not 0"),
        ("threads", 999_999_999, "`threads` must be a whole number from 1 to 1024, not 999999999"),
        ("threads", "2", "`threads` must be a whole number from 1 to 1024, not .2"),
        ("memory", "4G", "`memory` must be a number of bytes above 0, not '4G'"),
    ],
)
def test_wrong_values_name_their_option(name: str, value: Any, words: str) -> None:
    with pytest.raises(OptionError, match=words) as caught:
        EngineOptions(**{name: value})
    assert caught.value.option == name


def test_all_values_that_exist_are_accepted() -> None:
    for flow_scale in FLOW_SCALES:
        for precision in PRECISIONS:
            for quality in QUALITIES:
                EngineOptions(flow_scale=flow_scale, precision=precision, quality=quality)


def test_settings_are_what_decides_the_frames() -> None:
    options = EngineOptions("a.pkl", "cpu", flow_scale=0.5, quality="best", threads=3, memory=1)
    assert options.settings == {"flow_scale": 0.5, "precision": "exact", "ensemble": False, "quality": "best"}
