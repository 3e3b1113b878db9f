from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.diagnoses import CACHE, HEALTHY

from midframe.diagnosis import diagnose as module
from midframe.diagnosis.diagnose import diagnose
from midframe.diagnosis.findings import Check
from midframe.diagnosis.isolated import IsolatedError, Remote

PASSED = Check("anything", "passed", "as it should be")

ANSWERS: dict[str, Any] = {
    "cached_checkpoint": Path("/cache/models/4.25.pkl"),
    "engines_to_check": ("cpu", "torch"),
    "take_inventory": HEALTHY.inventory,
    "check_video": (HEALTHY.video, (PASSED,)),
    "check_pictures": (PASSED, PASSED),
    "look_at_kernels": HEALTHY.kernels,
    "look_at_machine": HEALTHY.machine,
    "look_at_cache": CACHE,
    "check_engine": (PASSED,),
}

Calls = list[tuple[str, ...]]


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Calls]:
    """Answer instead of other processes; None stands for a crash."""

    def answer(**changes: Any) -> Calls:
        calls: Calls = []

        def call(function: Remote[Any], *arguments: str) -> Any:
            calls.append((function.name, *arguments))
            value = {**ANSWERS, **changes}[function.name]
            if value is None and function.name not in ("cached_checkpoint",):
                raise IsolatedError("crashed (SIGILL)")
            return value

        monkeypatch.setattr(module, "call_isolated", call)
        monkeypatch.setattr(module, "look_at_libraries", lambda: HEALTHY.libraries)
        return calls

    return answer


def test_all_parts(answered: Callable[..., Calls]) -> None:
    calls = answered()
    found = diagnose()
    assert (found.inventory, found.kernels, found.machine) == (HEALTHY.inventory, HEALTHY.kernels, HEALTHY.machine)
    assert (found.cache, found.video, found.libraries) == (CACHE, HEALTHY.video, HEALTHY.libraries)
    assert (found.weights, found.failures) == ("4.25", {})
    assert found.checks == (PASSED,) * 5
    assert found.disks[0].folder == "/cache"
    assert ("cached_checkpoint", "4.25") in calls
    assert [call for call in calls if call[0] == "check_engine"] == [
        ("check_engine", "cpu", "/cache/models/4.25.pkl"),
        ("check_engine", "torch", "/cache/models/4.25.pkl"),
    ]


def test_without_weights(answered: Callable[..., Calls]) -> None:
    calls = answered(cached_checkpoint=None)
    assert diagnose().weights == "built-in"
    assert ("check_engine", "torch", "") in calls


def test_engines_that_crash(answered: Callable[..., Calls]) -> None:
    answered(check_engine=None)
    checks = diagnose().checks
    assert checks[:2] == (
        Check("engine cpu", "failed", "crashed (SIGILL)"),
        Check("engine torch", "failed", "crashed (SIGILL)"),
    )


def test_everything_crashes(answered: Callable[..., Calls]) -> None:
    answered(**dict.fromkeys(ANSWERS))
    found = diagnose()
    assert (found.inventory, found.kernels, found.machine, found.cache, found.video) == (None,) * 5
    assert found.checks == (Check("pictures", "failed", "crashed (SIGILL)"),)
    assert [disk.purpose for disk in found.disks] == ["temporary files", "current folder"]
    assert set(found.failures.values()) == {"crashed (SIGILL)"}
    assert found.failures.keys() == {
        "listing engines",
        "looking at the CPU kernels",
        "looking at processor and memory",
        "looking at the cache",
        "looking for devices",
        "trying videos",
    }


def test_ctrl_c_ends_it(answered: Callable[..., Calls], monkeypatch: pytest.MonkeyPatch) -> None:
    calls = answered()

    def interrupted(function: Remote[Any], *arguments: str) -> Any:
        if function.name == "cached_checkpoint":
            raise KeyboardInterrupt
        calls.append((function.name, *arguments))
        raise IsolatedError

    monkeypatch.setattr(module, "call_isolated", interrupted)
    with pytest.raises(KeyboardInterrupt):
        diagnose()
    assert "check_engine" not in {call[0] for call in calls}


def test_functions_exist() -> None:
    """They are named, so that nothing is imported that may be broken."""
    from importlib import import_module

    remotes = [value for value in vars(module).values() if isinstance(value, Remote)]
    assert len(remotes) == len(ANSWERS)
    assert all(callable(getattr(import_module(each.module), each.name)) for each in remotes)
