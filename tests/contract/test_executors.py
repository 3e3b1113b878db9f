"""What every executor does."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from tests.support.executors import HALF, TroubledMaker, brightness, flats, pictures, tasks_of
from tests.support.samples import Sample

from midframe.engines.options import PairOptions
from midframe.errors import EngineError, UnreadableFileError
from midframe.executors.base import Executor, PairDecision, PairTask
from midframe.executors.inline import InlineExecutor
from midframe.executors.multiprocess.executor import ProcessExecutor
from midframe.executors.ray.placement import WorkerPlan
from midframe.media.channels import ChannelOptions, channel_use
from midframe.media.pixels import ViewTransform
from midframe.signals import CancelRequested, CancelToken
from midframe.timing.steps import Mode
from midframe.timing.timeline import evenly_spaced
from midframe.types import Alpha, ChannelLabel, Frame, FrameFormat

pytestmark = pytest.mark.xdist_group("ray")

FITTING = ViewTransform.fit(flats([0]))
Make = Callable[..., Executor]


def inline(maker: TroubledMaker, transform: ViewTransform = FITTING, mode: Mode = "direct") -> Executor:
    return InlineExecutor(maker.make_engine(), transform, mode)


def processes(maker: TroubledMaker, transform: ViewTransform = FITTING, mode: Mode = "direct") -> Executor:
    return ProcessExecutor([maker, maker], transform, mode)


def crowded(maker: TroubledMaker, transform: ViewTransform = FITTING, mode: Mode = "direct") -> Executor:
    """With less memory than a single pair takes."""
    return ProcessExecutor([maker, maker], transform, mode, worker_bytes=1)


def on_ray(
    maker: TroubledMaker, transform: ViewTransform = FITTING, mode: Mode = "direct", workers: int = 1
) -> Executor:
    """With one worker: starting one takes seconds."""
    from midframe.executors.ray.executor import RayExecutor
    from midframe.executors.ray.worker_pool import RayWorkerPool

    return RayExecutor(maker, RayWorkerPool(WorkerPlan(workers, threads=1)), transform, mode)


def on_two_nodes(maker: TroubledMaker, transform: ViewTransform = FITTING, mode: Mode = "direct") -> Executor:
    return on_ray(maker, transform, mode, workers=2)


@pytest.fixture(params=[inline, processes, on_ray], ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    if request.param in (on_ray, on_two_nodes):
        request.getfixturevalue("ray_cluster")
    yield request.param
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    "make", [inline, processes, crowded, on_two_nodes], indirect=True, ids=lambda make: make.__name__
)
def test_results_come_in_order_whatever_is_wanted(make: Make) -> None:
    """Nothing, one or several frames; more pairs than any queue has places."""
    frames = flats(range(0, 240, 4))
    times = [(), HALF, evenly_spaced(3), HALF, HALF, (), ()] * 9
    executor = make(TroubledMaker())

    results = list(executor.run(tasks_of(frames, times)))

    assert [result.task.pair.left.frame.index for result in results] == list(range(59))
    assert [result.task.times for result in results] == times[:59]
    wanted = [[round(4 * index + 4 * float(time)) for time in times[index]] for index in range(59)]
    assert brightness(results) == wanted
    assert executor.engine_seconds > 0
    assert "fake" in executor.device_name
    assert executor.notes == ()


def test_single_pairs_have_options_of_their_own(make: Make) -> None:
    """Frames of the fake engine are multiplied by the flow scale; those before and after are as ever."""
    decisions = [
        None,
        PairDecision(options=PairOptions(flow_scale=0.5)),
        None,
        PairDecision(options=PairOptions("best")),
    ]
    tasks = [
        replace(task, pair=replace(task.pair, decision=decision))
        for task, decision in zip(tasks_of(flats([0, 100, 200, 100, 0]), [HALF] * 4), decisions, strict=True)
    ]

    assert brightness(list(make(TroubledMaker()).run(tasks))) == [[50], [75], [150], [50]]


@pytest.mark.parametrize("mode", ["recursive", "bisect"])
def test_modes(make: Make, mode: Mode) -> None:
    frames, times = flats([0, 200]), [evenly_spaced(4)]
    results = make(TroubledMaker(), mode=mode).run(tasks_of(frames, times))
    wanted = InlineExecutor(TroubledMaker().make_engine(), FITTING, mode).run(tasks_of(frames, times))
    assert brightness(results) == brightness(wanted)


@pytest.mark.parametrize(
    "sample",
    [
        Sample(".png", "uint16", 4, Alpha(3, premultiplied=False)),
        Sample(".exr", "float16", 5, None),
        Sample(".tif", "int16", 1, None),
    ],
    ids=lambda sample: sample.id,
)
def test_frames_of_every_kind_are_the_same_bit_for_bit(make: Make, sample: Sample) -> None:
    frames = [sample.frame(position) for position in range(3)]
    transform, times = ViewTransform.fit(frames), [evenly_spaced(2)] * 2

    results = list(make(TroubledMaker(), transform).run(tasks_of(frames, times)))

    wanted = InlineExecutor(TroubledMaker().make_engine(), transform, "direct").run(tasks_of(frames, times))
    for result, same in zip(results, wanted, strict=True):
        for ours, theirs in zip(pictures(result), pictures(same), strict=True):
            assert ours.dtype == frames[0].format.dtype
            np.testing.assert_array_equal(ours, theirs)


def test_samples_that_are_not_blended_are_the_same_everywhere(make: Make) -> None:
    labels = tuple(ChannelLabel(name, "id" if name == "id" else None) for name in ("R", "G", "B", "Z", "id"))
    layout = FrameFormat(12, 9, 5, np.dtype("float64"), transfer="linear", labels=labels)
    values = np.random.default_rng(1).integers(0, 1 << 32, (3, 9, 12, 5)).astype(np.float64)
    frames = [Frame(values[index], layout, index) for index in range(3)]
    use = channel_use(layout, ChannelOptions((("Z", "copy"),)))
    transform = ViewTransform.fit(frames, use)

    results = list(make(TroubledMaker(), transform).run(tasks_of(frames, [HALF, evenly_spaced(3)])))

    for number, result in enumerate(results):
        for when, samples in zip(result.task.times, pictures(result), strict=True):
            assert samples.dtype == np.float64
            assert np.isin(samples[..., 4], values[number : number + 2, ..., 4]).all()
            nearer = values[number] if when <= HALF[0] else values[number + 1]
            np.testing.assert_array_equal(samples[..., 3], nearer[..., 3])


def test_no_tasks(make: Make) -> None:
    assert list(make(TroubledMaker()).run([])) == []


def test_where_nothing_is_wanted_no_engine_is_asked(make: Make) -> None:
    executor = make(TroubledMaker("engine error"))
    results = list(executor.run(tasks_of(flats(range(100)), [()] * 99)))
    assert [result.frames for result in results] == [()] * 99
    assert executor.engine_seconds == 0


def test_tasks_are_taken_as_they_are_needed_and_closing_ends_it(make: Make) -> None:
    frames = flats([0, 10])
    (task,) = tasks_of(frames, [HALF])
    taken = []

    def endless() -> Iterator[PairTask]:
        for number in count():
            taken.append(number)
            yield task

    results = make(TroubledMaker()).run(endless())
    for _ in range(5):
        next(results)
    results.close()
    # Two workers with chunks of four draws, four of them on their way for each.
    assert len(taken) <= 5 + 2 * 4 * 4
    with pytest.raises(StopIteration):
        next(results)


@pytest.mark.parametrize("make", [processes, on_ray], indirect=True, ids=lambda make: make.__name__)
def test_cancelling_from_another_thread_ends_a_run_whose_workers_are_busy(make: Make) -> None:
    token, cancelled = CancelToken(), []

    def cancel() -> None:
        cancelled.append(time.monotonic())
        token.cancel()

    results = make(TroubledMaker("sleep", 80)).run(tasks_of(flats(range(0, 200, 10)), [HALF] * 19), cancel=token)
    for _ in range(7):
        next(results)
    # By now a worker is busy for minutes with the eighth pair, or is about to be.
    threading.Timer(0.3, cancel).start()
    with pytest.raises(CancelRequested):
        list(results)
    assert time.monotonic() - cancelled[0] < 0.5


def test_nothing_is_interpolated_after_cancelling(make: Make) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelRequested):
        list(make(TroubledMaker()).run(tasks_of(flats([0, 10]), [HALF]), cancel=token))


def test_what_was_drawn_before_an_engine_failed_is_not_lost(make: Make) -> None:
    results = make(TroubledMaker("engine error", value=70)).run(tasks_of(flats(range(0, 200, 10)), [HALF] * 19))
    assert [next(results).task.pair.left.frame.index for _ in range(7)] == list(range(7))
    with pytest.raises(EngineError, match="The network failed on fake"):
        next(results)


def test_what_was_drawn_before_a_frame_could_not_be_read_is_not_lost(make: Make) -> None:
    def damaged() -> Iterator[PairTask]:
        yield from tasks_of(flats(range(0, 100, 10)), [HALF] * 9)
        raise UnreadableFileError("0010.png is damaged.")

    results = make(TroubledMaker()).run(damaged())
    assert [next(results).task.pair.left.frame.index for _ in range(9)] == list(range(9))
    with pytest.raises(UnreadableFileError, match=r"0010\.png"):
        next(results)


@pytest.mark.parametrize("make", [inline, processes, crowded, on_ray], indirect=True, ids=lambda make: make.__name__)
def test_more_frames_in_a_pair_than_any_other(make: Make) -> None:
    """A pair that takes more memory than all before it."""
    times = [HALF, HALF, evenly_spaced(49), HALF]
    results = list(make(TroubledMaker()).run(tasks_of(flats(range(0, 250, 50)), times)))
    assert [len(result.frames) for result in results] == [1, 1, 49, 1]
    assert brightness(results)[2] == [100 + number for number in range(1, 50)]
