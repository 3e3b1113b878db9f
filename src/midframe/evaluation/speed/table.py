"""A benchmark as text to send in: facts about the machine, and a table in Markdown that can be read as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from midframe.evaluation.speed.options import NAMED_SIZES
from midframe.evaluation.speed.results import BUSY, BenchmarkReport, Measurement, SettingResult, Size
from midframe.text import printable

HEADING = ("device", "engine", "size", "fps", "range", "start", "GB", "difference")

_TEXT = ("device", "engine", "size")
"""Columns that are flush left."""

_NAMES = {size: name for name, size in reversed(NAMED_SIZES.items())}


def report_lines(report: BenchmarkReport) -> Iterator[str]:
    """The lines of a report."""
    for name, fact in report.machine.items():
        yield f"- {name}: {printable(fact)}"
    yield f"- model: {report.model} ({report.model_sha256[:12]}…)"
    yield f"- frames: {report.frames}"
    yield ""
    rows = [row for result in report.results for row in _rows(result)]
    yield from _markdown([HEADING, *rows])
    notes = list(_notes(report))
    if notes:
        yield ""
    yield from notes


def _rows(result: SettingResult) -> Iterator[tuple[str, ...]]:
    setting = result.setting
    quality = "" if setting.quality == "default" else f", quality {setting.quality}"
    start = (setting.device, f"{setting.engine_words} {setting.precision}{quality}")
    for measurement in result.measurements:
        yield (*start, _size(measurement.size), *_figures(measurement, is_reference=result.is_reference))
    for size, reason in result.skipped.items():
        yield (*start, _size(size), "–", reason, *[""] * 3)
    if result.failure:
        yield (*start, "", "–", result.failure, *[""] * 3)


def _figures(measurement: Measurement, *, is_reference: bool) -> Iterator[str]:
    slowest, fastest = measurement.spread
    yield _rate(measurement.rate)
    yield f"{_rate(slowest)}–{_rate(fastest)}"
    yield "" if measurement.start_seconds is None else f"{measurement.start_seconds:.1f} s"
    parts = [measurement.memory, measurement.device_memory]
    yield " + ".join(f"{part / 1e9:.2f}" for part in parts if part is not None)
    if is_reference and measurement.start_seconds is not None:
        yield "reference"
    else:
        yield "" if measurement.difference is None else f"{measurement.difference:.2g}"


def _size(size: Size) -> str:
    return _NAMES.get(size, str(size))


def _rate(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 100 else f"{rate:.3g}"


def _notes(report: BenchmarkReport) -> Iterator[str]:
    if any(measurement.device_memory is not None for result in report.results for measurement in result.measurements):
        yield "Memory is that of the process, and that of the GPU."
    for result in report.results:
        strips = [f"{each.size} in {each.strips}" for each in result.measurements if each.strips > 1]
        if strips:
            yield f"{result.setting}: frames are computed in strips to save memory, {', '.join(strips)}."
    if report.missing:
        missing = "; ".join(map(str, report.missing))
        yield f"Not measured: {missing}."
    busy = report.busy
    if busy is not None and busy >= BUSY:
        yield (
            f"**The machine was busy**: other programs took up to {busy:.0%} of its processor time, so that these "
            "figures are too low."
        )
    elif busy is not None:
        yield f"The machine was otherwise idle: other programs took at most {busy:.0%} of its processor time."


def _markdown(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table with padded cells; the first row is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = [name not in _TEXT for name in rows[0]]
    for number, row in enumerate(rows):
        cells = [
            f"{printable(cell):{'>' if side else '<'}{width}}"
            for cell, width, side in zip(row, widths, right, strict=True)
        ]
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            dashes = (f"{'-' * (width - 1)}{':' if side else '-'}" for width, side in zip(widths, right, strict=True))
            yield f"| {' | '.join(dashes)} |"
