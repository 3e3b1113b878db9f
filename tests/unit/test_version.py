"""The version comes from the newest tag, through the file that a build writes; nothing else states it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

import midframe

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FALLBACK = PYPROJECT["tool"]["setuptools_scm"]["fallback_version"]
FIRST_RELEASE = Version("0.1.0")


def version_of_sources(folder: Path, *written: str) -> str:
    """What copies of the package's first modules say, with or without the file that a build writes."""
    package = folder / "midframe"
    package.mkdir()
    for name in ("__init__.py", "version.py"):
        (package / name).write_bytes((ROOT / "src/midframe" / name).read_bytes())
    for text in written:
        (package / "_version.py").write_text(text, encoding="utf-8")
    program = "import midframe; print(midframe.__version__)"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def test_the_version_is_what_the_build_wrote(tmp_path: Path) -> None:
    template = PYPROJECT["tool"]["setuptools_scm"]["version_file_template"]
    written = template.format(version="7.8.9.dev3+g123abc")
    assert version_of_sources(tmp_path, written) == "7.8.9.dev3+g123abc"


def test_sources_that_were_not_built_have_a_version_before_all_others(tmp_path: Path) -> None:
    assert version_of_sources(tmp_path) == FALLBACK
    assert Version(FALLBACK) < FIRST_RELEASE


def test_the_version_is_one() -> None:
    assert str(Version(midframe.__version__)) == midframe.__version__


def test_the_project_states_no_version() -> None:
    assert "version" in PYPROJECT["project"]["dynamic"]
    assert "version" not in PYPROJECT["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert not re.search(r"^version:", citation, re.MULTILINE)


@pytest.mark.parametrize("pattern", [r"""version\(["']midframe["']\)""", r"""__version__\s*=\s*["']\d"""])
def test_no_module_has_another_source_of_it(pattern: str) -> None:
    """An installation of midframe that the running modules do not belong to would give its own version."""
    stating = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "src").rglob("*.py"))
        if path.name != "_version.py" and re.search(pattern, path.read_text(encoding="utf-8"))
    ]
    assert set(stating) <= {"src/midframe/version.py"}, "take it from midframe.version"
