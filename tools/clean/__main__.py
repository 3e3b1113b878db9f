"""Try wheels in clean systems: ``python -m tools.clean WHEEL...``, as root on Linux.

A wheel for this machine is tried in Debian 12 and 13, one for aarch64 under emulation in Debian 13. Downloads some
700 MB; five minutes or so.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from tools.clean.emulated import try_emulated
from tools.clean.record import Record
from tools.clean.registry import CERTIFICATES, Registry, this_registry
from tools.clean.systems import RELEASES, Debian, System, SystemUnavailableError, make_root, systems_folder
from tools.clean.trial import WHEELS, try_wheel
from tools.clean.wheels import Wheel, read_wheel

ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Try them.

    Returns:
        The exit code: 0, 1 if something was not as it should be, 2 if an argument is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.clean", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("wheels", nargs="+", type=Path, metavar="WHEEL")
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "clean", help="logs, results.json and table.txt")
    parser.add_argument("--system", action="append", choices=[each.name for each in RELEASES], help="only this one")
    parsed = parser.parse_args(arguments)
    try:
        wheels = [read_wheel(path) for path in parsed.wheels]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if sys.platform != "linux" or os.geteuid() != 0:
        print("Only root on Linux can make the systems that wheels are tried in.", file=sys.stderr)
        return 1
    chosen = [debian for debian in RELEASES if not parsed.system or debian.name in parsed.system]
    return try_all(wheels, chosen, parsed.output)


def try_all(wheels: list[Wheel], releases: list[Debian], output: Path) -> int:
    """Try each wheel in each system that it is for, and print and write what was measured.

    Returns:
        The exit code: 0, or 1 if something was not as it should be, or a wheel was tried nowhere.
    """
    registry = this_registry()
    records, failures = [], []
    for wheel in wheels:
        fitting = [each for each in releases if wheel.runs_on(each.machine) and wheel.runs_with(each.python)]
        if not fitting:
            failures.append(f"{wheel.path.name} is for none of the systems.")
        for debian in fitting:
            print(f"Trying {wheel.path.name} in {debian.name} …", file=sys.stderr)
            try:
                record = try_in(debian, wheel, registry, output)
            except SystemUnavailableError as error:
                failures.append(str(error))
                continue
            records.append(record)
            print(*record.table(), "", sep="\n")
    output.mkdir(parents=True, exist_ok=True)
    (output / "table.txt").write_text("\n".join("\n".join([*each.table(), ""]) for each in records), encoding="utf-8")
    measured = {"systems": [each.as_json() for each in records], "failures": failures}
    (output / "results.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    print(*failures, sep="\n", end="\n" if failures else "", file=sys.stderr)
    return 1 if failures or any(each.problems for each in records) else 0


def try_in(debian: Debian, wheel: Wheel, registry: Registry, output: Path) -> Record:
    """Try a wheel in a system.

    Args:
        debian: The system.
        wheel: The wheel.
        registry: Where packages are to be had.
        output: Where the log and what the trial makes are kept, in ``debian-12.log`` and ``debian-12``.

    Raises:
        SystemUnavailableError: The system could not be made.
    """
    root = make_root(debian, systems_folder())
    handed_in = output / f"{debian.name}-wheels"
    shutil.rmtree(handed_in, ignore_errors=True)
    handed_in.mkdir(parents=True)
    shutil.copy(wheel.path, handed_in)
    configuration = handed_in / "pip.conf"
    configuration.write_text(registry.pip_configuration(), encoding="utf-8")
    configuration.chmod(0o644)
    mounts = {handed_in: WHEELS, configuration: "/etc/pip.conf"}
    if registry.certificates is not None:
        mounts[registry.certificates] = CERTIFICATES
    system = System(debian, root, output / debian.name, mounts, registry.uv_variables(), output / f"{debian.name}.log")
    try:
        return (try_emulated if debian.architecture else try_wheel)(system, wheel)
    finally:
        shutil.rmtree(handed_in)


if __name__ == "__main__":
    sys.exit(main())
