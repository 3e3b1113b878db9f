from __future__ import annotations

import csv
import json
from fractions import Fraction
from math import nan
from pathlib import Path

import pytest
from tests.support.evaluations import evaluation, result

from midframe.errors import WriteError
from midframe.evaluation.report import write_results_csv, write_results_json
from midframe.evaluation.results import Evaluation, FrameScore, MethodResult


def with_exact() -> Evaluation:
    return evaluation((result("4.25", 1.0, exact=True), result('a "b", c\nd', timed=False)))


def test_json_has_everything_but_the_pictures(tmp_path: Path) -> None:
    write_results_json(with_exact(), tmp_path / "found.json")
    document = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert (document["format"], document["version"]) == ("midframe-evaluation", 2)
    assert document["source"] == "clip.mp4"
    assert document["gap"] == 2
    assert document["cuts"] == [10, 31]
    assert document["worst"] == [17, 41]
    assert [metric["name"] for metric in document["metrics"]] == ["psnr", "ssim", "lpips"]
    assert document["metrics"][2]["absent"]
    first, second = document["methods"]
    assert first["settings"]["model_sha256"] == "0123456789abcdef" * 4
    assert first["means"]["cut"]["psnr"] == {"mean": 15.0, "deviation": 0.0, "exact": 0, "frames": 2}
    assert first["means"]["static"]["psnr"] == {"mean": "inf", "deviation": None, "exact": 3, "frames": 3}
    assert document["headline"].startswith("4.25 rebuilds the moving frames of clip.mp4")
    assert first["seconds_per_frame"] == pytest.approx(2 / 25)
    frame = first["frames"][11]
    assert (frame["index"], frame["left"], frame["right"]) == (23, 22, 24)
    assert (frame["moment"], frame["time"], frame["kind"]) == ("23/25", "1/2", "static")
    assert frame["scores"]["psnr"] == "inf"
    assert second["frames"][0]["moment"] is None


def test_json_is_strict(tmp_path: Path) -> None:
    frame = FrameScore(1, None, 0, 2, Fraction(1, 2), "moving", {"psnr": nan})
    only = with_exact().results[0]
    write_results_json(
        evaluation((MethodResult(only.method, (frame,), 0.0),), worst_frames=()), tmp_path / "found.json"
    )

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    document = json.loads((tmp_path / "found.json").read_text("utf-8"), parse_constant=refuse)
    assert document["methods"][0]["frames"][0]["scores"]["psnr"] is None


def test_csv_has_a_row_for_each_frame_and_method(tmp_path: Path) -> None:
    write_results_csv(with_exact(), tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 50
    assert list(rows[0]) == ["method", "index", "moment", "left", "right", "time", "kind", "psnr", "ssim"]
    assert rows[11]["psnr"] == "inf"
    assert rows[11]["moment"] == "0.920000"
    assert float(rows[4]["psnr"]) == pytest.approx(15.0)
    assert rows[25]["method"] == r'a "b", c\x0ad'
    assert rows[25]["moment"] == ""


def test_csv_leaves_missing_scores_empty(tmp_path: Path) -> None:
    only = with_exact().results[0]
    frame = FrameScore(1, None, 0, 2, Fraction(1, 2), "moving", {"ssim": 0.5})
    write_results_csv(evaluation((MethodResult(only.method, (frame,), 0.0),), worst_frames=()), tmp_path / "found.csv")
    assert (tmp_path / "found.csv").read_bytes().endswith(b",moving,,0.5\r\n")


@pytest.mark.parametrize("write", [write_results_json, write_results_csv])
def test_place_that_cannot_be_written(write: object, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="missing"):
        write(evaluation(), tmp_path / "missing" / "found")  # type: ignore[operator]
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError, match="folder"):
        write(evaluation(), tmp_path / "folder")  # type: ignore[operator]
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
