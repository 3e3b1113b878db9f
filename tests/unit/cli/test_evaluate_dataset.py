"""The benchmarks' part of ``midframe evaluate``, with the plain blend as method."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.support import stand_ins

from midframe.cli.evaluate_dataset import chosen_datasets, run_datasets
from midframe.errors import DatasetError, OptionError, WriteError
from midframe.evaluation.datasets.reading import Workload
from midframe.evaluation.methods.baselines import Blend
from midframe.evaluation.methods.protocol import Method


@pytest.fixture(scope="module")
def pictures() -> stand_ins.Pictures:
    rows, columns = np.mgrid[:24, :32]
    return [np.stack([rows * 8, columns * 6, rows + columns + number], axis=2).astype(np.uint8) for number in range(17)]


def blend(workload: Workload) -> Sequence[Method]:
    return [Blend()]


def test_every_part_has_a_table_and_a_place_in_the_json(
    tmp_path: Path, pictures: stand_ins.Pictures, capsys: pytest.CaptureFixture[str]
) -> None:
    root = stand_ins.snu_film_tree(tmp_path / "data", pictures)
    datasets, found_root = chosen_datasets("snu-film", root)
    output = tmp_path / "found.json"
    run_datasets(datasets, found_root, blend, output=output)
    printed = capsys.readouterr().out
    found = json.loads(output.read_text(encoding="utf-8"))
    assert [part["dataset"] for part in found] == [dataset.name for dataset in datasets]
    for level in ("easy", "medium", "hard", "extreme"):
        assert f"SNU-FILM, {level}: 1 of 310 samples" in printed
    assert printed.endswith(f"{output}\n")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["found.json"]


def test_progress_is_told_by_tenths(
    tmp_path: Path, pictures: stand_ins.Pictures, capsys: pytest.CaptureFixture[str]
) -> None:
    run_datasets(*chosen_datasets("middlebury", stand_ins.middlebury_tree(tmp_path, pictures)), blend)
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "Middlebury, other: 2 of 12 samples"
    assert len(told) == 9


def test_a_benchmark_needs_its_folder() -> None:
    with pytest.raises(OptionError, match="--dataset ucf101 needs --root"):
        chosen_datasets("ucf101", None)


def test_a_missing_file_ends_it(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.middlebury_tree(tmp_path, pictures)
    lost = root / "other-gt-interp" / "Venus" / "frame10i11.png"
    lost.unlink()
    datasets, _ = chosen_datasets("middlebury", root)
    with pytest.raises(DatasetError, match=f"{lost} is missing"):
        run_datasets(datasets, root, blend)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    with pytest.raises(WriteError, match="cannot be written"):
        run_datasets(*chosen_datasets("vimeo90k", root), blend, output=tmp_path / "nowhere" / "found.json")


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(OptionError, match=r"Evaluating needs scikit-image, .* -m pip install scikit-image"):
        chosen_datasets("ucf101", Path())
