"""Whole evaluations on stand-in trees."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support import stand_ins
from tests.support.fake_engine import FakeEngine

from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions
from midframe.errors import DatasetError, OptionError
from midframe.evaluation.datasets.dataset_table import dataset_document, dataset_table
from midframe.evaluation.datasets.definitions import DATASETS, Dataset
from midframe.evaluation.datasets.evaluation import DatasetIntervals, evaluate_dataset
from midframe.evaluation.datasets.reading import selected_samples, workload_of
from midframe.evaluation.intervals import Interval
from midframe.evaluation.methods.baselines import Blend
from midframe.evaluation.methods.model import ModelMethod
from midframe.evaluation.methods.protocol import Baseline, Method
from midframe.evaluation.results import MethodInfo
from midframe.media.pixels import ViewSamples


@pytest.fixture(scope="module")
def pictures(bikes: Path) -> stand_ins.Pictures:
    return stand_ins.clip_pictures(bikes, 17)


def any_size(dataset: Dataset) -> Dataset:
    """The same benchmark for frames of any size: those of 4K take long."""
    return replace(dataset, protocol=replace(dataset.protocol, size=None))


class LeftFrame(Baseline):
    """Repeats the left frame, and records the intervals that it gets."""

    info = MethodInfo("left", "left frame", {})

    def __init__(self) -> None:
        self.intervals: list[Interval] = []

    def interpolate(self, interval: Interval) -> list[ViewSamples]:
        self.intervals.append(interval)
        return [interval.view(interval.left) for _ in interval.times]


def test_figures_are_means_over_frames(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    found = evaluate_dataset(DATASETS["vimeo90k"], root, [LeftFrame()])
    (result,) = found.evaluation.results
    wanted = []
    for left, truth in ((0, 1), (3, 4)):
        difference = pictures[left].astype(float) - pictures[truth]
        wanted.append(10 * math.log10(255**2 / np.mean(difference**2)))
    assert [frame.scores["psnr"] for frame in result.frames] == pytest.approx(wanted)
    assert found.means(result)["psnr"] == pytest.approx(sum(wanted) / 2)
    assert [(frame.left, frame.index, frame.right) for frame in result.frames] == [(0, 1, 2), (3, 4, 5)]


def test_methods_get_the_frames_and_times_of_the_benchmark(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.x4k1000fps_tree(tmp_path, pictures)
    dataset = DATASETS["x4k1000fps-4k"]
    method = LeftFrame()
    found = evaluate_dataset(any_size(dataset), root, [method])
    (interval,) = method.intervals
    np.testing.assert_array_equal(interval.left.frame.samples, pictures[0])
    np.testing.assert_array_equal(interval.right.frame.samples, pictures[8])
    times = interval.times
    assert times == tuple(Fraction(number, 8) for number in range(1, 8))
    (result,) = found.evaluation.results
    # The further from the left frame, the less like it: truths and times are in the same order.
    scores = [frame.scores["psnr"] for frame in result.frames]
    assert scores[0] == max(scores)
    assert [frame.time for frame in result.frames] == list(times)
    assert (found.evaluation.gap, result.frames[-1].left, result.frames[-1].right) == (8, 0, 8)


def test_a_network_without_motion_blends(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.snu_film_tree(tmp_path, pictures)
    methods: list[Method] = [Blend(), ModelMethod(MethodInfo("fake", "fake", {}), FakeEngine())]
    found = evaluate_dataset(DATASETS["snu-film-extreme"], root, methods)
    blend, fake = (found.means(result) for result in found.evaluation.results)
    assert blend["psnr"] == pytest.approx(fake["psnr"], abs=0.01)
    assert blend["ssim"] == pytest.approx(fake["ssim"], abs=1e-4)


def test_a_network_beats_the_blend_end_to_end(tmp_path: Path, bikes: Path) -> None:
    root = stand_ins.ucf101_tree(tmp_path, stand_ins.clip_pictures(bikes, 5, side=256))
    engine = load_model(EngineOptions("4.25", "cpu")).make_engine()
    progress: list[tuple[int, int]] = []
    found = evaluate_dataset(
        DATASETS["ucf101"],
        root,
        [ModelMethod(MethodInfo("4.25", "4.25", {}), engine), Blend()],
        limit=2,
        on_sample=lambda done, total: progress.append((done, total)),
    )
    network, blend = (found.means(result) for result in found.evaluation.results)
    assert network["psnr"] > blend["psnr"] + 1
    assert network["ssim"] > blend["ssim"]
    assert progress == [(1, 2), (2, 2)]
    assert all(result.interpolation_seconds > 0 for result in found.evaluation.results)


@pytest.mark.parametrize("name", ["xiph-2k", "xiph-4k"])
def test_four_k_frames_are_made_smaller_first(tmp_path: Path, pictures: stand_ins.Pictures, name: str) -> None:
    root = stand_ins.xiph_tree(tmp_path, pictures)
    method = LeftFrame()
    found = evaluate_dataset(any_size(DATASETS[name]), root, [method], limit=1)
    (interval,) = method.intervals
    left = interval.left.frame
    assert (left.format.width, left.format.height, left.format.dtype) == (48, 48, np.dtype(np.uint8))
    if name == "xiph-4k":
        np.testing.assert_array_equal(left.samples, pictures[0][24:72, 24:72])
    else:
        corner = pictures[0][:2, :2].astype(int).sum(axis=(0, 1))
        np.testing.assert_array_equal(left.samples[0, 0], (corner + 2) // 4)
    assert "391 samples of Xiph" in found.notes[0]


def test_x4k_at_2k_is_not_rounded_before_it_is_drawn(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.x4k1000fps_tree(tmp_path, pictures)
    dataset = DATASETS["x4k1000fps-2k"]
    method = LeftFrame()
    evaluate_dataset(any_size(dataset), root, [method, Blend()])
    (interval,) = method.intervals
    left = interval.left.frame
    assert left.format.dtype == np.float32
    corner = pictures[0][:2, :2].astype(float).mean(axis=(0, 1)) / 255
    assert left.samples[0, 0] == pytest.approx(corner, abs=1e-6)


def test_workload_is_that_of_prepared_frames(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.x4k1000fps_tree(tmp_path, pictures)
    workload = workload_of(any_size(DATASETS["x4k1000fps-2k"]), root)
    assert (workload.format.width, workload.format.height, workload.times) == (48, 48, 7)


def test_frames_at_the_wrong_size_are_refused(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.xiph_tree(tmp_path, pictures)
    with pytest.raises(DatasetError, match=r"BoxingPractice-001.png has 96×96 pixels; .* 4096×2160"):
        evaluate_dataset(DATASETS["xiph-2k"], root, [Blend()], limit=1)


def test_a_sample_of_two_sizes_is_refused(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    odd = root / "sequences" / "00096" / "0936" / "im3.png"
    stand_ins.write_png(odd, pictures[0][:40])
    with pytest.raises(DatasetError, match=str(odd)):
        evaluate_dataset(DATASETS["vimeo90k"], root, [Blend()])


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not a folder; `root`"):
        evaluate_dataset(DATASETS["vimeo90k"], tmp_path / "nothing", [Blend()])


def test_the_table_has_published_figures_beside_ours(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.middlebury_tree(tmp_path, pictures)
    found = evaluate_dataset(DATASETS["middlebury"], root, [Blend()])
    lines = dataset_table(found)
    assert found.complete
    assert lines[0] == "Middlebury, other: 12 of 12 samples, 12 frames interpolated"
    error = np.abs(np.rint((pictures[0].astype(float) + pictures[2]) / 2) - pictures[1]).mean()
    (blend,) = (line.removeprefix("plain blending").split() for line in lines if line.startswith("plain blending"))
    assert float(blend[0]) == pytest.approx(error, abs=6e-4)
    (rife,) = (line for line in lines if line.startswith("RIFE"))
    assert rife.split()[1:4] == ["1.956", "–", "–"]
    assert "README of hzwer/ECCV2022-RIFE" in rife


def test_a_part_is_said_not_to_compare(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    found = evaluate_dataset(DATASETS["vimeo90k"], root, [Blend()], limit=1)
    assert not found.complete
    assert "1 of 3782 samples" in "\n".join(dataset_table(found))
    assert "only a part of the published set" in "\n".join(dataset_table(found))


def test_json_has_every_frame(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    # All three frames the same: a perfect score, for which JSON has no number.
    root = stand_ins.vimeo90k_tree(tmp_path, [pictures[0]] * 6)
    found = dataset_document(evaluate_dataset(DATASETS["vimeo90k"], root, [Blend()]))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    (result,) = found["results"]
    assert result["means"] == {"psnr": None, "ssim": pytest.approx(1)}
    assert [frame["sample"] for frame in result["frames"]] == ["00001/0389", "00096/0936"]
    assert result["frames"][0]["time"] == "1/2"
    assert found["published"][0]["method"] == "RIFE"


def flat(value: int) -> np.ndarray:
    return np.full((8, 8, 3), value, np.uint8)


@pytest.mark.parametrize("name", ["x4k1000fps-4k", "x4k1000fps-2k"])
def test_samples_keep_their_own_type(tmp_path: Path, name: str) -> None:
    root = stand_ins.x4k1000fps_tree(tmp_path, [flat(40), *[flat(0)] * 7, flat(80)])
    dataset = any_size(DATASETS[name])
    source = DatasetIntervals(dataset, selected_samples(dataset, root).samples)

    (item,) = source.intervals(lambda done: None)

    frames = (item.interval.left.frame, item.interval.right.frame, *item.truths)
    assert {frame.format.dtype for frame in frames} == {np.dtype(np.uint8 if name.endswith("4k") else np.float32)}
    views = Blend().interpolate(item.interval)
    wanted = [40 + 5 * number for number in range(1, 8)]
    assert [float(view.flat[0]) * 255 for view in views] == pytest.approx(wanted, abs=1e-4)
    assert [source.interpolated_image(view).flat[0] for view in views] == wanted


def test_frames_between_codes_are_rounded_for_scores_only(tmp_path: Path) -> None:
    root = stand_ins.x4k1000fps_tree(tmp_path, [flat(40), *[flat(0)] * 7, flat(41)])
    dataset = any_size(DATASETS["x4k1000fps-2k"])
    source = DatasetIntervals(dataset, selected_samples(dataset, root).samples)

    (item,) = source.intervals(lambda done: None)

    view = Blend().interpolate(item.interval)[0]
    assert float(view.flat[0]) * 255 == pytest.approx(40.125, abs=1e-4)
    assert source.interpolated_image(view).flat[0] == 40


def test_nothing_is_kept_from_one_sample_for_the_next(tmp_path: Path) -> None:
    root = stand_ins.vimeo90k_tree(tmp_path, [flat(value) for value in (0, 50, 100, 200, 100, 0)])

    found = evaluate_dataset(DATASETS["vimeo90k"], root, [ModelMethod(MethodInfo("fake", "fake", {}), FakeEngine())], 2)

    assert [frame.scores["psnr"] for frame in found.evaluation.results[0].frames] == [math.inf, math.inf]


def test_methods_take_turns_and_are_warmed_up_and_closed(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    calls: list[str] = []

    class Recorded(LeftFrame):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.info = MethodInfo(name, name, {})

        def warm_up(self, interval: Interval) -> None:
            calls.append(f"warm {self.info.name}")

        def interpolate(self, interval: Interval) -> list[ViewSamples]:
            calls.append(self.info.name)
            return super().interpolate(interval)

        def close(self) -> None:
            calls.append(f"close {self.info.name}")

    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    evaluate_dataset(DATASETS["vimeo90k"], root, [Recorded("a"), Recorded("b")])

    assert calls == ["warm a", "warm b", "a", "b", "b", "a", "close a", "close b"]


def test_a_method_that_needs_more_frames_is_refused(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    class LookAhead(Baseline):
        info = MethodInfo("ahead", "ahead", {})

        def interpolate(self, interval: Interval) -> list[ViewSamples]:
            return [] if interval.following is None else [interval.view(interval.left)]

    root = stand_ins.vimeo90k_tree(tmp_path, pictures)
    with pytest.raises(OptionError, match="ahead needs more than two frames"):
        evaluate_dataset(DATASETS["vimeo90k"], root, [LookAhead()])
