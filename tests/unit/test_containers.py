"""What must hold for the container files, and can be seen without building them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "containers").glob("*.Dockerfile"))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_wheel_for_this_machine_is_chosen(path: Path, machine: str, tmp_path: Path) -> None:
    """`make wheels` puts those for two kinds of processors into dist/."""
    names = {each: f"midframe-0.1.0-py3-none-manylinux_2_35_{each}.whl" for each in ("x86_64", "aarch64")}
    for name in names.values():
        (tmp_path / name).touch()
    found = re.search(r'wheel="\$\((.*)\)"', path.read_text(encoding="utf-8"))
    assert found is not None
    command = found[1].replace("/wheel", str(tmp_path)).replace("$(uname --machine)", machine)
    done = subprocess.run(["sh", "-c", command], check=True, text=True, stdout=subprocess.PIPE)
    assert done.stdout == f"{tmp_path / names[machine]}\n"
