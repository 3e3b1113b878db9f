"""Whole benchmarks, with real processes and random weights."""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tests.support.random_weights import random_tensors

from midframe.engines.options import EngineOptions
from midframe.errors import NotCachedError
from midframe.evaluation.speed import benchmark
from midframe.evaluation.speed.benchmark import Benchmark
from midframe.evaluation.speed.options import BenchmarkOptions
from midframe.evaluation.speed.table import report_lines
from midframe.models.rife.spec import spec_for_version


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("private-weights") / "mine.safetensors"
    save_file(dict(random_tensors(spec_for_version("4.25"))), path)
    return path


def options(weights: Path, **changes: Any) -> BenchmarkOptions:
    small: dict[str, Any] = {
        "sizes": ("64x48", "96x64"),
        "clip": "pattern",
        "devices": ("cpu",),
        "seconds": 1,
        "quick": True,
    }
    return BenchmarkOptions(EngineOptions(model=weights), **{**small, **changes})


def test_two_engines(weights: Path) -> None:
    sentences: list[str] = []
    begun: list[str] = []
    measuring = Benchmark(
        options(weights, precisions=("exact",), engines=("cpu", "torch"), seconds=60, quick=False),
        notify=sentences.append,
        begin=lambda setting: begun.append(setting.engine),
    )
    report = measuring.run()
    assert begun == [result.setting.engine for result in report.results]
    first, *others = report.results
    assert first.is_reference
    assert first.setting.engine in ("cpu", "torch")
    assert [str(each.size) for each in first.measurements] == ["64×48", "96×64"]
    small, large = first.measurements
    assert small.start_seconds is not None
    assert small.start_seconds > small.seconds[0]
    assert large.start_seconds is None
    assert small.memory is not None
    assert large.memory is not None
    assert 50e6 < small.memory <= large.memory
    for other in others:
        assert not other.is_reference
        difference = other.measurements[0].difference
        assert difference is not None
        # 1e-3 of the range, as for all engines.
        assert difference < 0.255
    assert report.missing == ()
    assert len(sentences) == sum(len(result.measurements) for result in report.results)


def test_nothing_private_is_in_a_report(weights: Path) -> None:
    report = Benchmark(options(weights, sizes=("64x48",), precisions=("exact",))).run()
    text = "\n".join(report_lines(report)) + str(report.to_json())
    assert "RIFE 4.25 or 4.26" in text
    for private in ("mine", "private", os.sep + "tmp", str(Path.home()), socket.gethostname(), str(Path.cwd())):
        assert private not in text
    assert getpass.getuser() not in text.replace("/", " ").split()


def test_time_is_kept_and_what_is_missing_is_named(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measuring = Benchmark(options(weights, qualities=("fast", "default"), precisions=("exact",)))
    now = iter(range(0, 100_000, 100))
    monkeypatch.setattr("midframe.evaluation.speed.benchmark.time.monotonic", lambda: next(now))
    report = measuring.run()
    assert [result.setting.quality for result in report.results] == ["fast"]
    assert [setting.quality for setting in report.missing] == ["default"]


def test_a_worker_that_dies_is_a_result(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "WORKER", ("-c", "import sys; sys.exit('a loud crash')"))
    sentences: list[str] = []
    report = Benchmark(options(weights, precisions=("exact",)), notify=sentences.append).run()
    (result,) = report.results
    assert result.failure == "ended unexpectedly"
    assert not result.is_reference
    assert "status 1: a loud crash" in sentences[0]


def test_errors_of_a_worker_are_results_without_names_of_files(weights: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(weights.read_bytes())
    sentences: list[str] = []
    measuring = Benchmark(options(copy, precisions=("exact",)), notify=sentences.append)
    copy.write_bytes(b"damaged")
    (result,) = measuring.run().results
    assert result.failure == "WeightsError"
    assert str(copy) in sentences[0]
    assert str(copy) not in "\n".join(report_lines(measuring.report))


def test_what_was_measured_survives_an_interruption(weights: Path) -> None:
    def interrupt(setting: object) -> None:
        if measuring.report.results:
            raise KeyboardInterrupt

    measuring = Benchmark(
        options(weights, qualities=("fast", "default"), precisions=("exact",), sizes=("64x48",), seconds=60),
        begin=interrupt,
    )
    with pytest.raises(KeyboardInterrupt):
        measuring.run()
    assert [result.setting.quality for result in measuring.report.results] == ["fast"]
    assert len(measuring.report.missing) == 1


def test_sizes_that_were_measured_survive_an_interruption(weights: Path) -> None:
    def interrupt(sentence: str) -> None:
        raise KeyboardInterrupt

    measuring = Benchmark(options(weights, precisions=("exact",), seconds=60), notify=interrupt)
    with pytest.raises(KeyboardInterrupt):
        measuring.run()
    (result,) = measuring.report.results
    assert [str(each.size) for each in result.measurements] == ["64×48"]
    assert result.is_reference


def test_without_a_clip_the_pattern_is_used(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object) -> Path:
        raise NotCachedError("Offline.")

    monkeypatch.setattr(benchmark, "fetch_clip", offline)
    sentences: list[str] = []
    measuring = Benchmark(options(weights, clip="bikes"), notify=sentences.append)
    assert measuring.report.frames == "a moving pattern"
    assert sentences == ["Offline. A moving pattern is interpolated instead."]


def test_the_frames_of_the_clip_are_used(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "fetch_clip", lambda *_: Path("a.mp4"))
    monkeypatch.setattr(benchmark, "clip_frames", lambda clip: [np.zeros((48, 64, 3), np.uint8)] * 9)
    measuring = Benchmark(options(weights, clip="bikes"))
    assert measuring.report.frames == "the clip bikes, every second frame, resized"
