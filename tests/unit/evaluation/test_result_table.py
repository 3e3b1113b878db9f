from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.evaluations import PSNR, evaluation, result

from midframe.evaluation.result_table import table_lines, worst_first
from midframe.evaluation.results import Evaluation, MethodInfo


def text_of(found: Evaluation) -> str:
    return "\n".join(table_lines(found))


def test_means_by_kind_stand_in_columns() -> None:
    found = evaluation((result("4.25", 1.0, seconds=2.0), result("blend", -2.0, seconds=0.5)))

    lines = text_of(found).splitlines()

    heading = next(number for number, line in enumerate(lines) if "PSNR dB" in line)
    moving = lines[heading + 1 : heading + 4]
    assert moving[0] == "20 moving frames"
    assert moving[1].split()[0] == "4.25"
    assert moving[2].split()[0] == "blend"
    assert moving[2].split()[-1] == "0.25×"
    assert float(moving[1].split()[1]) - float(moving[2].split()[1]) == pytest.approx(3, abs=0.011)
    assert {len(line) for line in moving[1:]} == {len(lines[heading])}
    assert "3 still frames" in lines
    assert "2 frames across cuts" in lines
    assert "25 dropped frames" in lines


def test_what_is_absent_and_what_is_exact_is_told() -> None:
    text = text_of(evaluation((result("4.25", exact=True),)))

    assert "LPIPS was not measured: its weights come with no installed package." in text
    assert "∞*" in text
    assert "* without frames that are exact" in text


def test_frames_that_were_not_drawn_are_told() -> None:
    first, other = result("4.25"), result("minterpolate")
    frames = (*other.frames[:-1], replace(other.frames[-1], scores={}))

    text = text_of(evaluation((first, replace(other, frames=frames))))

    assert "Minterpolate cannot interpolate the last frame; its means are over the others." in text


def test_worst_frames_come_first() -> None:
    found = evaluation()

    worst = worst_first(found.results[0].frames, PSNR)

    assert [frame.scores["psnr"] for frame in worst] == sorted(frame.scores["psnr"] for frame in worst)
    lines = text_of(found).splitlines()
    named = lines[lines.index("worst frames of 4.25, PSNR dB") + 2 :][:5]
    moving = [frame.index for frame in worst if frame.kind == "moving"]
    assert [int(line.split()[0]) for line in named] == moving[:5]
    assert lines[lines.index("worst frames of 4.25, PSNR dB") + 1].split() == ["frame", "at", "4.25", "blend", "dis"]
    assert " s " in named[0]


def test_recommendations_and_facts_are_in_it() -> None:
    text = text_of(evaluation())

    assert text.startswith("4.25 rebuilds the moving frames of clip.mp4 at ")
    assert "Frame rate  25 frames per second" in text
    assert text.endswith("Flow scale 0.5 loses 0.03 dB and saves 45% here.")
    assert "every second frame kept" in text
    assert "every 4th frame kept" in text_of(replace(evaluation(), gap=4))


def test_what_midframe_holds_has_a_row_only_where_it_differs() -> None:
    first = result("4.25", label="midframe")
    held = replace(first, method=MethodInfo("run", "midframe, cuts held", {}))

    lines = text_of(evaluation((first, held), recommendations=())).splitlines()

    rows = [line.split("  ")[1] for line in lines if line.startswith("  midframe")]
    assert rows == ["midframe", *["midframe", "midframe, cuts held"] * 3]


def test_of_few_frames_not_all_are_the_worst() -> None:
    lines = text_of(evaluation((result("4.25", frames=5),), recommendations=())).splitlines()

    assert lines[-3] == "worst frame of 4.25, PSNR dB"
