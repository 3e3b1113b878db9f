"""``midframe devices``: what there is to run a network on."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from midframe import __version__
from midframe.cli.printing import print_lines
from midframe.cli.readable import readable_size
from midframe.cli.spelling import spell
from midframe.cli.status_line import show_status
from midframe.cli.wrapping import wrapped
from midframe.engines.inventory import DeviceState, EngineState, Inventory, take_inventory
from midframe.engines.machine import describe_system
from midframe.tables import format_table
from midframe.text import json_line
from midframe.wording import enumerated

HELP = """Show what can run the network on this machine: CPU, GPUs and engines.

Says which engine is used on each device, which device is used by default, why, and what to install for more.

\b
Examples:
  midframe devices
  midframe devices --json
"""

DEVICE_HEADING = ("DEVICE", "ENGINES", "FREE MEMORY", "WHAT IT IS")

SCHEMA = 1
"""Raised when a name in the JSON changes its meaning or disappears."""


def devices(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Run the command."""
    if not as_json:
        show_status("Looking for devices …")
    inventory = take_inventory()
    if as_json:
        print_lines(json_line(_document(inventory)))
        return
    print_lines(*_lines(inventory))


def _document(inventory: Inventory) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "midframe": __version__,
        "python": platform.python_version(),
        "system": describe_system(),
        "devices": list(map(_device_json, inventory.devices)),
        "engines": [asdict(engine) for engine in inventory.engines],
        "auto": {"devices": inventory.auto, "engine": inventory.auto_engine, "reason": spell(inventory.reason)},
        "advice": list(map(spell, inventory.advice)),
    }


def _device_json(device: DeviceState) -> dict[str, Any]:
    return {
        **asdict(device.found),
        "notes": list(map(spell, device.found.notes)),
        "engine": device.engine,
        "engines": device.engines,
        "refusals": {name: spell(reason) for name, reason in device.refusals.items()},
    }


def _lines(inventory: Inventory) -> Iterator[str]:
    yield f"midframe {__version__}, Python {platform.python_version()}, {describe_system()}"
    yield ""
    heading, *rows = format_table([DEVICE_HEADING, *map(_device_row, inventory.devices)], "<<<<")
    for row in (heading, *rows):
        yield from wrapped(row, " " * heading.index(DEVICE_HEADING[-1]))
    for device in inventory.devices:
        for note in device.found.notes:
            yield from wrapped(f"{device.found.name}: {spell(note)}")
    yield ""
    names = max(len(name) for name in ("ENGINE", *(engine.name for engine in inventory.engines)))
    for left, words in (("ENGINE", "STATE"), *((engine.name, _state(engine)) for engine in inventory.engines)):
        yield from wrapped(f"{left:<{names}}  {words}", " " * (names + 2))
    yield ""
    yield from wrapped(_default(inventory))
    for sentence in inventory.advice:
        yield ""
        yield from wrapped(spell(sentence))
    installable = [engine for engine in inventory.engines if engine.missing]
    if installable:
        yield ""
        yield "To use more engines:"
    for engine in installable:
        yield from wrapped(f"  {engine.name}: {engine.purpose}" if engine.purpose else f"  {engine.name}", " " * 4)
        # Commands are copied, so they stay on one line.
        yield f"    {engine.install}"


def _device_row(device: DeviceState) -> tuple[str, ...]:
    found = device.found
    memory = readable_size(found.free_memory)
    if found.total_memory is not None:
        memory = f"{memory} of {readable_size(found.total_memory)}"
    return found.name, ", ".join(device.engines) or "none", memory, found.description or "?"


def _state(engine: EngineState) -> str:
    if engine.missing:
        return f"not installed (needs {enumerated(engine.missing)})"
    if engine.unavailable is not None:
        return f"not usable. {spell(engine.unavailable)}"
    return ", ".join(engine.details) or "available"


def _default(inventory: Inventory) -> str:
    engine = inventory.auto_engine
    devices = enumerated(inventory.auto)
    if engine is None:
        return f"By default {devices} would be used, and no engine runs there."
    several = any(len(device.engines) > 1 for device in inventory.devices)
    choice = " The first engine of a device is used unless --engine names another." if several else ""
    verb = "are" if len(inventory.auto) > 1 else "is"
    return f"By default, {devices} with the engine {engine} {verb} used. {spell(inventory.reason)}{choice}"
