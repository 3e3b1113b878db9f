"""The lines that ``midframe doctor`` prints for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from midframe import __version__
from midframe.cli.readable import readable_size
from midframe.cli.spelling import spell
from midframe.cli.wrapping import wrapped
from midframe.diagnosis.diagnose import Diagnosis
from midframe.diagnosis.findings import (
    BUILT_IN,
    CacheState,
    Check,
    DiskState,
    KernelState,
    LibraryState,
    MachineState,
    Problem,
    VideoLibrary,
)
from midframe.diagnosis.problems import is_broken
from midframe.engines.devices import CPU
from midframe.engines.machine import describe_system
from midframe.wording import counted, enumerated

if TYPE_CHECKING:
    from midframe.engines.inventory import Inventory

Row = tuple[str, ...]
"""The columns of a line; only the last one may be long."""

_STATES = {"passed": "ok", "failed": "FAILED", "not run": "not run"}


def doctor_lines(diagnosis: Diagnosis, problems: tuple[Problem, ...]) -> Iterator[str]:
    """Sections, problems, and one line that says what came of it."""
    yield from wrapped(f"midframe {__version__}, Python {diagnosis.python}, {describe_system()}")
    for title, rows in _sections(diagnosis):
        if rows:
            yield from ("", title)
            yield from _table(rows)
    if problems:
        yield from ("", "Problems" if is_broken(problems) else "Advice")
    for number, problem in enumerate(problems, 1):
        kind = "Broken: " if problem.severity == "broken" else ""
        yield from wrapped(f"  {number}. {kind}{spell(problem.text)}", " " * 5)
        if problem.remedy:
            yield from wrapped(f"     {spell(problem.remedy)}", " " * 5)
        # Commands are copied, so they stay on one line.
        yield from (f"       {command}" for command in problem.commands)
    yield ""
    yield from wrapped(_conclusion(diagnosis, problems))


def _sections(diagnosis: Diagnosis) -> Iterator[tuple[str, list[Row]]]:
    libraries, inventory = diagnosis.libraries, diagnosis.inventory
    yield "Libraries", [_library(each) for each in libraries if each.required]
    yield "Optional libraries", [_library(each) for each in libraries if not each.required]
    yield "FFmpeg, inside PyAV", list(_video(diagnosis.video)) if diagnosis.video else []
    yield "Devices", list(_devices(inventory)) if inventory else []
    yield "Engines", list(_engines(inventory)) if inventory else []
    yield "CPU kernels", list(_kernels(diagnosis.kernels)) if diagnosis.kernels else []
    yield "Processor and memory", list(_machine(diagnosis.machine)) if diagnosis.machine else []
    yield "Cache", list(_cache(diagnosis.cache)) if diagnosis.cache else []
    yield "Disks", [(disk.purpose, _disk(disk)) for disk in diagnosis.disks]
    yield "Environment variables", [(each.name, each.value) for each in diagnosis.variables]
    title = f"Self-test (engines with {_weights(diagnosis)})"
    yield title, [(_STATES[each.state], each.subject, _check(each)) for each in diagnosis.checks]


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """Rows in columns, whose last one is wrapped."""
    *columns, _ = zip(*rows, strict=True)
    widths = [max(map(len, column)) for column in columns]
    for row in rows:
        *cells, words = row
        start = "".join(f"{cell:<{width}}  " for cell, width in zip(cells, widths, strict=True))
        yield from wrapped(f"  {start}{words}", " " * (len(start) + 2))


def _library(library: LibraryState) -> Row:
    if library.version is None:
        return library.package, "-", f"{library.purpose} (not installed)"
    notes = [] if library.failure is None else ["cannot be loaded"]
    notes += [] if library.fits else [f"not {library.allowed}"]
    return library.package, library.version or "?", f"{library.purpose}{f' ({enumerated(notes)})' if notes else ''}"


def _weights(diagnosis: Diagnosis) -> str:
    return "built-in weights" if diagnosis.weights == BUILT_IN else f"the weights of {diagnosis.weights}"


def _video(video: VideoLibrary) -> Iterator[Row]:
    yield "version", video.ffmpeg
    yield "encoders", ", ".join(name for name, there in video.encoders.items() if there) or "none"
    missing = [name for name, there in video.encoders.items() if not there]
    if missing:
        yield "missing", ", ".join(missing)
    yield "of GPUs", f"{', '.join(video.hardware)} (in the build, not tried)" if video.hardware else "none"


def _devices(inventory: Inventory) -> Iterator[Row]:
    for device in inventory.devices:
        memory = "" if device.found.name == CPU else f", {readable_size(device.found.free_memory)} free"
        engines = f"engines {enumerated(device.engines)}" if device.engines else "no engine"
        yield device.found.name, f"{device.found.description or 'not known'}{memory}; {engines}"
    engine = inventory.auto_engine
    yield "auto", f"{enumerated(inventory.auto)}, {f'engine {engine}' if engine else 'no engine'}"


def _engines(inventory: Inventory) -> Iterator[Row]:
    for engine in inventory.engines:
        if engine.missing:
            yield engine.name, f"not installed (needs {enumerated(engine.missing)})"
        else:
            yield engine.name, spell(engine.unavailable or "") or ", ".join(engine.details) or "available"


def _kernels(kernels: KernelState) -> Iterator[Row]:
    yield "used", f"{kernels.used or 'none'}. {kernels.reason}"
    yield "built", ", ".join(kernels.built) or "none"


def _machine(machine: MachineState) -> Iterator[Row]:
    reason = f" ({machine.usable_reason})" if machine.usable_reason else ""
    yield "cores", f"{machine.usable} of {machine.cores} used{reason}"
    limit = ", limited by the container" if machine.limited else ""
    yield "memory", f"{readable_size(machine.free_memory)} of {readable_size(machine.memory)} free{limit}"


def _cache(cache: CacheState) -> Iterator[Row]:
    if not cache.folder:
        return
    state = "" if cache.exists or cache.unwritable is not None else " (does not exist yet)"
    yield "folder", f"{cache.folder}{state}"
    yield "size", readable_size(cache.size)
    yield "writable", "yes" if cache.unwritable is None else f"no: {cache.unwritable}"
    if cache.offline:
        yield "downloads", "forbidden by MIDFRAME_OFFLINE"
    right = [model.name for model in cache.models if model.fault is None]
    damaged = [model.name for model in cache.models if model.fault is not None]
    yield "weights", f"{', '.join(right)} (hashes are right)" if right else "none"
    if damaged:
        yield "damaged", ", ".join(damaged)


def _disk(disk: DiskState) -> str:
    state = f"{readable_size(disk.free)} of {readable_size(disk.total)} free" if disk.failure is None else disk.failure
    return f"{state}{f', {disk.folder}' if disk.folder else ''}"


def _check(check: Check) -> str:
    seconds = f", {check.seconds:.1f} s" if check.state == "passed" else ""
    return f"{spell(check.words)}{seconds}"


def _conclusion(diagnosis: Diagnosis, problems: tuple[Problem, ...]) -> str:
    broken = sum(problem.severity == "broken" for problem in problems)
    if broken:
        return f"{counted(broken, 'thing')} that should work {'does' if broken == 1 else 'do'} not: see the problems."
    passed = sum(check.state == "passed" for check in diagnosis.checks)
    more = " See the advice." if problems else ""
    return f"All that is installed works: {counted(passed, 'check')} passed.{more}"
