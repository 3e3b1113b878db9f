from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from midframe.diagnosis import libraries
from midframe.diagnosis.findings import LibraryState
from midframe.diagnosis.libraries import OPTIONAL, PURPOSES, REQUIRED, Library, load_modules, look_at_libraries
from midframe.diagnosis.requirements import plain_name
from midframe.extras import LIBRARIES

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_required_libraries_are_those_of_the_package() -> None:
    stated = [Requirement(line) for line in PROJECT["dependencies"]]
    here = {plain_name(each.name) for each in stated if each.marker is None or each.marker.evaluate()}
    assert {plain_name(row.package) for row in REQUIRED} == here


def test_optional_libraries_have_a_purpose() -> None:
    assert PURPOSES.keys() == LIBRARIES.keys()
    assert all(row.purpose for row in (*REQUIRED, *OPTIONAL))


def look(monkeypatch: pytest.MonkeyPatch, folder: Path, *rows: Library, allowed: str = "") -> list[LibraryState]:
    monkeypatch.setattr(libraries, "REQUIRED", rows[:1])
    monkeypatch.setattr(libraries, "OPTIONAL", rows[1:])
    monkeypatch.setattr(libraries, "allowed_versions", lambda: {"good-package": allowed})
    monkeypatch.syspath_prepend(str(folder))
    return list(look_at_libraries())


def packaged(folder: Path, module: str, package: str, version: str) -> None:
    info = folder / f"{package.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    (info / "top_level.txt").write_text(f"{module}\n")


GOOD = Library("good_library", "good-package", "good things")


def test_good_and_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "good_library.py").write_text("__version__ = '9'\n")
    packaged(tmp_path, "good_library", "good-package", "2.5")
    good, missing = look(monkeypatch, tmp_path, GOOD, Library("no_library", "no-package", "nothing"), allowed=">=2,<3")
    assert good == LibraryState("good-package", "good things", True, "2.5", ">=2,<3", True, None)
    assert missing == LibraryState("no-package", "nothing", False, None, "", True, None)


def test_too_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "good_library.py").write_text("")
    packaged(tmp_path, "good_library", "good-package", "1.9")
    (state,) = look(monkeypatch, tmp_path, GOOD, allowed=">=2")
    assert (state.version, state.fits) == ("1.9", False)


def test_version_of_another_package_with_the_same_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "good_library.py").write_text("")
    packaged(tmp_path, "good_library", "good-package-gpu", "3.1")
    (state,) = look(monkeypatch, tmp_path, GOOD)
    assert state.version == "3.1"


@pytest.mark.parametrize(("said", "version"), [("__version__ = '9.1'", "9.1"), ("__version__ = 9", ""), ("", "")])
def test_version_that_only_the_library_knows(
    said: str, version: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "good_library.py").write_text(said)
    (state,) = look(monkeypatch, tmp_path, GOOD)
    assert (state.version, state.fits) == (version, True)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("import a_module_that_is_missing", "cannot be loaded (No module named 'a_module_that_is_missing')"),
        ("raise ValueError('\\nnumpy.dtype size changed.\\nMore.')", "cannot be loaded (numpy.dtype size changed)"),
        ("raise AttributeError", "cannot be loaded (AttributeError)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed (SIGKILL)"),
        ("raise BaseException('odd')", "failed: BaseException: odd"),
    ],
)
def test_broken_libraries_do_not_harm_others(
    code: str, failure: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "good_library.py").write_text("__version__ = '9'\n")
    (tmp_path / "broken_library.py").write_text(code)
    good, broken = look(monkeypatch, tmp_path, GOOD, Library("broken_library", "broken", "trouble"))
    assert (good.version, good.failure) == ("9", None)
    assert (broken.version, broken.failure) == ("", failure)


def test_damaged_metadata(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "good_library.py").write_text("")

    def refuse(name: str) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(libraries, "version", refuse)
    (state,) = look(monkeypatch, tmp_path, GOOD)
    assert state.version == ""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of later versions of Python, about missing metadata
def test_leftovers_of_other_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An update that was cut off leaves folders without files."""
    (tmp_path / "good_library.py").write_text("__version__ = '9'\n")
    (tmp_path / "good_package-1.0.dist-info").mkdir()
    (tmp_path / "~umpy-2.0.dist-info").mkdir()
    (state,) = look(monkeypatch, tmp_path, GOOD)
    assert (state.version, state.failure) == ("9", None)


def test_modules_are_loaded_one_after_the_other() -> None:
    assert load_modules("json", "no_such_module")["json"].version == "2.0.9"
