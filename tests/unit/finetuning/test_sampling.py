from __future__ import annotations

import numpy as np
import pytest

from midframe.finetuning.patches import Patch, encode_view
from midframe.finetuning.sampling import BatchSampler, crop_size


def patch(height: int, width: int, seed: int = 0) -> Patch:
    rng = np.random.default_rng(seed)
    return Patch(np.stack([encode_view(rng.random((height, width, 3), np.float32)) for _ in range(3)]), 0, 1)


@pytest.mark.parametrize(
    ("height", "width", "wanted"), [(256, 256, (192, 192)), (144, 176, (128, 128)), (50, 90, (50, 64))]
)
def test_crops_are_what_the_network_takes_without_padding_where_there_is_room(
    height: int, width: int, wanted: tuple[int, int]
) -> None:
    assert crop_size([patch(height, width), patch(256, 256)], 64) == wanted


def test_the_same_seed_gives_the_same_batches() -> None:
    patches = [patch(256, 256, seed) for seed in range(3)]
    first, again, other = (
        BatchSampler(patches, (192, 192), 2, np.random.default_rng(seed)).batch() for seed in (5, 5, 6)
    )
    assert first.shape == (3, 2, 192, 192, 3)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_time_is_reversed_but_the_middle_stays_in_the_middle() -> None:
    steps = Patch(np.stack([np.full((64, 64, 3), value, np.uint16) for value in (0, 30_000, 60_000)]), 0, 1)
    sampler = BatchSampler([steps], (64, 64), 1, np.random.default_rng(0))
    seen = set()
    for _ in range(20):
        left, middle, right = sampler.batch()[:, 0, 0, 0, 0]
        assert middle == pytest.approx(30_000 / 65_535, abs=1e-6)
        seen.add(bool(left < right))
    assert seen == {True, False}
