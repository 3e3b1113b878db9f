"""Measure how fast this machine interpolates: every setting in a process of its own, one after the other."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from midframe.engines.entry import FoundDevice
from midframe.engines.inventory import EngineState, Inventory, take_inventory
from midframe.engines.machine import describe_system
from midframe.engines.options import EngineOptions, Quality
from midframe.errors import DownloadError, NotCachedError
from midframe.evaluation.speed.frames import clip_frames, moving_pattern, resized
from midframe.evaluation.speed.options import PATTERN, BenchmarkOptions
from midframe.evaluation.speed.processor_load import ProcessorLoad
from midframe.evaluation.speed.results import BenchmarkReport, Measurement, Setting, SettingResult, Size
from midframe.evaluation.speed.worker import MARK, Task
from midframe.models.checkpoints import load_checkpoint
from midframe.models.clips import fetch_clip
from midframe.models.download import Progress
from midframe.models.fetch import locate_model
from midframe.version import __version__

SHORTEST_SHARE = 5.0
"""Seconds that a setting gets at least, if there is any time left."""

WORKER = ("-m", "midframe.evaluation.speed.worker")
"""Arguments of Python that run a worker."""

Notify = Callable[[str], object]
"""Receives sentences about what goes on."""


def ignore(_: object) -> None:
    """Do nothing with what is reported."""


class Benchmark:
    """A benchmark that was prepared: weights and frames are there, and what is measured is known.

    Attributes:
        settings: What is measured, in this order.

    Args:
        options: What to measure, and for how long.
        progress: Is notified of downloads.
        notify: Is notified of everything else, by sentences.
        begin: Is called with each setting before it is measured.

    Raises:
        OptionError: Nothing can be measured as requested.
        MidframeError: The weights cannot be fetched or read, or the frames cannot be decoded.
    """

    def __init__(
        self,
        options: BenchmarkOptions,
        progress: Progress | None = None,
        notify: Notify = ignore,
        begin: Callable[[Setting], object] = ignore,
    ) -> None:
        self._options, self._notify, self._begin = options, notify, begin
        inventory = take_inventory()
        self.settings = options.settings(inventory)
        file = locate_model(options.engine.model, progress)
        checkpoint = load_checkpoint(file)
        self._engine = replace(options.engine, model=checkpoint.path.absolute())
        self._frames, words = _frames(options, progress, notify)
        self._report = BenchmarkReport(
            machine=_machine(inventory, self.settings),
            model=checkpoint.model.description,
            model_sha256=checkpoint.sha256,
            frames=words,
            results=(),
            missing=self.settings,
        )

    @property
    def report(self) -> BenchmarkReport:
        """What has been measured so far."""
        return self._report

    def run(self) -> BenchmarkReport:
        """Measure. After an interruption, `report` has what was measured before."""
        began = time.monotonic()
        references: set[Quality] = set()
        with tempfile.TemporaryDirectory(prefix="midframe-benchmark-") as folder:
            files = self._frame_files(Path(folder))
            for number, setting in enumerate(self.settings):
                left = self._options.limit - (time.monotonic() - began)
                if left <= 0 and number:
                    break
                share = max(left / (len(self.settings) - number), SHORTEST_SHARE)
                # The exact engine is what the others are compared with; it comes before the fast one.
                makes = setting.precision == "exact" and setting.quality not in references
                task = Task(
                    options=_plain(setting.options(self._engine)),
                    sizes=tuple((size.width, size.height) for size in self._options.frame_sizes),
                    frames=files,
                    seconds=share,
                    reference=str(Path(folder, f"{setting.quality}.npy")),
                    makes_reference=makes,
                )
                self._begin(setting)
                watched = _Watched(setting, self._options.frame_sizes, self._notify)
                try:
                    watched.run(task)
                finally:
                    # After an interruption, too, what was measured is kept.
                    result = watched.result
                    if makes and result.measurements:
                        references.add(setting.quality)
                        result = replace(result, is_reference=True)
                    if result.measurements or result.skipped or result.failure:
                        self._report = replace(
                            self._report, results=(*self._report.results, result), missing=self.settings[number + 1 :]
                        )
        return self._report

    def _frame_files(self, folder: Path) -> tuple[str, ...]:
        """The frames of each size as files, so that no worker decodes or resizes."""
        names = []
        for size in self._options.frame_sizes:
            path = folder / f"{size.width}x{size.height}-frames.npy"
            np.save(path, self._frames(size))
            names.append(str(path))
        return tuple(names)


class _Watched:
    """A worker, and what it has reported so far.

    Attributes:
        result: Of the setting.
    """

    def __init__(self, setting: Setting, sizes: Sequence[Size], notify: Notify) -> None:
        self.result = SettingResult(setting)
        self._sizes, self._notify = sizes, notify

    def run(self, task: Task) -> None:
        """Start the worker, and follow it to its end."""
        load, began = ProcessorLoad(), time.monotonic()
        start: float | None = None
        for event in _events(task):
            kind = event["event"]
            if kind == "first":
                start = time.monotonic() - began
            elif kind == "measured":
                measurement = self._measurement(event, start)
                self._add(measurements=(*self.result.measurements, measurement))
                self._say(f", {measurement.size}: {measurement.rate:.2f} frames per second")
            elif kind == "skipped":
                size = self._sizes[event["size"]]
                self._add(skipped={**self.result.skipped, size: event["reason"]})
                self._say(f", {size}: {event['reason']}")
            elif kind == "failed":
                # Messages may name files of the user; what is sent in does not.
                self._add(failure=event["kind"])
                self._say(f": {event['message']}")
            else:
                self._add(busy=load.others(event["processor_seconds"]))

    def _add(self, **changes: Any) -> None:
        self.result = replace(self.result, **changes)

    def _say(self, words: str) -> None:
        self._notify(f"{self.result.setting}{words}")

    def _measurement(self, event: dict[str, Any], start: float | None) -> Measurement:
        return Measurement(
            size=self._sizes[event["size"]],
            seconds=tuple(event["seconds"]),
            start_seconds=start if event["size"] == 0 else None,
            memory=event["memory"],
            device_memory=event["device_memory"],
            strips=event["strips"],
            difference=event.get("difference"),
            mean_difference=event.get("mean_difference"),
        )


def _events(task: Task) -> Iterator[dict[str, Any]]:
    """What a worker reports; and "failed" if it ends without that."""
    command = [sys.executable, *WORKER]
    with tempfile.TemporaryFile() as errors:
        # The command is our own.
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8"
        )
        assert process.stdin is not None
        assert process.stdout is not None
        ended = False
        try:
            with process.stdin:
                process.stdin.write(f"{task.to_json()}\n")
            for line in process.stdout:
                if line.startswith(MARK):
                    event: dict[str, Any] = json.loads(line.removeprefix(MARK))
                    ended |= event["event"] in ("done", "failed")
                    yield event
        finally:
            process.kill()
            process.stdout.close()
            code = process.wait()
        if not ended:
            yield {"event": "failed", "kind": "ended unexpectedly", "message": _last_words(errors, code)}


def _last_words(errors: IO[bytes], code: int) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return f"The process ended with status {code}{f': {lines[-1]}' if lines else ''}."


def _plain(options: EngineOptions) -> dict[str, Any]:
    """Fields of options as JSON has them."""
    return {**vars(options), "model": str(options.model)}


def _frames(options: BenchmarkOptions, progress: Progress | None, notify: Notify) -> tuple[Callable[[Size], Any], str]:
    """What makes frames of a size, and what they are in words."""
    if options.clip != PATTERN:
        try:
            frames = clip_frames(fetch_clip(options.clip, progress))
        except (DownloadError, NotCachedError) as error:
            notify(f"{error} A moving pattern is interpolated instead.")
        else:
            return lambda size: resized(frames, size), f"the clip {options.clip}, every second frame, resized"
    return moving_pattern, "a moving pattern"


def _machine(inventory: Inventory, settings: Sequence[Setting]) -> dict[str, str]:
    """The machine and its software, as far as they matter for speed; no names of host, user or files."""
    used = {setting.device for setting in settings}
    engines = {setting.engine for setting in settings}
    return {
        "midframe": __version__,
        "system": describe_system(),
        "python": ".".join(map(str, sys.version_info[:3])),
        **{device.found.name: _words(device.found) for device in inventory.devices if device.found.name in used},
        **{f"engine {state.name}": _details(state) for state in inventory.engines if state.name in engines},
    }


def _words(device: FoundDevice) -> str:
    memory = "" if device.total_memory is None else f", {device.total_memory / 1e9:.1f} GB"
    return f"{device.description}{memory}"


def _details(state: EngineState) -> str:
    # Warnings of libraries are among them, and may name files.
    return ", ".join(fact for fact in state.details if not set(fact) & {"/", "\\"})
