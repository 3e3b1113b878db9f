"""Libraries that are as they should be, and libraries that are not, built by the C compiler of this machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.wheels.binaries import binary_defects

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("gcc") is None, reason="needs GCC on Linux, whose libraries are looked at"
)


def library(folder: Path, code: str, *flags: str) -> bytes:
    source, built = folder / "code.c", folder / "code.so"
    source.write_text(code, encoding="utf-8")
    command = ["gcc", "-shared", "-fPIC", "-Wl,-z,noexecstack", str(source), "-o", str(built), *flags]
    subprocess.run(command, check=True, capture_output=True)
    return built.read_bytes()


def test_a_library_that_offers_what_it_should(tmp_path: Path) -> None:
    assert list(binary_defects(library(tmp_path, "int one(void) { return 1; }"), ["one"])) == []


@pytest.mark.parametrize(
    ("code", "flags", "defect"),
    [
        ("int PyLong_AsInt(int); int one(void) { return PyLong_AsInt(1); }", (), "needs Python's PyLong_AsInt"),
        ("int two(void) { return 2; }", (), "lacks one"),
        ("int one(void) { return 1; } int two(void) { return 2; }", (), "offers more than the kernels: two"),
        ("int one(void) { return 1; }", ("-Wl,--no-as-needed", "-lgcc_s"), "needs libgcc_s.so.1"),
        ("int one(void) { return 1; }", ("-Wl,-z,execstack",), "has an executable stack"),
    ],
)
def test_every_defect_is_found(tmp_path: Path, code: str, flags: tuple[str, ...], defect: str) -> None:
    assert defect in list(binary_defects(library(tmp_path, code, *flags), ["one"]))
