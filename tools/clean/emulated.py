"""A wheel for another kind of processor: run under emulation, and its frames compared with this machine's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from tools.clean.files import size_on_disk
from tools.clean.inputs import read_pictures, write_pictures
from tools.clean.record import Record
from tools.clean.systems import Debian, Done, System
from tools.clean.trial import PICTURES, device_of
from tools.clean.wheels import Wheel

from midframe.diagnosis.engine_checks import MEAN, WORST
from midframe.models.cache import cache_folder
from midframe.models.catalog import load_catalog
from midframe.models.fetch import locate_model

Pictures = Sequence[NDArray[np.uint16]]

GLIBCS = range(41, 16, -1)
"""Minor versions of the C library of which wheels are taken, the newest first; that of Debian 13 is 2.41."""


def try_emulated(system: System, wheel: Wheel) -> Record:
    """Install, look, and interpolate.

    Packages are installed from outside by this Python's pip, which takes seconds where the emulated one takes minutes;
    the weights come from this machine's cache. ``midframe doctor`` is not run: it gives up what takes minutes.

    Args:
        system: An empty home in a system of another architecture.
        wheel: The wheel.
    """
    record = Record(system.debian.name, system.debian.python, system.debian.machine, wheel.path.name)
    site = system.folder / "site"
    system.mounts |= {site: "/site", cache_folder(): "/cache"}
    variables = {"PYTHONPATH": "/site", "MIDFRAME_CACHE": "/cache"}
    locate_model(load_catalog().default_model)
    site.mkdir()
    installed = record.add("pip install --platform", install(wheel, system.debian, site))
    installed.on_disk = size_on_disk(site)
    if installed.problems:
        return record
    done = system.run(["uname", "-m"])
    record.check("it is emulated", [] if done.output.strip() == system.debian.machine else [f"It is {done.output}."])
    midframe = ["python3", "-m", "midframe"]
    record.add("midframe --version", system.run([*midframe, "--version"], variables))
    write_pictures(system.home / "pictures", PICTURES)
    options = ["--output", "between", "--progress", "json"]
    done = system.run([*midframe, "pictures", *options], variables)
    step = record.add("midframe pictures", done)
    if step.problems:
        return record
    if not device_of(done.output).endswith(" kernels"):
        step.problems.append(f"The CPU kernels were not used, but: {device_of(done.output)}.")
    here = [sys.executable, "-m", "midframe", str(system.home / "pictures"), "--output", str(system.folder / "between")]
    compared = record.add("the same on this machine", timed(here))
    compared.problems += differences(read_pictures(system.home / "between"), read_pictures(system.folder / "between"))
    return record


def install(wheel: Wheel, debian: Debian, site: Path) -> Done:
    """Install a wheel and what it needs into a folder, for a machine of another kind."""
    tags = [*(f"manylinux_2_{minor}" for minor in GLIBCS), "manylinux2014", "linux"]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--target", str(site)]
    command += ["--python-version", debian.python, "--only-binary=:all:"]
    return timed([*command, *(f"--platform={tag}_{debian.machine}" for tag in tags), str(wheel.path)])


def timed(command: list[str]) -> Done:
    """Run a command on this machine."""
    begin = perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return Done(done.returncode, done.stdout, perf_counter() - begin)


def differences(emulated: Pictures, here: Pictures) -> list[str]:
    """What differs more than rounding explains."""
    if len(emulated) != len(here):
        return [f"There are {len(emulated)} pictures under emulation, and {len(here)} on this machine."]
    problems = []
    for index, (left, right) in enumerate(zip(emulated, here, strict=True)):
        difference = np.abs(left / 65535 - right / 65535)
        if not (difference.max() < WORST and difference.mean() < MEAN):
            found = f"{difference.max():.1e} at most, {difference.mean():.1e} on average"
            problems.append(f"Picture {index} differs by {found}, which is more than {WORST} or {MEAN}.")
    return problems
