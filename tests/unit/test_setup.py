"""What `setup.py` builds, with which flags, and what becomes of a failure."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from midframe.engines.cpu.kernels import library

pytest.importorskip("setuptools")

from setuptools import Distribution
from setuptools.errors import CCompilerError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delenv("MIDFRAME_REQUIRE_KERNELS", raising=False)
    spec = spec_from_file_location("setup_of_midframe", ROOT / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_kernels_are_looked_for_under_the_names_that_are_built(setup: ModuleType) -> None:
    assert setup.library_suffix(sys.platform) == library.SUFFIX
    name = setup.BuildKernels(Distribution()).get_ext_filename(f"{setup.PACKAGE}._avx2")
    assert ROOT / "src" / name == library.library_file("avx2")


@pytest.mark.parametrize("platform", ["linux-x86_64", "win-amd64", "macosx-13.0-x86_64"])
def test_all_instruction_sets_of_x86(setup: ModuleType, platform: str) -> None:
    assert tuple(setup.instruction_sets(platform)) == library.INSTRUCTION_SETS


@pytest.mark.parametrize("platform", ["linux-aarch64", "macosx-11.0-arm64", "win-arm64", "macosx-10.9-universal2"])
def test_the_baseline_elsewhere(setup: ModuleType, platform: str) -> None:
    assert setup.instruction_sets(platform) == {"baseline": []}


def test_a_failure_is_an_error_where_kernels_are_required(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise CCompilerError("g++ is not here")

    monkeypatch.setattr(setup.build_ext, "build_extension", fail)
    command = setup.BuildKernels(Distribution())
    command.compiler = type("Compiler", (), {"compiler_type": "unix"})()
    with pytest.raises(CCompilerError):
        command.build_extension(setup.kernels("avx2", []))

    monkeypatch.setenv("MIDFRAME_REQUIRE_KERNELS", "1")
    with pytest.raises(SystemExit, match="kernels _avx2 cannot be built, and MIDFRAME_REQUIRE_KERNELS is set"):
        command.build_extension(setup.kernels("avx2", []))


@pytest.mark.parametrize(("value", "optional"), [("", True), ("0", True), ("1", False)])
def test_kernels_are_optional_unless_they_are_required(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, value: str, *, optional: bool
) -> None:
    monkeypatch.setenv("MIDFRAME_REQUIRE_KERNELS", value)
    assert setup.kernels("avx2", []).optional is optional
