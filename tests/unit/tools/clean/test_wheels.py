from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tools.clean.wheels import Wheel, read_wheel, write_older

METADATA = "Metadata-Version: 2.1\nName: thing\nVersion: 1.2\n\nVersion: of the text\n"


@pytest.fixture
def wheel(tmp_path: Path) -> Wheel:
    path = tmp_path / "thing-1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("thing/__init__.py", "")
        archive.writestr("thing-1.2.data/data/share/man/man1/thing.1", "")
        archive.writestr("thing-1.2.dist-info/METADATA", METADATA)
        archive.writestr("thing-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("thing-1.2.dist-info/RECORD", "")
    return read_wheel(path)


@pytest.mark.parametrize(
    ("tags", "machine", "python", "fits"),
    [
        ("py3-none-any", "x86_64", "3.13", True),
        ("py3-none-manylinux_2_28_x86_64", "x86_64", "3.11", True),
        ("py3-none-manylinux_2_28_x86_64", "aarch64", "3.11", False),
        ("py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64", "aarch64", "3.13", True),
        ("cp311-cp311-linux_x86_64", "x86_64", "3.11", True),
        ("cp311-cp311-linux_x86_64", "x86_64", "3.13", False),
        ("py3-none-macosx_11_0_x86_64", "x86_64", "3.13", False),
    ],
)
def test_where_a_wheel_can_be_installed(tags: str, machine: str, python: str, fits: bool, tmp_path: Path) -> None:
    path = tmp_path / f"midframe-0.1.0-{tags}.whl"
    path.touch()
    wheel = read_wheel(path)
    assert (wheel.name, wheel.version) == ("midframe", "0.1.0")
    assert (wheel.runs_on(machine) and wheel.runs_with(python)) is fits


def test_what_is_not_a_wheel(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no file"):
        read_wheel(tmp_path / "midframe-0.1.0-py3-none-any.whl")
    source = tmp_path / "midframe-0.1.0.tar.gz"
    source.touch()
    with pytest.raises(ValueError, match=r"midframe-0\.1\.0\.tar\.gz is not the name of a wheel\."):
        read_wheel(source)


def test_shared_files(wheel: Wheel) -> None:
    assert wheel.shared_files() == ["share/man/man1/thing.1"]


def test_pip_installs_the_older_version(wheel: Wheel, tmp_path: Path) -> None:
    older = write_older(wheel, tmp_path, "0.0.1", "thing/removed.py")
    assert older.name == "thing-0.0.1-py3-none-any.whl"
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"]
    subprocess.run([*command, "--target", str(site), str(older)], check=True)
    assert (site / "thing" / "removed.py").is_file()
    assert (site / "thing-0.0.1.dist-info" / "METADATA").read_text() == METADATA.replace("1.2", "0.0.1")
