from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from tests.support.diagnoses import CACHE, HEALTHY, LIBRARY

from midframe.cli.doctor_lines import doctor_lines
from midframe.diagnosis.diagnose import Diagnosis
from midframe.diagnosis.findings import CachedModel, Check, DiskState
from midframe.diagnosis.problems import find_problems
from midframe.engines.entry import FoundDevice
from midframe.engines.inventory import DeviceState


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    # Those of this machine may need a second line.
    monkeypatch.setattr("midframe.cli.doctor_lines.__version__", "1.2.3")
    monkeypatch.setattr("midframe.cli.doctor_lines.describe_system", lambda: "Linux, x86_64")


def lines(diagnosis: Diagnosis) -> list[str]:
    found = list(doctor_lines(diagnosis, find_problems(diagnosis)))
    assert all(len(line) < 80 for line in found if "pip" not in line)
    return found


def test_everything_works() -> None:
    first, *others = lines(HEALTHY)
    assert first == "midframe 1.2.3, Python 3.13.1, Linux, x86_64"
    assert (
        "\n".join(others)
        == """
Libraries
  av  18.1.0  videos (FFmpeg)

Optional libraries
  ray  -  several machines (not installed)

FFmpeg, inside PyAV
  version   8.1.2
  encoders  libx264, ffv1
  of GPUs   h264_nvenc (in the build, not tried)

Devices
  cpu   A Processor, 2 cores; engines cpu
  auto  cpu, engine cpu

Engines
  cpu    CPU kernels for avx2
  torch  not installed (needs PyTorch)

CPU kernels
  used   avx2. The best that this processor has.
  built  baseline, avx2

Processor and memory
  cores   2 of 8 used (this process may run on no others)
  memory  1.0 GB of 2.0 GB free, limited by the container

Cache
  folder    /cache
  size      86.7 MB
  writable  yes
  weights   4.25 (hashes are right)

Disks
  cache  40.0 GB of 100.0 GB free, /cache

Environment variables
  MIDFRAME_CACHE  /cache

Self-test (engines with the weights of 4.25)
  ok       engine cpu on cpu  largest difference 8.5e-06, 0.7 s
  not run  engine torch       PyTorch is not installed

All that is installed works: 1 check passed."""
    )


def test_problems_come_last() -> None:
    text = lines(
        replace(
            HEALTHY,
            libraries=(replace(LIBRARY, version="19.0", fits=False, failure="cannot be loaded (it is too new)"),),
            checks=(Check("engine torch on cuda:0", "failed", "use `flow_scale=0.5` " + "and wait " * 12),),
            disks=(DiskState("cache", "/cache", 5, 10, None),),
        )
    )
    assert "  av  19.0  videos (FFmpeg) (cannot be loaded and not >=17.1,<19)" in text
    assert text[text.index("Problems") :] == [
        "Problems",
        "  1. Broken: av 19.0 cannot be loaded (it is too new).",
        "     Install it again:",
        f"       {sys.executable} -m pip install --force-reinstall 'av>=17.1,<19'",
        "  2. Broken: Engine torch on cuda:0: use --scale 0.5 and wait and wait and wait",
        "     and wait and wait and wait and wait and wait and wait and wait and wait",
        "     and wait .",
        "     Install it again, or remove it:",
        f"       {sys.executable} -m pip install --force-reinstall torch",
        f"       {sys.executable} -m pip uninstall -y torch",
        "  3. The disk of the cache is almost full.",
        "     Free some space.",
        "",
        "2 things that should work do not: see the problems.",
    ]


def test_advice_alone() -> None:
    text = lines(replace(HEALTHY, disks=(DiskState("cache", "/cache", 5, 10, None),)))
    assert text[text.index("Advice") :] == [
        "Advice",
        "  1. The disk of the cache is almost full.",
        "     Free some space.",
        "",
        "All that is installed works: 1 check passed. See the advice.",
    ]


def test_a_single_thing() -> None:
    text = lines(replace(HEALTHY, checks=(Check("FFV1", "failed", "no"),)))
    assert text[-1] == "1 thing that should work does not: see the problems."


def test_other_states_of_the_cache() -> None:
    damaged = CachedModel("4.6", 3, "has 3 bytes instead of 5")
    cache = replace(CACHE, exists=False, models=(damaged,), unwritable="Permission denied", offline=True)
    text = lines(replace(HEALTHY, cache=cache, weights="built-in"))
    for line in (
        "  folder     /cache",
        "  writable   no: Permission denied",
        "  downloads  forbidden by MIDFRAME_OFFLINE",
        "  weights    none",
        "  damaged    4.6",
        "Self-test (engines with built-in weights)",
    ):
        assert line in text


def test_devices_with_memory_and_without_an_engine() -> None:
    assert HEALTHY.inventory is not None
    card = DeviceState(FoundDevice("cuda:0", "", 3_000_000_000), (), {})
    inventory = replace(HEALTHY.inventory, devices=(card,), auto=("cuda:0",))
    text = lines(replace(HEALTHY, inventory=inventory))
    assert "  cuda:0  not known, 3.0 GB free; no engine" in text
    assert "  auto    cuda:0, no engine" in text


def test_what_could_not_be_looked_at_is_left_out() -> None:
    nothing = replace(
        HEALTHY,
        inventory=None,
        video=None,
        kernels=None,
        machine=None,
        cache=replace(CACHE, folder=""),
        variables=(),
        checks=(),
    )
    titles = [line for line in lines(nothing)[1:-1] if line and not line.startswith(" ")]
    assert titles == ["Libraries", "Optional libraries", "Disks"]


def test_libraries_that_do_not_say_their_version() -> None:
    text = lines(replace(HEALTHY, libraries=(replace(LIBRARY, version=""),)))
    assert "  av  ?  videos (FFmpeg)" in text
