from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support import stand_ins

from midframe.errors import DatasetError, OptionError
from midframe.evaluation.datasets import layouts
from midframe.evaluation.datasets.definitions import DATASETS, SETS, datasets_named
from midframe.evaluation.datasets.samples import Sample, select_samples

HALF = Fraction(1, 2)


@pytest.fixture(scope="module")
def pictures() -> stand_ins.Pictures:
    return [np.full((4, 4, 3), number, np.uint8) for number in range(17)]


def relative(samples: tuple[Sample, ...], root: Path) -> list[list[str]]:
    return [[path.relative_to(root).as_posix() for path in sample.files] for sample in samples]


@pytest.mark.parametrize("folder", ["sequences", "target"])
def test_vimeo90k_follows_its_list(tmp_path: Path, pictures: stand_ins.Pictures, folder: str) -> None:
    samples = layouts.vimeo90k(stand_ins.vimeo90k_tree(tmp_path, pictures, folder))
    assert [sample.name for sample in samples] == ["00001/0389", "00096/0936"]
    assert relative(samples, tmp_path)[1] == [f"{folder}/00096/0936/im{number}.png" for number in (1, 2, 3)]
    assert [target.time for sample in samples for target in sample.targets] == [HALF, HALF]


@pytest.mark.parametrize("inside", [False, True])
def test_ucf101_is_in_order_of_its_numbers(tmp_path: Path, pictures: stand_ins.Pictures, inside: bool) -> None:
    root = stand_ins.ucf101_tree(tmp_path, pictures) / ("ucf101_interp_ours" if inside else "")
    samples = layouts.ucf101(root)
    assert [sample.name for sample in samples] == ["1", "11", "101"]
    assert [path.name for path in samples[0].files] == ["frame_00.png", "frame_01_gt.png", "frame_02.png"]


def test_middlebury_has_twelve_scenes_in_two_folders(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    samples = layouts.middlebury(stand_ins.middlebury_tree(tmp_path, pictures))
    assert len(samples) == 12
    assert relative(samples, tmp_path)[10] == [
        "other-data/Venus/frame10.png",
        "other-gt-interp/Venus/frame10i11.png",
        "other-data/Venus/frame11.png",
    ]


@pytest.mark.parametrize("prefix", ["data/SNU-FILM/", ""])
@pytest.mark.parametrize(("level", "step"), [("easy", 1), ("medium", 2), ("hard", 4), ("extreme", 8)])
def test_snu_film_finds_what_its_lists_name(
    tmp_path: Path, pictures: stand_ins.Pictures, level: str, step: int, prefix: str
) -> None:
    (sample,) = layouts.snu_film(stand_ins.snu_film_tree(tmp_path, pictures, prefix), level)
    scene = "test/GOPRO_test/GOPR0384_11_00"
    assert relative((sample,), tmp_path)[0] == [f"{scene}/{number:06}.png" for number in (8 - step, 8, 8 + step)]
    assert sample.missing() is None


def test_xiph_draws_every_even_frame_of_eight_clips(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    samples = layouts.xiph(stand_ins.xiph_tree(tmp_path, pictures))
    assert len(samples) == 8 * 49
    assert relative(samples[:1], tmp_path)[0] == [f"BoxingPractice-{number:03}.png" for number in (1, 2, 3)]
    assert relative(samples[-1:], tmp_path)[0] == [f"Tango-{number:03}.png" for number in (97, 98, 99)]


def test_x4k1000fps_draws_seven_between_the_first_and_the_last(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    (sample,) = layouts.x4k1000fps(stand_ins.x4k1000fps_tree(tmp_path, pictures))
    assert [target.time for target in sample.targets] == [Fraction(number, 8) for number in range(1, 8)]
    assert [path.name for path in sample.files] == [f"{number:04}.png" for number in range(0, 33, 4)]


def test_sizes_of_the_lists_are_the_published_ones(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    stand_ins.middlebury_tree(tmp_path, pictures)
    stand_ins.xiph_tree(tmp_path, pictures)
    for name in ("middlebury", "xiph-2k", "xiph-4k"):
        assert len(DATASETS[name].listing(tmp_path)) == DATASETS[name].size


@pytest.mark.parametrize("name", DATASETS)
def test_an_empty_folder_is_no_benchmark(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=str(tmp_path)):
        DATASETS[name].listing(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path, pictures: stand_ins.Pictures) -> None:
    stand_ins.vimeo90k_tree(tmp_path, pictures)
    lost = tmp_path / "sequences" / "00096" / "0936" / "im2.png"
    lost.unlink()
    samples = layouts.vimeo90k(tmp_path)
    with pytest.raises(DatasetError, match=f"{lost} is missing"):
        select_samples(samples, "Vimeo90K", None)
    part = select_samples(samples, "Vimeo90K", 2)
    assert [sample.name for sample in part.samples] == ["00001/0389"]
    assert str(lost) in part.notes[0]


def test_a_limit_is_spread_over_the_set() -> None:
    here = Path(__file__)
    samples = [Sample(str(number), here, here, ()) for number in range(10)]
    assert [sample.name for sample in select_samples(samples, "", 4).samples] == ["0", "2", "5", "7"]
    assert len(select_samples(samples, "", 99).samples) == 10
    with pytest.raises(OptionError, match="`limit`"):
        select_samples(samples, "", 0)


def test_a_broken_tree_cannot_be_evaluated_in_part(tmp_path: Path) -> None:
    gone = Sample("a", tmp_path / "gone.png", Path(__file__), ())
    with pytest.raises(DatasetError, match="no other sample"):
        select_samples([gone], "Vimeo90K", 1)


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda root: (root / "test-hard.txt").write_text("one two\n"), "Line 1 of .*test-hard.txt must name three"),
        (lambda root: (root / "test-hard.txt").write_text("\n"), "is empty"),
        (lambda root: (root / "test-hard.txt").write_bytes(b"\xff\xfe\xff"), "cannot be read"),
    ],
)
def test_a_damaged_list_is_told(
    tmp_path: Path, pictures: stand_ins.Pictures, spoil: Callable[[Path], object], text: str
) -> None:
    spoil(stand_ins.snu_film_tree(tmp_path, pictures))
    with pytest.raises(DatasetError, match=text):
        layouts.snu_film(tmp_path, "hard")


def test_names_stand_for_parts() -> None:
    assert [dataset.name for dataset in datasets_named("snu-film")] == [
        "snu-film-easy",
        "snu-film-medium",
        "snu-film-hard",
        "snu-film-extreme",
    ]
    assert [dataset.name for dataset in datasets_named("ucf101")] == ["ucf101"]
    assert all(part in DATASETS for parts in SETS.values() for part in parts)
    with pytest.raises(OptionError, match=r"no benchmark 'vimeo'; .*vimeo90k"):
        datasets_named("vimeo")


@pytest.mark.parametrize("name", DATASETS)
def test_rife_comes_first_among_what_was_published(name: str) -> None:
    dataset = DATASETS[name]
    assert dataset.published[0].method in ("RIFE", "RIFEm")
    names = {measure.metric.name for measure in dataset.protocol.measures}
    for row in dataset.published:
        assert row.scores.keys() <= names
        assert row.source
