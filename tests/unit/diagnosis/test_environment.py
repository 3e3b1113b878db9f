from __future__ import annotations

import re
from pathlib import Path

import pytest

from midframe.diagnosis.environment import NAMES, set_variables

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "environment.md"


def test_all_documented_variables_are_shown() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(documented) > 8
    assert sorted(documented - set(NAMES)) == []


def test_others_are_not() -> None:
    environment = {"MIDFRAME_OFFLINE": "1", "HF_TOKEN": "hf_secret", "HOME": "/home/me", "OMP_NUM_THREADS": ""}
    assert [(each.name, each.value) for each in set_variables(environment)] == [("MIDFRAME_OFFLINE", "1")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://user:pass@proxy:80", "http://***@proxy:80"),
        ("http://token@proxy:80/a", "http://***@proxy:80/a"),
        ("user:pass@proxy:80", "***@proxy:80"),
        ("http://proxy:80", "http://proxy:80"),
        ("http://u:p%40@one, http://v:w@two", "http://***@one, http://***@two"),
        ("http://user:p@ss@proxy:80", "http://***@proxy:80"),
        ("http://user:p/s@proxy:80", "http://***@proxy:80"),
    ],
)
def test_no_passwords(value: str, shown: str) -> None:
    (variable,) = set_variables({"https_proxy": value})
    assert (variable.name, variable.value) == ("https_proxy", shown)
