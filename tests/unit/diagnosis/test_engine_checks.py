from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.fake_engine import FakeEngine
from tests.support.vulkan import vulkan_device

from midframe.diagnosis import engine_checks
from midframe.diagnosis.built_in import built_in_model
from midframe.diagnosis.engine_checks import check_engine, engines_to_check, interpolated, stored_values
from midframe.diagnosis.findings import BUILT_IN, TESTED_MODEL
from midframe.engines.entry import FoundDevice
from midframe.engines.registry import engine_names, find_engine
from midframe.errors import EngineError
from midframe.models.checkpoints import load_checkpoint

HALF_A_STEP = 0.5 / 65535
"""Of the stored values."""


def test_all_engines_are_checked() -> None:
    assert ("auto", *engines_to_check()) == engine_names()


def test_stored_values_are_those_of_the_reference() -> None:
    difference = interpolated(find_engine("torch"), built_in_model(), "cpu") - stored_values(BUILT_IN)
    assert np.abs(difference).max() < 2 * HALF_A_STEP


def test_stored_values_of_real_weights(real_checkpoint_425: Path) -> None:
    model = load_checkpoint(real_checkpoint_425).model
    difference = interpolated(find_engine("torch"), model, "cpu") - stored_values(TESTED_MODEL)
    assert np.abs(difference).max() < 2 * HALF_A_STEP
    assert np.abs(stored_values(TESTED_MODEL) - stored_values(BUILT_IN)).max() > 0.1


@pytest.mark.parametrize("name", ["cpu", "torch", "onnx"])
def test_engines_pass(name: str) -> None:
    checks = check_engine(name, "")
    assert [check.subject for check in checks][-1:] == [f"engine {name} on cpu"]
    assert {check.state for check in checks} == {"passed"}


def test_with_real_weights(real_checkpoint_425: Path) -> None:
    (check,) = check_engine("cpu", str(real_checkpoint_425))
    assert check.state == "passed"


def test_programs_on_the_cpu_are_left_out() -> None:
    device = vulkan_device()
    states = {check.subject: check.state for check in check_engine("ncnn", "")}
    assert states[f"engine ncnn on {device.name}"] == ("not run" if device.is_software else "passed")


def test_what_is_not_installed_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("onnx", "onnxruntime"):
        monkeypatch.setitem(sys.modules, module, None)
    (check,) = check_engine("onnx", "")
    assert (check.subject, check.state) == ("engine onnx", "not run")
    assert check.words == "ONNX and ONNX Runtime are not installed"


@dataclass
class Stand:
    """The part of an engine's entry that is asked, with values or errors to return."""

    found: Any = (FoundDevice("cpu"),)
    refusal: str | None = None
    made: Any = None
    name: str = "stand"
    libraries: tuple[str, ...] = ()

    def devices(self) -> tuple[FoundDevice, ...]:
        if isinstance(self.found, Exception):
            raise self.found
        return tuple(self.found)

    def unavailable(self, device: str) -> str | None:
        return self.refusal

    def make(self, model: object, options: object) -> Any:
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


@pytest.mark.parametrize(
    ("stand", "subject", "state", "words"),
    [
        (Stand(found=OSError("libmagic.so: no such file.")), "engine stand", "failed", "libmagic.so: no such file"),
        (Stand(found=RuntimeError()), "engine stand", "failed", "RuntimeError"),
        (Stand(found=(), refusal="There is no driver."), "engine stand", "not run", "There is no driver."),
        (Stand(found=()), "engine stand", "not run", "it finds no device here"),
        (Stand(refusal="Not here."), "engine stand on cpu", "not run", "Not here."),
        (Stand(made=EngineError("It does not fit.")), "engine stand on cpu", "failed", "It does not fit"),
    ],
)
def test_what_can_go_wrong(stand: Stand, subject: str, state: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_checks, "find_engine", lambda name: stand)
    (check,) = check_engine("stand", "")
    assert (check.subject, check.state, check.words) == (subject, state, words)


def test_another_result_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_checks, "find_engine", lambda name: Stand(made=FakeEngine()))
    (check,) = check_engine("stand", "")
    assert check.state == "failed"
    assert check.words.startswith("largest difference ")


def test_what_is_not_a_number_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_checks, "find_engine", lambda name: Stand())
    monkeypatch.setattr(engine_checks, "interpolated", lambda *_: np.full((48, 64, 3), np.nan, np.float32))
    (check,) = check_engine("stand", "")
    assert check.state == "failed"
