"""Presets as files, and those that come with midframe."""

from __future__ import annotations

from pathlib import Path

import pytest

from midframe.errors import OptionError
from midframe.jobs.presets import (
    ENGINE_KEYS,
    JOB_KEYS,
    LARGEST_PRESET,
    SHIPPED,
    Preset,
    load_preset,
    parse_preset,
    preset_name,
    preset_text,
    shipped_presets,
)


def test_every_shipped_file_is_a_preset() -> None:
    presets = shipped_presets()
    assert tuple(preset.name for preset in presets) == SHIPPED
    assert all(preset.title and preset.description and preset.options for preset in presets)


def test_shipped_files_are_all_listed() -> None:
    from importlib.resources import files

    names = {each.name for each in (files("midframe.jobs") / "preset_files").iterdir()}
    assert names == {f"{name}.toml" for name in SHIPPED}


def test_keys_of_jobs_and_engines_are_different() -> None:
    assert not JOB_KEYS & ENGINE_KEYS
    assert {"fps", "slowmo", "dedup"} <= JOB_KEYS
    assert {"quality", "device", "flow_scale"} <= ENGINE_KEYS


def test_a_file_comes_back(tmp_path: Path) -> None:
    preset = Preset("mine", 'Mine "½"\\', "A word\nor two", {"fps": "48", "crf": 20, "slowmo": True, "flow_scale": 0.5})
    path = tmp_path / "mine.toml"
    path.write_text(preset_text(preset), "utf-8")
    assert load_preset(str(path)) == preset


def test_titles_may_be_left_out() -> None:
    preset = parse_preset('fps = "60"', "plain")
    assert (preset.title, preset.description) == ("plain", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fps 60", "not TOML"),
        ("fsp = 60", "no option 'fsp'"),
        ('output = "x.mp4"', "'output' is for a single run"),
        ("overwrite = true", "'overwrite' is for a single run"),
        ("fps = [60]", "`fps` must be"),
        ("fps = 0", "`fps` must be above 0"),
        ("factor = 2\nfps = 60", "either `fps` or a factor"),
        ('quality = "superb"', "quality must be"),
        ('memory = "many"', "memory"),
        ("title = 3", "must be texts"),
        ("[network]\nquality = 'fast'", "no option 'network'"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(OptionError, match=words) as raised:
        parse_preset(text, "wrong")
    assert "wrong" in str(raised.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="tv-60, slow-motion-4x"):
        load_preset(str(tmp_path / "nothing.toml"))
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (LARGEST_PRESET + 1))
    with pytest.raises(OptionError, match="too large"):
        load_preset(str(large))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match="cannot be read"):
        load_preset(str(binary))


@pytest.mark.parametrize(
    ("title", "name"), [("60 fps for TV", "60-fps-for-tv"), ("  Größe, 影片! ", "größe-影片"), ("../../x", "x")]
)
def test_names_of_files(title: str, name: str) -> None:
    assert preset_name(title) == name


@pytest.mark.parametrize("title", ["", "…", "/"])
def test_titles_that_give_no_name(title: str) -> None:
    with pytest.raises(OptionError, match="letters and digits"):
        preset_name(title)
