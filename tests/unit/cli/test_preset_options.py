"""``--preset-file``, and what on the command line goes before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import run_in_process

from midframe.cli.commands import load_command
from midframe.errors import OptionError


def parsed(*words: str) -> dict[str, Any]:
    """The parameters of ``midframe run`` for a command line."""
    return load_command("run").make_context("run", ["clip.mp4", *words]).params


@pytest.fixture
def preset(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    lines = ['fps = "48"', "crf = 20", 'quality = "best"', "dedup = true", "flow_scale = 0.5"]
    path.write_text("\n".join([*lines, 'channel_rules = "Z=copy, A=nearest"']), "utf-8")
    return str(path)


def test_a_preset_sets_options(preset: str) -> None:
    given = parsed("--preset-file", preset)
    names = ("fps", "quality", "dedup", "flow_scale", "channel_rule")
    assert {name: given[name] for name in names} == {
        "fps": "48", "quality": "best", "dedup": True, "flow_scale": 0.5, "channel_rule": ("Z=copy", "A=nearest"),
    }  # fmt: skip
    assert str(given["crf"]) == "20"


def test_the_command_line_goes_before(preset: str) -> None:
    for words in (["--fps", "30", "--preset-file", preset], ["--preset-file", preset, "--fps=30"]):
        assert (parsed(*words)["fps"], parsed(*words)["quality"]) == ("30", "best")


@pytest.mark.parametrize("words", [["-x", "3"], ["-x3"], ["--factor", "3"], ["--factor=3"]])
def test_another_way_to_say_it_takes_its_place(preset: str, words: list[str]) -> None:
    given = parsed("--preset-file", preset, *words)
    assert (given["factor"], given["fps"], given["quality"]) == ("3", None, "best")


def test_without_a_preset_nothing_changes() -> None:
    assert parsed()["fps"] is None


def test_a_preset_that_does_not_exist() -> None:
    with pytest.raises(OptionError, match="There is no preset file nothing"):
        parsed("--preset-file", "nothing")


def test_presets_are_listed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run_in_process("presets")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tv-60               60 fps for TV.")
    assert any("-x 2 --cuts off --static-threshold off --end drop" in line for line in lines)
    assert max(map(len, lines)) < 80
