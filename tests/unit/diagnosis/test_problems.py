from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest
from tests.support.diagnoses import CACHE, HEALTHY, LIBRARY

from midframe.diagnosis.diagnose import Diagnosis
from midframe.diagnosis.findings import CachedModel, Check, DiskState, KernelState, VariableState
from midframe.diagnosis.problems import find_problems, is_broken
from midframe.extras import TORCH_DOES_NOT_LOAD

PIP = f"{sys.executable} -m pip"


def test_nothing_is_wrong() -> None:
    assert find_problems(HEALTHY) == ()


@pytest.mark.parametrize(
    ("changes", "severity", "text", "remedy", "commands"),
    [
        (
            {"libraries": (replace(LIBRARY, version=None),)},
            "broken",
            "av is not installed, and midframe needs it.",
            "Install it:",
            (f"{PIP} install 'av>=17.1,<19'",),
        ),
        (
            {"libraries": (replace(LIBRARY, failure="cannot be loaded (too old)"),)},
            "broken",
            "av 18.1.0 cannot be loaded (too old).",
            "Install it again:",
            (f"{PIP} install --force-reinstall 'av>=17.1,<19'",),
        ),
        (
            {"libraries": (replace(LIBRARY, package="ray", required=False, allowed="", failure="crashed (SIGILL)"),)},
            "broken",
            "ray 18.1.0 crashed (SIGILL).",
            "Install it again, or remove it:",
            (f"{PIP} install --force-reinstall ray", f"{PIP} uninstall -y ray"),
        ),
        (
            {"libraries": (replace(LIBRARY, version="19.0", fits=False),)},
            "advice",
            "av 19.0 is installed, and midframe is made for >=17.1,<19.",
            "If something does not work, install another version:",
            (f"{PIP} install 'av>=17.1,<19'",),
        ),
        (
            {"failures": {"looking for devices": "crashed (SIGSEGV)"}},
            "broken",
            "Looking for devices crashed (SIGSEGV).",
            "Repair what else is broken first; if nothing is, install midframe again.",
            (),
        ),
        (
            {"failures": {"trying videos": "failed: ModuleNotFoundError: No module named 'av.video'"}},
            "broken",
            "Trying videos failed: ModuleNotFoundError: No module named 'av.video'.",
            "Install it again:",
            (f"{PIP} install --force-reinstall av",),
        ),
        (
            {"kernels": KernelState(("avx2",), (), None, "They cannot be loaded.", {"avx2": "it is cut off"})},
            "broken",
            "The CPU kernels for avx2 cannot be loaded: it is cut off.",
            "Install midframe again.",
            (),
        ),
        (
            {"checks": (Check("engine torch on cuda:0", "failed", "CUDA error: no kernel image."),)},
            "broken",
            "Engine torch on cuda:0: CUDA error: no kernel image.",
            "Install it again, or remove it:",
            (f"{PIP} install --force-reinstall torch", f"{PIP} uninstall -y torch"),
        ),
        (
            {"checks": (Check("engine cpu on cpu", "failed", "largest difference 1"),)},
            "broken",
            "Engine cpu on cpu: largest difference 1.",
            "Try MIDFRAME_KERNELS=baseline, install midframe again, and report it.",
            (),
        ),
        (
            {"checks": (Check("H.264", "failed", "no encoder"),)},
            "broken",
            "H.264: no encoder.",
            "Install it again:",
            (f"{PIP} install --force-reinstall av",),
        ),
        (
            {"checks": (Check("engine of others", "failed", "it is odd"),)},
            "broken",
            "Engine of others: it is odd.",
            "Install midframe again.",
            (),
        ),
        (
            {"cache": replace(CACHE, failure="The catalogue is damaged.", models=(), default_model="")},
            "broken",
            "The catalogue is damaged.",
            "Correct MIDFRAME_CACHE or MIDFRAME_CATALOG.",
            (),
        ),
        (
            {"cache": replace(CACHE, models=(*CACHE.models, CachedModel("4.6", 3, "has 3 bytes instead of 5")))},
            "broken",
            "The weights of 4.6 in the cache are damaged: the file has 3 bytes instead of 5.",
            "Download them again:",
            ("midframe models pull 4.6",),
        ),
        (
            {"cache": replace(CACHE, unwritable="Read-only file system")},
            "advice",
            "The cache cannot be written (Read-only file system), so that no weights can be downloaded.",
            "Name another folder in MIDFRAME_CACHE, or make this one writable.",
            (),
        ),
        (
            {"cache": replace(CACHE, models=())},
            "advice",
            "The weights of the default model 4.25 are not in the cache, and engines were tried with built-in ones.",
            "The first job downloads them; or download them now:",
            ("midframe models pull",),
        ),
        (
            {"cache": replace(CACHE, default_model="4.26", offline=True)},
            "advice",
            "The weights of the default model 4.26 are not in the cache.",
            "Copy the cache of another machine; or unset MIDFRAME_OFFLINE and download them:",
            ("midframe models pull",),
        ),
        (
            {"disks": (DiskState("temporary files", "", None, None, "No usable temporary directory"),)},
            "broken",
            "The folder for temporary files cannot be used: No usable temporary directory.",
            "Make it usable, or use another one; TMPDIR names that for temporary files.",
            (),
        ),
        (
            {"disks": (DiskState("cache", "/x", 999_999_999, 10**12, None),)},
            "advice",
            "The disk of the cache is almost full.",
            "Free some space.",
            (),
        ),
    ],
)
def test_problem(changes: dict[str, Any], severity: str, text: str, remedy: str, commands: tuple[str, ...]) -> None:
    (problem,) = find_problems(replace(HEALTHY, **changes))
    assert (problem.severity, problem.text, problem.remedy, problem.commands) == (severity, text, remedy, commands)
    assert is_broken((problem,)) == (severity == "broken")


