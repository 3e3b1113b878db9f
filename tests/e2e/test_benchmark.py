"""The benchmark that users run, on frames that are too small to say anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.command_line import Midframe

SMALL = ("benchmark", "--quick", "--size", "64x48,96x64", "--clip", "pattern", "--time", "20s", "--device", "cpu")


def test_a_table_and_a_file(midframe: Midframe, tmp_path: Path) -> None:
    done = midframe(*SMALL, "--json", "speed.json")
    assert "| device | engine    | size  |" in done.stdout
    assert "| 96×64 |" in done.stdout
    assert "- model: RIFE 4.25 or 4.26 (1195a2f0de8f…)" in done.stdout
    assert "processor time" in done.stdout
    document = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    results = {result["precision"]: result for result in document["results"]}
    assert results["exact"]["is_reference"]
    assert results["fast"]["sizes"][0]["difference"] is not None
    assert str(tmp_path) not in (tmp_path / "speed.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--size", "small"), "--size must be some of 480p"),
        (("--quality", "good"), "--quality must be some of fast, default, best, not 'good'."),
        (("--device", "gpu"), "'gpu' is not a device"),
        (("--engine", "magic"), "not 'magic'"),
        (("--time", "soon"), "--time must be a time such as 60s or 2m, not 'soon'."),
        (("--clip", "mine.mp4"), "There is no demo clip 'mine.mp4'"),
        (("--model", "4.99"), "There is no model '4.99'"),
        (("--json", "no/such/folder.json"), "does not exist"),
        (("--json", "other.json"), "midframe did not make it"),
    ],
)
def test_wrong_arguments(midframe: Midframe, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    (tmp_path / "other.json").write_text("{}")
    done = midframe("benchmark", "--size", "64x48", *arguments, code=2)
    assert words in done.stderr
    assert done.stdout == ""


def test_weights_that_are_none(midframe: Midframe, tmp_path: Path) -> None:
    with_file = (*SMALL, "--precision", "exact", "--model", "copy.pkl")
    (tmp_path / "copy.pkl").write_bytes(b"not weights")
    done = midframe(*with_file, code=2)
    assert "copy.pkl" in done.stderr
