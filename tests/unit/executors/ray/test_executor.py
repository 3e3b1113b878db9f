"""What can happen to workers on a cluster. What every executor does is in tests/contract/test_executors.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.executors import HALF, TroubledMaker, brightness, flats, tasks_of

from midframe.errors import EngineError
from midframe.executors.base import PairTask
from midframe.executors.chunks import CHUNK_FRAMES
from midframe.executors.ray.placement import WorkerPlan
from midframe.media.pixels import ViewTransform

pytest.importorskip("ray", reason="Ray is not installed (pip install 'midframe[ray]')")
pytestmark = [pytest.mark.usefixtures("ray_cluster"), pytest.mark.xdist_group("ray")]

if TYPE_CHECKING:
    from midframe.executors.ray.executor import RayExecutor

VALUES = range(0, 200, 10)
FITTING = ViewTransform.fit(flats([0]))
MIDDLES = [[value + 5] for value in VALUES[:-1]]


def executor(maker: TroubledMaker, **options: object) -> RayExecutor:
    from midframe.executors.ray.executor import RayExecutor
    from midframe.executors.ray.worker_pool import RayWorkerPool

    pool = RayWorkerPool(WorkerPlan(1, threads=1))
    return RayExecutor(maker, pool, FITTING, "direct", **options)  # type: ignore[arg-type]


def tasks() -> Iterator[PairTask]:
    return tasks_of(flats(VALUES), [HALF] * 19)


def test_a_worker_that_dies_once(tmp_path: Path) -> None:
    runner = executor(TroubledMaker("death", 80, tmp_path))
    assert brightness(runner.run(tasks())) == MIDDLES
    assert runner.notes == ("Workers or nodes were lost (1×); their work was repeated, and no frames were lost.",)


def test_frames_that_kill_every_worker(tmp_path: Path) -> None:
    results = executor(TroubledMaker("death", 70, tmp_path, most_deaths=99)).run(tasks())
    # The first chunks have one, two and four frames; chunks come back as a whole.
    assert brightness([next(results) for _ in range(7)]) == MIDDLES[:7]
    with pytest.raises(EngineError, match="died 4 times on the same frames"):
        next(results)
    assert len(list(tmp_path.iterdir())) == 4


def test_an_engine_that_cannot_be_made() -> None:
    with pytest.raises(EngineError, match="Out of memory on fake"):
        list(executor(TroubledMaker("no start")).run(tasks()))


def test_a_defect_is_raised_with_its_place_in_the_worker() -> None:
    with pytest.raises(RuntimeError, match="ValueError: odd") as caught:
        list(executor(TroubledMaker("defect", 30)).run(tasks()))
    assert "in happen" in str(caught.value.__cause__)


def test_closing_while_workers_are_busy() -> None:
    results = executor(TroubledMaker("sleep", 80)).run(tasks())
    next(results)
    started = time.monotonic()
    results.close()
    assert time.monotonic() - started < 60


def test_workers_that_were_started_early_draw() -> None:
    from midframe.executors.ray.executor import RayExecutor
    from midframe.executors.ray.worker_pool import RayWorkerPool

    pool = RayWorkerPool(WorkerPlan(2, threads=1))
    pool.start_early(CHUNK_FRAMES)
    (early,) = pool.workers.values()
    results = RayExecutor(TroubledMaker(), pool, FITTING, "direct").run(tasks())
    found = [next(results)]
    assert pool.workers[0] is early
    # Set up, too; on a busy machine one that came later may still be ready before it.
    assert early.has_settings
    assert brightness([*found, *results]) == MIDDLES
    assert not pool.workers


def test_workers_without_work_are_ended(tmp_path: Path) -> None:
    from midframe.executors.ray.executor import RayExecutor
    from midframe.executors.ray.worker_pool import RayWorkerPool

    pool = RayWorkerPool(WorkerPlan(1, threads=1))
    pool.start_early(None)
    assert list(RayExecutor(TroubledMaker(), pool, FITTING, "direct").run([])) == []
    assert not pool.workers


def test_little_memory_means_one_chunk_at_a_time() -> None:
    assert brightness(executor(TroubledMaker(), max_bytes=1).run(tasks())) == MIDDLES


def test_names_of_files_that_no_node_sees(tmp_path: Path) -> None:
    def named() -> Iterator[PairTask]:
        frames = [replace(frame, path=tmp_path / f"{frame.index}.png") for frame in flats(VALUES)]
        return tasks_of(frames, [HALF] * 19)

    runner = executor(TroubledMaker(), shared_input=True)
    assert brightness(runner.run(named())) == MIDDLES
    assert "so frames were sent" in runner.notes[0]
