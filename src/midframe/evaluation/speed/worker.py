"""One setting in a process of its own, so that its memory and its start are its own.

The task comes as a line of JSON on standard input, what was measured goes out as lines of JSON on standard output.
Libraries may write there as well: lines of this module begin with `MARK`.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.interpolation import PairInterpolator
from midframe.engines.loading import load_model
from midframe.engines.memory_info import peak_device_memory, peak_memory
from midframe.engines.options import EngineOptions
from midframe.errors import MidframeError, OutOfMemoryError
from midframe.evaluation.speed.results import Size
from midframe.media.pixels import ViewTransform
from midframe.text import json_line
from midframe.types import Frame, FrameFormat

MARK = "midframe-benchmark "

MIDDLE = Fraction(1, 2)

WARM_UP = 2
"""Frames that are not counted: engines tune themselves with the first ones, and buffers are allocated."""

FEWEST, MOST = 3, 24
"""Frames that are measured at a size."""


@dataclass(frozen=True)
class Task:
    """What a worker does.

    Attributes:
        options: Fields of `midframe.engines.options.EngineOptions`.
        sizes: Width and height of frames, the smallest first.
        frames: A file of numpy for each size: (count, height, width, 3), uint8.
        seconds: How long all may take after loading.
        reference: Where the first frame of the first size is, or is to be put.
        makes_reference: Whether it is put there.
    """

    options: dict[str, Any]
    sizes: tuple[tuple[int, int], ...]
    frames: tuple[str, ...]
    seconds: float
    reference: str
    makes_reference: bool

    def to_json(self) -> str:
        """One line."""
        return json_line(asdict(self))

    @staticmethod
    def from_json(text: str) -> Task:
        """From what `to_json` has made."""
        fields = json.loads(text)
        fields["sizes"] = tuple(map(tuple, fields["sizes"]))
        return Task(**{**fields, "frames": tuple(fields["frames"])})


def run_task(task: Task, report: Callable[[dict[str, Any]], None]) -> None:
    """Measure all sizes for which there is time; report one object for each, and "done" with the processor time."""
    model = load_model(EngineOptions(**task.options))
    began, expected = time.perf_counter(), 0.0
    previous: Size | None = None
    sizes = [Size(*size) for size in task.sizes]
    for number, (size, file) in enumerate(zip(sizes, task.frames, strict=True)):
        if previous is not None:
            expected *= size.pixels / previous.pixels
        left = task.seconds - (time.perf_counter() - began)
        if previous is not None and (WARM_UP + FEWEST) * expected > left:
            report({"event": "skipped", "size": number, "reason": "no time left"})
            continue
        frames = np.load(file, mmap_mode="r")
        frame_format = FrameFormat(size.width, size.height, 3, np.dtype(np.uint8))
        try:
            engine = model.fitted(frame_format, 1, "direct").make_engine()
            interpolator = PairInterpolator(engine, ViewTransform.usual(frame_format))
            pairs = Pairs(interpolator, frames)
            first = pairs.interpolate()
            report({"event": "first", "size": number})
            # The same number of frames of each size, if there is not enough time for all.
            seconds = pairs.measure(left * size.pixels / sum(each.pixels for each in sizes[number:]))
        except OutOfMemoryError:
            report({"event": "skipped", "size": number, "reason": "not enough memory"})
            continue
        measured: dict[str, Any] = {"event": "measured", "size": number, "seconds": seconds, "strips": engine.strips}
        if number == 0:
            measured |= _compared(first, Path(task.reference), makes=task.makes_reference)
        device = str(task.options["device"])
        report({**measured, "memory": peak_memory(), "device_memory": peak_device_memory(device)})
        previous, expected = size, sorted(seconds)[len(seconds) // 2]
        engine.release()
    report({"event": "done", "processor_seconds": time.process_time()})


class Pairs:
    """Interpolates one pair after the other, as a job does: each frame is encoded once.

    Args:
        interpolator: Interpolates.
        frames: (count, height, width, 3), uint8; they are used to and fro.
    """

    def __init__(self, interpolator: PairInterpolator[Any], frames: NDArray[np.uint8]) -> None:
        self._interpolator, self._frames = interpolator, frames
        self._number = 0
        self._left = self._encoded(0)

    def interpolate(self) -> NDArray[np.float32]:
        """Encode the next frame, interpolate half-way, and convert the result as for a file; as working samples."""
        self._number += 1
        right = self._encoded(self._number)
        working = self._interpolator.interpolate(self._left, right, [MIDDLE])[MIDDLE]
        self._interpolator.transform.samples_of_working(working)
        self._left = right
        return working

    def measure(self, seconds: float, clock: Callable[[], float] = time.perf_counter) -> list[float]:
        """Times of `FEWEST` to `MOST` frames, after `WARM_UP` frames; more than the fewest only within some seconds."""
        began = clock()
        for _ in range(WARM_UP - 1):
            self.interpolate()
        times: list[float] = []
        while len(times) < FEWEST or (len(times) < MOST and clock() - began < seconds):
            before = clock()
            self.interpolate()
            times.append(clock() - before)
        return times

    def _encoded(self, number: int) -> Any:
        last = len(self._frames) - 1
        # 0, 1, … last, … 1, 0, 1 …
        index = abs((number + last) % (2 * last) - last)
        samples = np.ascontiguousarray(self._frames[index])
        return self._interpolator.encode(Frame(samples, self._interpolator.transform.format))


def _compared(frame: NDArray[np.float32], reference: Path, *, makes: bool) -> dict[str, float]:
    """How far a frame is from that of the reference, in steps of 8 bit; empty without a reference."""
    if makes:
        np.save(reference, frame)
        return {}
    if not reference.exists():
        return {}
    difference = np.abs(frame - np.load(reference))
    return {"difference": float(difference.max()), "mean_difference": float(difference.mean(dtype=np.float64))}


def main() -> None:
    """Run the task that the parent has sent."""
    # Ctrl+C reaches all processes of a terminal; the parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def report(found: dict[str, Any]) -> None:
        sys.stdout.write(f"{MARK}{json_line(found)}\n")
        sys.stdout.flush()

    try:
        run_task(Task.from_json(sys.stdin.readline()), report)
    except MidframeError as error:
        report({"event": "failed", "kind": type(error).__name__, "message": str(error)})


if __name__ == "__main__":
    main()
