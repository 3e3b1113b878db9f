"""Libraries that were built from other sources are refused before anything in them is called."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from ctypes import c_int64
from pathlib import Path

import pytest

from midframe.engines.cpu.kernels import library
from midframe.engines.cpu.kernels.library import Kernels, abi_number
from midframe.errors import EngineError


def test_the_library_has_the_number_of_the_structures(kernels: Kernels) -> None:
    abi = ctypes.CDLL(str(kernels.file)).midframe_abi
    abi.restype = ctypes.c_uint64
    assert abi() == abi_number()


@pytest.mark.parametrize("number", range(len(library.STRUCTURES)))
def test_every_structure_counts(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    before = abi_number()

    class Longer(ctypes.Structure):
        _fields_ = (("old", library.STRUCTURES[number]), ("new", c_int64))

    structures = list(library.STRUCTURES)
    structures[number] = Longer
    monkeypatch.setattr(library, "STRUCTURES", tuple(structures))
    assert abi_number() != before


def test_another_number_is_refused(kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "ABI_VERSION", library.ABI_VERSION + 1)
    with pytest.raises(EngineError, match=r"rebuild them: pip install -e \.$") as caught:
        Kernels(kernels.name, kernels.file)
    assert caught.value.path is not None


@pytest.mark.skipif(not Path("/proc/cpuinfo").is_file(), reason="reads /proc")
def test_the_processor_is_recognised() -> None:
    if library.load_library("baseline") is None:
        pytest.skip("the kernels are not built")
    flags = set(Path("/proc/cpuinfo").read_text().split())
    wanted = ["baseline"]
    if {"avx2", "fma"} <= flags:
        wanted.append("avx2")
        if {"avx512f", "avx512vl", "avx512bw", "avx512dq"} <= flags:
            wanted.append("avx512")
    assert library.supported_instruction_sets() == tuple(wanted)


def test_without_kernels_the_baseline_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "SUFFIX", ".nothing")
    assert library.supported_instruction_sets() == ("baseline",)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("code", ["int midframe_lanes() { __builtin_trap(); }", "long midframe_abi() { return 7; }"])
def test_a_library_without_the_number_is_refused_uncalled(tmp_path: Path, code: str) -> None:
    source, built = tmp_path / "old.c", tmp_path / "old.so"
    source.write_text(code)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(built), str(source)], check=True)
    with pytest.raises(EngineError, match="built from another version of midframe"):
        Kernels("baseline", built)
