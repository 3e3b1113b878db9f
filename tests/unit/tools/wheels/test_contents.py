"""What is missing in packages, or should not be in them, is found."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest
from tools.wheels import contents
from tools.wheels.contents import NEEDED_TO_BUILD, differences, kernel_files, sdist_defects, wheel_defects

TRACKED = [
    "setup.py",
    "share/man/man1/midframe.1",
    "src/midframe/__init__.py",
    "src/midframe/engines/cpu/kernels/source/abi.cpp",
    "src/midframe/py.typed",
]
INSIDE = ["midframe/__init__.py", "midframe/_version.py", "midframe/py.typed"]
SHARED = "midframe-1.data/data/share/man/man1/midframe.1"
NAME = "midframe-1-py3-none-manylinux_2_28_aarch64.whl"


@pytest.fixture(autouse=True)
def _kernels_are_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "binary_defects", lambda content, functions: [] if content == b"good" else ["is bad"])


def write_wheel(folder: Path, *names: str, name: str = NAME, content: str = "good") -> Path:
    path = folder / name
    with ZipFile(path, "w") as archive:
        for each in [*names, "midframe-1.dist-info/RECORD"]:
            archive.writestr(each, content)
    return path


def write_sdist(folder: Path, *names: str) -> Path:
    path = folder / "midframe-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(f"midframe-1/{name}"), io.BytesIO())
    return path


def test_a_whole_wheel(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, *INSIDE, *kernel_files("aarch64"), SHARED)
    assert list(wheel_defects(wheel, TRACKED, "aarch64")) == []


def test_what_a_wheel_lacks_and_has_too_much(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, *INSIDE[:-1], *kernel_files("x86_64"), "midframe/engines/cpu/kernels/source/abi.cpp")
    assert list(wheel_defects(wheel, TRACKED, "aarch64")) == [
        f"{NAME}: lacks midframe/py.typed",
        f"{NAME}: lacks share/man/man1/midframe.1",
        f"{NAME}: should not have midframe/engines/cpu/kernels/_avx2.so",
        f"{NAME}: should not have midframe/engines/cpu/kernels/_avx512.so",
        f"{NAME}: should not have midframe/engines/cpu/kernels/source/abi.cpp",
    ]


def test_bad_kernels_and_a_bad_tag(tmp_path: Path) -> None:
    name = "midframe-1-cp311-cp311-linux_aarch64.whl"
    wheel = write_wheel(tmp_path, *INSIDE, *kernel_files("aarch64"), SHARED, name=name, content="other")
    assert list(wheel_defects(wheel, TRACKED, "aarch64")) == [
        f"{name}: its tag should be py3-none-manylinux_2_[0-9]+_aarch64",
        f"{name}: midframe/engines/cpu/kernels/_baseline.so is bad",
    ]


def test_a_whole_source_distribution(tmp_path: Path) -> None:
    sdist = write_sdist(tmp_path, *NEEDED_TO_BUILD, *TRACKED, "src/midframe/_version.py")
    assert list(sdist_defects(sdist, TRACKED)) == []


def test_what_a_source_distribution_lacks_and_has_too_much(tmp_path: Path) -> None:
    cache = "src/midframe/__pycache__/x.pyc"
    sdist = write_sdist(tmp_path, *NEEDED_TO_BUILD - {"LICENSE"}, *TRACKED, "src/midframe/_version.py", cache)
    assert list(sdist_defects(sdist, TRACKED)) == [
        "midframe-1.tar.gz: lacks LICENSE",
        f"midframe-1.tar.gz: should not have {cache}",
    ]


def test_wheels_that_differ(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = write_wheel(tmp_path, *INSIDE, *kernel_files("aarch64"))
    same = write_wheel(tmp_path / "other", *INSIDE)
    assert list(differences(one, same)) == []
    another = write_wheel(tmp_path / "other", *INSIDE[1:])
    assert [line.split()[0] for line in differences(one, another)] == ["midframe/__init__.py"]
