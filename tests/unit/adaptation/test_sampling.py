from __future__ import annotations

import numpy as np
import pytest

from midframe.adaptation.patches import Patch, codes
from midframe.adaptation.sampling import Sampler, crop_size


def patch(height: int, width: int, seed: int = 0) -> Patch:
    rng = np.random.default_rng(seed)
    return Patch(np.stack([codes(rng.random((height, width, 3), np.float32)) for _ in range(3)]), 0, 1)


@pytest.mark.parametrize(
    ("height", "width", "shrunk", "wanted"),
    [
        (256, 256, 1, (192, 192)),
        (256, 256, 2, (128, 128)),
        (144, 176, 1, (128, 128)),
        (144, 176, 2, (64, 64)),
        (50, 90, 1, (50, 64)),
        (50, 90, 2, (25, 45)),
    ],
)
def test_crops_are_what_the_network_takes_without_padding_where_there_is_room(
    height: int, width: int, shrunk: int, wanted: tuple[int, int]
) -> None:
    assert crop_size([patch(height, width), patch(256, 256)], 64, shrunk) == wanted


def test_the_same_seed_gives_the_same_batches_of_both_sizes() -> None:
    patches = [patch(256, 256, seed) for seed in range(3)]
    first, again = ([Sampler(patches, 64, 2, np.random.default_rng(5)).batch() for _ in range(1)] for _ in range(2))
    assert np.array_equal(first[0], again[0])
    sampler = Sampler(patches, 64, 2, np.random.default_rng(5))
    shapes = {sampler.batch().shape for _ in range(20)}
    assert shapes == {(3, 2, 192, 192, 3), (3, 2, 128, 128, 3)}


def test_time_is_reversed_but_the_middle_stays_in_the_middle() -> None:
    steps = Patch(np.stack([np.full((64, 64, 3), value, np.uint16) for value in (0, 30_000, 60_000)]), 0, 1)
    sampler = Sampler([steps], 64, 1, np.random.default_rng(0))
    seen = set()
    for _ in range(20):
        left, middle, right = sampler.batch()[:, 0, 0, 0, 0]
        assert middle == pytest.approx(30_000 / 65_535, abs=1e-6)
        seen.add(bool(left < right))
    assert seen == {True, False}
