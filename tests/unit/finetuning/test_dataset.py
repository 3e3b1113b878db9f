"""What frames come together in a patch, and which of them are held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.training_sources import moving, scene, source_of

from midframe.finetuning import dataset
from midframe.finetuning.adaptation import describe_shortage
from midframe.finetuning.dataset import (
    TrainingClip,
    TrainingData,
    collect_training_data,
    held_out_stretches,
    part_of,
    windows,
)
from midframe.finetuning.patches import Patch, decode_view


def gathered(*clips: Sequence[NDArray[np.uint8]], seed: int = 0) -> TrainingData:
    sources = [TrainingClip(f"clip{number}", source_of(pictures)) for number, pictures in enumerate(clips)]
    return collect_training_data(sources, np.random.default_rng(seed), lambda done, total: None)


def all_patches(found: TrainingData) -> list[Patch]:
    return [*found.training, *(patch for row in found.validation for patch in row)]


def middles(patches: Sequence[Patch]) -> set[int]:
    return {patch.index for patch in patches}


def test_a_moving_clip_gives_rows_of_neighbouring_frames() -> None:
    pictures = moving(30)
    found = gathered(pictures)
    assert middles(found.training) == set(range(1, 23))
    assert middles(found.validation[0]) <= set(range(25, 29))
    for patch in all_patches(found):
        for shift, plane in zip((-1, 0, 1), decode_view(patch.planes), strict=True):
            assert np.abs(plane - pictures[patch.index + shift] / 255).max() < 1e-5


def test_no_training_patch_shares_a_frame_with_a_held_out_one() -> None:
    found = gathered(moving(80))
    assert len(found.validation) == 2
    seen = {frame for each in found.training for frame in (each.index - 1, each.index, each.index + 1)}
    held = {frame for row in found.validation for each in row for frame in (each.index - 1, each.index, each.index + 1)}
    assert held
    assert not seen & held


def test_frames_around_a_cut_never_come_together() -> None:
    pictures = [*moving(20, number=1), *moving(20, number=2), *moving(20, number=3)]
    found = gathered(pictures)
    assert found.pair_classes["cut"] == 2
    assert not middles(all_patches(found)) & {19, 20, 39, 40}
    assert {18, 21} <= middles(found.training)


def test_a_clip_of_cuts_has_nothing_to_learn_from() -> None:
    cut_up = TrainingData(triplets=1, held_out=0, frames=40, pair_classes=Counter({"cut": 30, "moving": 9}))
    assert describe_shortage(cut_up).startswith("too little moves in 40 frames (moving triplets: ")
    assert describe_shortage(cut_up).endswith("; 30 cuts)")


def test_a_still_picture_has_nothing_to_learn_from() -> None:
    still = scene(1, 0)
    found = gathered([still] * 40)
    assert not all_patches(found)
    assert "nothing moves" in describe_shortage(found)


def test_repeated_frames_are_left_out_and_their_cadence_kept() -> None:
    doubled = [picture for picture in moving(30) for _ in range(2)]
    found = gathered(doubled)
    assert found.repeats >= 28
    assert all(patch.index % 2 == 0 for patch in all_patches(found))
    uneven = [picture for index, picture in enumerate(moving(40)) for _ in range(1 + (index == 10))]
    assert not middles(all_patches(gathered(uneven))) & {10, 12}


def test_ten_frames_are_too_few() -> None:
    reason = describe_shortage(gathered(moving(10)))
    assert reason.startswith("10 frames are too few")


def test_thirty_frames_are_enough() -> None:
    assert describe_shortage(gathered(moving(30))) == ""


def test_several_clips_are_kept_apart() -> None:
    found = gathered(moving(30, number=1), moving(30, number=2))
    assert {patch.source for patch in found.training} == {0, 1}
    assert [row[0].source for row in found.validation] == [0, 1]


def test_the_same_seed_gives_the_same_patches() -> None:
    first, again = (gathered(moving(30), seed=3) for _ in range(2))
    assert all(np.array_equal(a.planes, b.planes) for a, b in zip(first.training, again.training, strict=True))
    assert [each.index for each in first.training] == [each.index for each in again.training]


def test_patches_are_bounded_however_long_the_clip_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "TRAINING_PATCHES", 10)
    monkeypatch.setattr(dataset, "MOST_FRAMES", 60)
    found = gathered(moving(200))
    assert len(found.training) == 10
    assert found.frames <= 60
    assert len(found.validation) == 2


@pytest.mark.parametrize(
    ("first", "last", "part"),
    [(0, 2, "training"), (38, 40, "neither"), (40, 42, 0), (47, 49, 0), (48, 50, "neither"), (50, 52, "training")],
)
def test_part_of(first: int, last: int, part: object) -> None:
    assert part_of(first, last, ((40, 50), (90, 100))) == part


def test_long_clips_are_read_in_windows_over_all_of_it() -> None:
    found = windows(10_000, 120)
    assert found[0] == (0, 12)
    assert found[-1] == (9_988, 10_000)
    assert sum(last - first for first, last in found) == 120
    assert windows(100, 120) == [(0, 100)]


def test_held_out_stretches() -> None:
    assert held_out_stretches(100) == ((40, 50), (90, 100))
    assert held_out_stretches(50) == ((40, 50),)
