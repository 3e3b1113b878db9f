"""Whole evaluations on stand-in trees."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support import stand_ins

from midframe.engines.fake import FakeEngine
from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions
from midframe.errors import DatasetError
from midframe.evaluation.datasets.catalog import DATASETS, Dataset
from midframe.evaluation.datasets.contenders import SampleDrawer
from midframe.evaluation.datasets.evaluate import demand_of, evaluate_dataset
from midframe.evaluation.datasets.table import as_json, as_text
from midframe.evaluation.methods.model import NetworkDrawer
from midframe.evaluation.methods.plain import BlendDrawer
from midframe.evaluation.results import Contender
from midframe.types import Frame


@pytest.fixture(scope="module")
def pictures(bikes: Path) -> stand_ins.Pictures:
    return stand_ins.clip_pictures(bikes, 17)


def any_size(dataset: Dataset) -> Dataset:
    """The same benchmark for frames of any size: those of 4K take long."""
    return replace(dataset, protocol=replace(dataset.protocol, size=None))


class LeftDrawer:
    """Repeats the left frame, and remembers what it was asked for."""

    contender = Contender("left", "left frame", {})

    def __init__(self) -> None:
        self.asked: list[tuple[Frame, Frame, tuple[Fraction, ...]]] = []

    def draw(self, left: Frame, right: Frame, times: Sequence[Fraction]) -> list[Frame]:
        self.asked.append((left, right, tuple(times)))
        return [left for _ in times]


def test_figures_are_means_over_frames(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    found = evaluate_dataset(DATASETS["vimeo90k"], root, [LeftDrawer()])
    (result,) = found.evaluation.results
    wanted = []
    for left, truth in ((0, 1), (3, 4)):
        difference = pictures[left].astype(float) - pictures[truth]
        wanted.append(10 * math.log10(255**2 / np.mean(difference**2)))
    assert [frame.scores["psnr"] for frame in result.frames] == pytest.approx(wanted)
    assert found.means(result)["psnr"] == pytest.approx(sum(wanted) / 2)
    assert [(frame.left, frame.index, frame.right) for frame in result.frames] == [(0, 1, 2), (3, 4, 5)]


def test_contenders_get_the_frames_and_times_of_the_benchmark(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.x4k1000fps_tree(tmp_path, pictures)
    dataset = DATASETS["x4k1000fps-4k"]
    drawer = LeftDrawer()
    found = evaluate_dataset(any_size(dataset), root, [drawer])
    ((left, right, times),) = drawer.asked
    np.testing.assert_array_equal(left.samples, pictures[0])
    np.testing.assert_array_equal(right.samples, pictures[8])
    assert times == tuple(Fraction(number, 8) for number in range(1, 8))
    (result,) = found.evaluation.results
    # The further from the left frame, the less like it: truths and times are in the same order.
    scores = [frame.scores["psnr"] for frame in result.frames]
    assert scores[0] == max(scores)
    assert [frame.time for frame in result.frames] == list(times)
    assert (found.evaluation.gap, result.frames[-1].left, result.frames[-1].right) == (8, 0, 8)


def test_blend_is_what_a_network_without_motion_draws(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.snu_film_tree(tmp_path, pictures)
    drawers = [SampleDrawer(BlendDrawer()), SampleDrawer(NetworkDrawer(Contender("fake", "fake", {}), FakeEngine()))]
    found = evaluate_dataset(DATASETS["snu-film-extreme"], root, drawers)
    blend, fake = (found.means(result) for result in found.evaluation.results)
    assert blend["psnr"] == pytest.approx(fake["psnr"], abs=0.01)
    assert blend["ssim"] == pytest.approx(fake["ssim"], abs=1e-4)


def test_a_network_beats_the_blend_end_to_end(tmp_path: Path, bikes: Path) -> None:
    root = stand_ins.ucf101_tree(tmp_path, stand_ins.clip_pictures(bikes, 5, side=256))
    engine = load_model(EngineOptions("4.25", "cpu")).make_engine()
    heard: list[tuple[int, int]] = []
    found = evaluate_dataset(
        DATASETS["ucf101"],
        root,
        [SampleDrawer(NetworkDrawer(Contender("4.25", "4.25", {}), engine)), SampleDrawer(BlendDrawer())],
        limit=2,
        heard=lambda done, total: heard.append((done, total)),
    )
    network, blend = (found.means(result) for result in found.evaluation.results)
    assert network["psnr"] > blend["psnr"] + 1
    assert network["ssim"] > blend["ssim"]
    assert heard == [(1, 2), (2, 2)]
    assert all(result.drawing_seconds > 0 for result in found.evaluation.results)


@pytest.mark.parametrize("name", ["xiph-2k", "xiph-4k"])
def test_four_k_frames_are_made_smaller_first(tmp_path: Path, pictures: stand_ins.Pictures, name: str) -> None:
    root = stand_ins.xiph_tree(tmp_path, pictures)
    drawer = LeftDrawer()
    found = evaluate_dataset(any_size(DATASETS[name]), root, [drawer], limit=1)
    ((left, _, _),) = drawer.asked
    assert (left.format.width, left.format.height, left.format.dtype) == (48, 48, np.uint8)
    if name == "xiph-4k":
        np.testing.assert_array_equal(left.samples, pictures[0][24:72, 24:72])
    else:
        corner = pictures[0][:2, :2].astype(int).sum(axis=(0, 1))
        np.testing.assert_array_equal(left.samples[0, 0], (corner + 2) // 4)
    assert "391 samples of Xiph" in found.notes[0]


def test_x4k_at_2k_is_not_rounded_before_it_is_drawn(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.x4k1000fps_tree(tmp_path, pictures)
    dataset = DATASETS["x4k1000fps-2k"]
    drawer = LeftDrawer()
    evaluate_dataset(any_size(dataset), root, [drawer, SampleDrawer(BlendDrawer())])
    ((left, _, _),) = drawer.asked
    assert left.format.dtype == np.float32
    corner = pictures[0][:2, :2].astype(float).mean(axis=(0, 1)) / 255
    assert left.samples[0, 0] == pytest.approx(corner, abs=1e-6)


def test_demand_is_that_of_prepared_frames(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.x4k1000fps_tree(tmp_path, pictures)
    demand = demand_of(any_size(DATASETS["x4k1000fps-2k"]), root)
    assert (demand.format.width, demand.format.height, demand.times) == (48, 48, 7)


def test_frames_at_the_wrong_size_are_refused(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.xiph_tree(tmp_path, pictures)
    with pytest.raises(DatasetError, match=r"BoxingPractice-001.png has 96×96 pixels; .* 4096×2160"):
        evaluate_dataset(DATASETS["xiph-2k"], root, [SampleDrawer(BlendDrawer())], limit=1)


def test_a_sample_of_two_sizes_is_refused(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    odd = root / "sequences" / "00096" / "0936" / "im3.png"
    stand_ins.write_png(odd, pictures[0][:40])
    with pytest.raises(DatasetError, match=str(odd)):
        evaluate_dataset(DATASETS["vimeo90k"], root, [SampleDrawer(BlendDrawer())])


def test_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is no folder; --root"):
        evaluate_dataset(DATASETS["vimeo90k"], tmp_path / "nothing", [SampleDrawer(BlendDrawer())])


def test_the_table_has_published_figures_beside_ours(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.middlebury_tree(tmp_path, pictures)
    found = evaluate_dataset(DATASETS["middlebury"], root, [SampleDrawer(BlendDrawer())])
    lines = as_text(found).splitlines()
    assert found.complete
    assert lines[0] == "Middlebury, other: 12 of 12 samples, 12 frames drawn"
    error = np.abs(np.rint((pictures[0].astype(float) + pictures[2]) / 2) - pictures[1]).mean()
    (blend,) = (line.split() for line in lines if line.startswith("blend"))
    assert float(blend[1]) == pytest.approx(error, abs=6e-4)
    (rife,) = (line for line in lines if line.startswith("RIFE"))
    assert rife.split()[1:4] == ["1.956", "–", "–"]
    assert "README of hzwer/ECCV2022-RIFE" in rife


def test_a_part_is_said_not_to_compare(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    found = evaluate_dataset(DATASETS["vimeo90k"], root, [SampleDrawer(BlendDrawer())], limit=1)
    assert not found.complete
    assert "1 of 3782 samples" in as_text(found)
    assert "not the whole published set" in as_text(found)


def test_json_has_every_frame(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    # All three frames the same: a perfect score, for which JSON has no number.
    root = stand_ins.vimeo90k_tree(tmp_path, [pictures[0]] * 6)
    found = as_json(evaluate_dataset(DATASETS["vimeo90k"], root, [SampleDrawer(BlendDrawer())]))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    (result,) = found["results"]
    assert result["means"] == {"psnr": None, "ssim": pytest.approx(1)}
    assert [frame["sample"] for frame in result["frames"]] == ["00001/0389", "00096/0936"]
    assert result["frames"][0]["time"] == "1/2"
    assert found["published"][0]["method"] == "RIFE"
