"""From the options of the page to jobs, and to the commands that do the same."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from tests.support.app_server import WORDS
from tests.support.clips import write_clip

from midframe.app.items import Item
from midframe.app.job_options import (
    JOB_OPTIONS,
    OPTIONS,
    OWN,
    checked_options,
    command_text,
    command_words,
    free_output,
    make_engine,
    make_job,
)
from midframe.app.roots import ForbiddenPathError, Roots
from midframe.cli.option_words import run_option_words
from midframe.errors import OptionError, OutputExistsError
from midframe.jobs.job import Job


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    (tmp_path / "films").mkdir()
    return write_clip(tmp_path / "films" / "clip.mp4", 3)


def item_of(clip: Path, **options: Any) -> Item:
    return Item("0" * 16, clip.name, (str(clip),), options=options)


def job_of(clip: Path, **options: Any) -> Any:
    return make_job(item_of(clip, **options), Roots([clip.parent]), clip.parent.parent / "results")


def test_options_become_those_of_a_job(clip: Path) -> None:
    job = job_of(clip, fps="60", crf="20", slowmo_audio="drop", channel_rules="Z=copy, id*=nearest", dedup=True)
    assert (job.fps, job.crf, job.dedup) == ("60", 20, True)
    assert job.channel_rules == ("Z=copy", "id*=nearest")
    assert (job.output, job.resume, job.overwrite) == (clip.with_name("clip_60fps.mp4"), False, False)


def test_options_become_those_of_an_engine(clip: Path) -> None:
    engine = make_engine(item_of(clip, flow_scale="0.5", threads="2", memory="1G", quality="best"), Roots([]))
    assert (engine.flow_scale, engine.threads, engine.memory, engine.quality) == (0.5, 2, 10**9, "best")
    assert make_engine(item_of(clip, quality="best"), Roots([]), "fast").quality == "fast"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"crf": "many"}, "whole number"),
        ({"crf": True}, "text or a number"),
        ({"cut_threshold": "x"}, "must be a number"),
        ({"slowmo": "yes"}, "on or off"),
        ({"fps": "6" * 600}, "too long"),
        ({"fps": {"a": 1}}, "text or a number"),
        ({"nothing": 1}, "no option"),
    ],
)
def test_wrong_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        checked_options(options, Roots([]))


def test_options_have_to_be_options() -> None:
    with pytest.raises(OptionError, match="missing"):
        checked_options(["fps"], Roots([]))


def test_empty_options_are_left_out() -> None:
    assert checked_options({"fps": "", "crf": None, "slowmo": False}, Roots([])) == {"slowmo": False}


def test_outputs_are_beside_the_input_or_where_it_says(clip: Path) -> None:
    assert job_of(clip, output="other.mkv").output == clip.with_name("other.mkv")
    (clip.parent / "sub").mkdir()
    assert job_of(clip, output="sub/other.mkv").output == clip.parent / "sub" / "other.mkv"
    with pytest.raises(ForbiddenPathError):
        job_of(clip, output="../other.mkv")


@pytest.mark.parametrize(("named", "refused"), [("x.mkv", False), ("../x.mkv", True), ("..", True), (".x.mkv", True)])
def test_outputs_of_uploads_are_in_the_folder_of_the_app(clip: Path, named: str, refused: bool) -> None:
    results = clip.parent.parent / "results"
    item = Item("0" * 16, clip.name, (str(clip),), options={"output": named}, upload=True)
    if refused:
        with pytest.raises(ForbiddenPathError):
            make_job(item, Roots([clip.parent / "elsewhere"]), results)
    else:
        assert make_job(item, Roots([]), results).output == results / item.id / named


def test_names_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a_2x.mp4"
    assert free_output(path, []) == path
    path.touch()
    assert free_output(path, [str(tmp_path / "a_2x-2.mp4")]) == tmp_path / "a_2x-3.mp4"
    folder = tmp_path / "shots_2x"
    folder.mkdir()
    assert free_output(folder, []) == folder, "an empty folder may be filled"
    (folder / "0.png").touch()
    assert free_output(folder, []) == tmp_path / "shots_2x-2"
    (tmp_path / "link_2x.mp4").symlink_to(tmp_path / "nowhere")
    assert free_output(tmp_path / "link_2x.mp4", []).name == "link_2x-2.mp4"
    (tmp_path / ".b_2x.mp4.midframe-journal").touch()
    assert free_output(tmp_path / "b_2x.mp4", []).name == "b_2x-2.mp4", "an unfinished output has the name"
    monkeypatch.setattr("midframe.app.job_options.MOST_NAMES", 2)
    with pytest.raises(OutputExistsError):
        free_output(path, [])


def test_every_option_of_a_job_was_looked_at() -> None:
    assert not JOB_OPTIONS & OWN
    assert {each.name for each in fields(Job) if each.init} == JOB_OPTIONS | OWN


def test_commands(clip: Path) -> None:
    item = item_of(clip.with_name("a b.mp4"), factor="4", slowmo=True, channel_rules="Z=copy, A=copy", mode="direct")
    words = command_words(item, Path("/out put.mp4"), WORDS)
    assert words == [
        *("midframe", "run", str(clip.with_name("a b.mp4")), "-o", "/out put.mp4"),
        *("--factor", "4", "--slowmo", "--channel-rule", "Z=copy", "--channel-rule", "A=copy"),
    ]
    assert "'/out put.mp4'" in command_text(words)


def test_the_command_line_has_all_options_of_the_page() -> None:
    words = run_option_words()
    assert {each.name for each in words} == OPTIONS
    assert all(each.flag.startswith("--") and each.help for each in words)
    kinds = {each.name: each.kind for each in words}
    assert (kinds["slowmo"], kinds["cuts"], kinds["fps"]) == ("flag", "choice", "text")


def test_a_command_is_understood_by_the_command_line(clip: Path) -> None:
    from midframe.cli.commands import load_command

    item = item_of(clip, factor="5/2", dedup=True, cuts="blend", quality="fast", flow_scale="0.5", model="4.6")
    command = load_command("run")
    context = command.make_context("run", command_words(item, None, run_option_words())[2:])
    given = {name: context.params[name] for name in ("factor", "dedup", "cuts", "quality", "flow_scale", "model")}
    assert given == {
        "factor": "5/2", "dedup": True, "cuts": "blend", "quality": "fast", "flow_scale": 0.5, "model": "4.6",
    }  # fmt: skip
