from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from midframe.errors import OptionError, OutputExistsError
from midframe.evaluation.speed.report_file import check_report_file, write_report
from midframe.evaluation.speed.results import BenchmarkReport, Measurement, Setting, SettingResult, Size
from midframe.evaluation.speed.table import report_lines

EXACT = SettingResult(
    Setting("cpu", "cpu"),
    (
        Measurement(Size(854, 480), (0.1, 0.125, 0.2), 1.23, 310_000_000),
        Measurement(Size(640, 361), (0.001, 0.001, 0.001), None, 1_310_000_000),
    ),
    busy=0.02,
    is_reference=True,
)

FAST = SettingResult(
    Setting("cuda:0", "torch", "fast", "best"),
    (Measurement(Size(854, 480), (0.01,), 4.0, 2_000_000_000, 500_000_000, 2, 0.0053, 0.0001),),
    {Size(3840, 2160): "not enough memory"},
    busy=0.01,
)

REPORT = BenchmarkReport(
    {"midframe": "1.2", "cpu": "A Processor, 2 cores"}, "RIFE 4.25 or 4.26", "0123456789ab" * 5, "a clip", (EXACT, FAST)
)


def test_the_table() -> None:
    lines = list(report_lines(REPORT))
    assert lines[:6] == [
        "- midframe: 1.2",
        "- cpu: A Processor, 2 cores",
        "- model: RIFE 4.25 or 4.26 (0123456789ab…)",
        "- frames: a clip",
        "",
        "| device | engine                   | size    |  fps |             range | start |          GB | difference |",
    ]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[7:11]]
    assert cells == [
        ["cpu", "cpu exact", "480p", "8", "5–10", "1.2 s", "0.31", "reference"],
        ["cpu", "cpu exact", "640×361", "1000", "1000–1000", "", "1.31", ""],
        ["cuda:0", "torch fast, quality best", "480p", "100", "100–100", "4.0 s", "2.00 + 0.50", "0.0053"],
        ["cuda:0", "torch fast, quality best", "2160p", "–", "not enough memory", "", "", ""],
    ]
    assert len({len(line) for line in lines[5:11]}) == 1
    assert lines[12:] == [
        "Memory is that of the process, and that of the GPU.",
        "cuda:0, engine torch, fast, quality best: frames are computed in strips to save memory, 854×480 in 2.",
        "The machine was otherwise idle: other programs took at most 2% of its processor time.",
    ]


def test_a_busy_machine_is_not_passed_over() -> None:
    busy = replace(REPORT, results=(replace(EXACT, busy=0.31), FAST))
    assert list(report_lines(busy))[-1].startswith("**The machine was busy**: other programs took up to 31% of its")


def test_what_is_not_known_is_not_said() -> None:
    unknown = replace(REPORT, results=(replace(EXACT, busy=None),))
    assert "processor time" not in "\n".join(report_lines(unknown))


def test_failures_and_what_is_missing() -> None:
    failed = replace(
        REPORT,
        results=(SettingResult(Setting("cpu", "torch"), failure="EngineError"),),
        missing=(Setting("cpu", "cpu"), Setting("cpu", "cpu", "fast")),
    )
    lines = list(report_lines(failed))
    assert "|   – | EngineError |" in lines[7]
    missing = "cpu, engine cpu, exact, quality default; cpu, engine cpu, fast, quality default"
    assert lines[-1] == f"Not measured: {missing}."


def test_the_file(tmp_path: Path) -> None:
    path = tmp_path / "speed.json"
    check_report_file(path)
    write_report(REPORT, path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["format"], document["schema"]) == ("midframe-benchmark", 1)
    first, second = document["results"]
    assert (first["engine"], first["is_reference"], first["sizes"][0]["frames_per_second"]) == ("cpu", True, 8.0)
    assert first["sizes"][0]["size"] == {"width": 854, "height": 480}
    assert second["skipped"] == {"3840×2160": "not enough memory"}
    # An earlier one may be replaced.
    check_report_file(path)


def test_files_that_are_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "speed.json"
    path.write_text("{}")
    with pytest.raises(OutputExistsError, match="midframe did not make it"):
        check_report_file(path)
    check_report_file(path, overwrite=True)
    with pytest.raises(OptionError, match="does not exist"):
        check_report_file(tmp_path / "no" / "speed.json")
