"""Measure how fast this machine interpolates: every setting in a process of its own, one after the other."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
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
                result = _Watched(setting, self._options.frame_sizes, self._notify).run(task)
                if makes and result.measurements:
                    references.add(setting.quality)
                    result = replace(result, is_reference=True)
                self._report = replace(
                    self._report,
                    results=(*self._report.results, result),
                    missing=self.settings[number + 1 :],
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


@dataclass
class _Watched:
    """A worker, and what it has reported."""

    setting: Setting
    sizes: Sequence[Size]
    notify: Notify

    def run(self, task: Task) -> SettingResult:
        load, began = ProcessorLoad(), time.monotonic()
        result, start = SettingResult(self.setting), None
        own = 0.0
        for event in _events(task):
            kind = event["event"]
            if kind == "first":
                start = time.monotonic() - began if event["size"] == 0 else None
            elif kind == "measured":
                measurement = self._measurement(event, start)
                result = replace(result, measurements=(*result.measurements, measurement))
                self.notify(f"{self.setting}, {measurement.size}: {measurement.rate:.2f} frames per second")
            elif kind == "skipped":
                size = self.sizes[event["size"]]
                result = replace(result, skipped={**result.skipped, size: event["reason"]})
                self.notify(f"{self.setting}, {size}: {event['reason']}")
            elif kind == "failed":
                # Messages may name files of the user; what is sent in does not.
                result = replace(result, failure=event["kind"])
                self.notify(f"{self.setting}: {event['message']}")
            else:
                own = event["processor_seconds"]
        return replace(result, busy=load.others(own) if own else None)

    def _measurement(self, event: dict[str, Any], start: float | None) -> Measurement:
        return Measurement(
            size=self.sizes[event["size"]],
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
        "midframe": version("midframe"),
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
