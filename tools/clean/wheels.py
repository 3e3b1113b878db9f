"""What a wheel is, and another version of it."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class Wheel:
    """The file of a wheel, whose name says what it is.

    Attributes:
        path: The file.
        name: The package.
        version: Its version.
        platforms: Where it runs, such as "manylinux_2_28_x86_64" or "any".
    """

    path: Path
    name: str
    version: str
    platforms: tuple[str, ...]

    def runs_on(self, machine: str) -> bool:
        """Whether it can be installed on Linux on a kind of machine, such as "x86_64"."""
        return any(
            platform == "any" or (platform.endswith(f"_{machine}") and "linux" in platform)
            for platform in self.platforms
        )

    def runs_with(self, python: str) -> bool:
        """Whether it can be installed with a version of Python, such as "3.11"."""
        tags = self.path.stem.split("-")[-3].split(".")
        return any(tag in ("py3", "cp" + python.replace(".", "")) for tag in tags)

    def shared_files(self) -> list[str]:
        """Files that go to the environment's own folders, such as "share/man/man1/midframe.1"."""
        prefix = f"{self.name}-{self.version}.data/data/"
        with zipfile.ZipFile(self.path) as archive:
            names = archive.namelist()
        return [name.removeprefix(prefix) for name in names if name.startswith(prefix) and not name.endswith("/")]


def read_wheel(path: Path) -> Wheel:
    """What the name of a wheel says.

    Raises:
        ValueError: There is no such file, or it is not the name of a wheel.
    """
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    parts = path.stem.split("-")
    if path.suffix != ".whl" or len(parts) not in (5, 6):
        raise ValueError(f"{path.name} is not the name of a wheel.")
    return Wheel(path, parts[0], parts[1], tuple(parts[-1].split(".")))


def write_older(wheel: Wheel, folder: Path, version: str, added: str) -> Path:
    """Write the same wheel under an older version, with one more module.

    Args:
        wheel: The wheel.
        folder: Where to write.
        version: The older version.
        added: Path of the module that only this version has, such as "midframe/removed.py".
    """
    old, new = f"{wheel.name}-{wheel.version}", f"{wheel.name}-{version}"
    target = folder / wheel.path.name.replace(old, new, 1)
    record = []
    with zipfile.ZipFile(wheel.path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        contents = {
            re.sub(rf"^{re.escape(old)}\.", f"{new}.", name): source.read(name)
            for name in source.namelist()
            if PurePosixPath(name).name != "RECORD"
        }
        metadata = f"{new}.dist-info/METADATA"
        contents[metadata] = re.sub(rb"(?m)^Version: .*$", f"Version: {version}".encode(), contents[metadata], count=1)
        contents[added] = b""
        for name, content in contents.items():
            archive.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}")
        archive.writestr(f"{new}.dist-info/RECORD", "\n".join([*record, f"{new}.dist-info/RECORD,,", ""]))
    return target