def test_no_weights_and_no_place_for_them() -> None:
    found = find_problems(replace(HEALTHY, cache=replace(CACHE, models=(), unwritable="Permission denied")))
    assert [problem.severity for problem in found] == ["broken", "advice"]
    assert found[1].remedy == "Name another folder first, and then download them:"


def with_inventory(**changes: Any) -> Diagnosis:
    assert HEALTHY.inventory is not None
    return replace(HEALTHY, inventory=replace(HEALTHY.inventory, **changes))


def test_no_engine_at_all() -> None:
    assert HEALTHY.inventory is not None
    (device,) = HEALTHY.inventory.devices
    (problem,) = find_problems(with_inventory(devices=(replace(device, engines=()),)))
    assert problem.text == "No engine runs on cpu."
    assert problem.remedy == "Install a wheel of midframe, or PyTorch:"
    assert problem.commands == (f"{PIP} install torch",)
    variables = (VariableState("MIDFRAME_KERNELS", "off"),)
    (problem,) = find_problems(replace(with_inventory(devices=(replace(device, engines=()),)), variables=variables))
    assert problem.remedy == "Unset MIDFRAME_KERNELS, or install PyTorch:"


def test_advice_about_devices() -> None:
    (problem,) = find_problems(with_inventory(advice=("A GPU is not used. Install a driver, or two.",)))
    assert (problem.severity, problem.text) == ("advice", "A GPU is not used.")
    assert problem.remedy == "Install a driver, or two."


def test_a_failed_check_says_more_than_advice() -> None:
    advised = with_inventory(advice=(TORCH_DOES_NOT_LOAD,))
    assert len(find_problems(advised)) == 1
    both = replace(advised, checks=(Check("engine torch", "failed", "crashed (SIGILL)"),))
    (problem,) = find_problems(both)
    assert problem.text == "Engine torch: crashed (SIGILL)."


def test_missing_encoders() -> None:
    assert HEALTHY.video is not None
    video = replace(HEALTHY.video, encoders={"libx264": False, "ffv1": True})
    (problem,) = find_problems(replace(HEALTHY, video=video))
    assert problem.text == "This build of PyAV has no encoders libx264."


def test_one_reason_for_all_failures() -> None:
    broken = replace(LIBRARY, package="numpy", failure="cannot be loaded (it is for another Python)")
    (problem,) = find_problems(replace(HEALTHY, libraries=(broken,), failures={"looking at the cache": "failed"}))
    assert problem.text.startswith("numpy ")


def test_numpy_comes_before_what_loads_it() -> None:
    libraries = tuple(replace(LIBRARY, package=name, failure="cannot be loaded") for name in ("imagecodecs", "numpy"))
    pictures = Check("pictures", "failed", "failed: ImportError: no numpy")
    found = find_problems(replace(HEALTHY, libraries=libraries, checks=(pictures,)))
    assert [problem.text.split()[0] for problem in found] == ["numpy", "imagecodecs"]


def test_parts_that_are_not_known() -> None:
    unknown = replace(HEALTHY, inventory=None, video=None, kernels=None, machine=None, cache=None)
    assert find_problems(unknown) == ()


def test_what_is_broken_comes_first() -> None:
    full = DiskState("cache", "/x", 0, 10**12, None)
    wrong = replace(HEALTHY, disks=(full,), checks=(Check("FFV1", "failed", "no"),))
    assert [problem.severity for problem in find_problems(wrong)] == ["broken", "advice"]
