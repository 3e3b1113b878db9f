"""``midframe doctor``: whether everything that is installed works, for people and for reports of problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from midframe import __version__
from midframe.cli.doctor_lines import doctor_lines
from midframe.cli.printing import print_lines
from midframe.cli.spelling import spell
from midframe.cli.status_line import show_status
from midframe.diagnosis.diagnose import Diagnosis, diagnose
from midframe.diagnosis.findings import Problem
from midframe.diagnosis.privacy import without_home
from midframe.diagnosis.problems import find_problems, is_broken
from midframe.engines.machine import describe_system
from midframe.text import json_line

if TYPE_CHECKING:
    from midframe.engines.inventory import Inventory

HELP = """Check that everything works here: libraries, kernels, devices, weights, disks.

Every engine interpolates between two small frames, and the result is compared with stored values; a small video and
small pictures are written and read. Nothing is downloaded or changed. The home folder is shown as ~; names of the
machine and the user, and passwords in addresses, are not shown. Problems and advice are last, with what to do. The exit
code is 1 if something that is installed does not work.

\b
Examples:
  midframe doctor
  midframe doctor --json
"""

SCHEMA = 1
"""Raised when a name in the JSON changes its meaning or disappears."""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Run the command."""
    if not as_json:
        show_status("Trying what is installed …")
    diagnosis = diagnose()
    problems = find_problems(diagnosis)
    if as_json:
        print_lines(json_line(without_home(_document(diagnosis, problems))))
    else:
        print_lines(*without_home(list(doctor_lines(diagnosis, problems))))
    if is_broken(problems):
        raise typer.Exit(1)


def _document(diagnosis: Diagnosis, problems: Iterable[Problem]) -> dict[str, Any]:
    inventory = diagnosis.inventory
    return {
        "schema": SCHEMA,
        "midframe": __version__,
        "python": diagnosis.python,
        "system": describe_system(),
        "libraries": [asdict(library) for library in diagnosis.libraries],
        "video": None if diagnosis.video is None else asdict(diagnosis.video),
        "kernels": None if diagnosis.kernels is None else asdict(diagnosis.kernels),
        "devices": None if inventory is None else [_device(inventory, each.found.name) for each in inventory.devices],
        "auto": None if inventory is None else {"devices": inventory.auto, "engine": inventory.auto_engine},
        "machine": None if diagnosis.machine is None else asdict(diagnosis.machine),
        "cache": None if diagnosis.cache is None else asdict(diagnosis.cache),
        "disks": [asdict(disk) for disk in diagnosis.disks],
        "variables": {variable.name: variable.value for variable in diagnosis.variables},
        "weights": diagnosis.weights,
        "checks": [{**asdict(check), "words": spell(check.words)} for check in diagnosis.checks],
        "problems": [{**asdict(each), "text": spell(each.text), "remedy": spell(each.remedy)} for each in problems],
        "works": not is_broken(problems),
    }


def _device(inventory: Inventory, name: str) -> dict[str, Any]:
    device = inventory.device(name)
    return {
        "name": device.found.name,
        "description": device.found.description,
        "free_memory": device.found.free_memory,
        "total_memory": device.found.total_memory,
        "engines": device.engines,
    }
