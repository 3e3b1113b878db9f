"""Get one file from one address, once.

Nothing here knows the cache. What fails raises `AttemptError`, which states whether another attempt makes sense.
"""

from __future__ import annotations

import re
import time
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from midframe.text import shortened

TIMEOUT_SECONDS = (10.0, 30.0)
"""How long to wait for a connection, and for the next bytes of a body."""

LARGEST_FILE = 1 << 30
"""Bytes after which a body is given up, whatever size the server announces; the largest weights have 140 MB."""

MOST_REDIRECTS = 10
"""How often an address may lead on to another one."""

SLOWEST_SECONDS = 60.0
SLOWEST_BYTES = 16 << 10
"""A body is given up where fewer bytes than this arrive in that many seconds."""

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


def download_url(url: str, target: Path, size: int | None, progress: Progress) -> None:
    """Stream a file over HTTP. What the target holds already is the beginning, and the rest is requested.

    Redirects are followed to other servers, but never to another protocol than HTTPS and HTTP, nor from HTTPS to HTTP.

    Args:
        url: The address.
        target: Where to write. What arrives stays there where the download stops.
        size: Bytes it must have, or None if not known.
        progress: Is notified of it.

    Raises:
        AttemptError: No connection, a status other than 200, a redirect that is not followed, a body that is too short,
            too long or comes too slowly.
        OSError: The file could not be written.
    """
    start = target.stat().st_size if target.exists() else 0
    try:
        with _Session() as session, _open(session, url, start) as response:
            # A server that does not know of parts begins at the beginning.
            start = start if response.status_code == requests.codes.partial_content else 0
            announced = response.headers.get("Content-Length", "")
            total = start + int(announced) if re.fullmatch(r"[0-9]{1,18}", announced) else None
            if size is not None and total is not None and total != size:
                raise AttemptError(f"{url} has {total} bytes instead of {size}.", retries=1)
            wanted = size or total
            if wanted is not None and wanted > LARGEST_FILE:
                raise AttemptError(f"{url} announces {wanted} bytes, more than the limit of {LARGEST_FILE}.")
            _save(response, target, start, wanted, progress)
    # In this order: the first are kinds of the second.
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise AttemptError(
            f"{url} could not be reached, or the download stopped ({_reason(error)}).", retries=2
        ) from error
    except (requests.RequestException, HTTPError, ValueError) as error:
        # ValueError: what addresses and headers hold is taken apart in many places.
        raise AttemptError(f"{url} could not be downloaded ({_reason(error)}).") from error
    if wanted is not None and target.stat().st_size < wanted:
        raise AttemptError(f"The download of {url} stopped after {target.stat().st_size} of {wanted} bytes.", retries=2)


def file_name(path: str) -> str:
    """The last part of a path, if that is an ordinary name for a file, else one of our own."""
    name = PurePosixPath(path).name
    return name if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) else "file"


class _Session(requests.Session):
    """Follows no redirects, and reads no body of an answer that is one: that could be without end."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, as for answers that are not redirects."""


def _open(session: requests.Session, url: str, start: int) -> requests.Response:
    """The answer to a request, after all redirects; its body has not been read."""
    address = url
    for _ in range(MOST_REDIRECTS + 1):
        # "identity" makes Content-Length the file's own length, and bytes on the way those that are written.
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
        response = session.get(address, stream=True, timeout=TIMEOUT_SECONDS, headers=headers, allow_redirects=False)
        if start and not response.is_redirect and not _continues(response, start):
            # The server has no such part, or sends another one.
            response.close()
            return _open(session, address, 0)
        if not response.is_redirect:
            _check_response(address, response, requests.codes.partial_content if start else requests.codes.ok)
            return response
        location = response.headers["Location"]
        response.close()
        address = _redirected(address, location)
    raise AttemptError(f"{url} redirects more than {MOST_REDIRECTS} times.")


def _continues(response: requests.Response, start: int) -> bool:
    """Whether an answer to a request for the rest of a file can be used."""
    if response.status_code == requests.codes.partial_content:
        return response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
    return bool(response.status_code != requests.codes.requested_range_not_satisfiable)


def _redirected(address: str, location: str) -> str:
    """The address that a redirect leads to."""
    try:
        parts = urlsplit(urljoin(address, location))
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise AttemptError(f"{address} redirects to {shortened(location)}, which is not a web address.")
    except ValueError as error:
        raise AttemptError(
            f"{address} redirects to {shortened(location)}, which is not a valid address ({error})."
        ) from error
    if address.startswith("https:") and parts.scheme != "https":
        raise AttemptError(f"{address} redirects to an unencrypted address, {shortened(location)}.")
    return parts.geturl()


def _check_response(url: str, response: requests.Response, expected: int) -> None:
    if response.status_code not in (requests.codes.ok, expected):
        # 5xx and 429 mean "not now"; anything else stays so however often one asks.
        passing = response.status_code >= 500 or response.status_code == requests.codes.too_many_requests
        response.close()
        raise AttemptError(
            f"{url} answered with status {response.status_code} ({shortened(response.reason or 'no reason')}).",
            retries=2 if passing else 0,
        )
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        response.close()
        raise AttemptError(f"{url} sends the file in the encoding {shortened(encoding)}, which was not requested.")


def _save(response: requests.Response, target: Path, start: int, total: int | None, progress: Progress) -> None:
    received = start
    limit = LARGEST_FILE if total is None else total
    pace = _Pace()
    progress.begin(file_name(urlsplit(response.url).path), total)
    try:
        if start:
            progress.advance(start)
        with target.open("ab" if start else "wb") as output:
            # Not `iter_content`: it would wait for a whole chunk, however slowly that comes.
            while chunk := _received(response):
                received += len(chunk)
                if received > limit:
                    # It is another file.
                    output.truncate(0)
                    raise AttemptError(f"{response.url} sends more than {limit} bytes.", retries=1)
                output.write(chunk)
                progress.advance(len(chunk))
                pace.check(response.url, received - start)
    finally:
        progress.end()


def _received(response: requests.Response) -> bytes:
    """What has arrived of a body, at least a byte and at most a chunk; nothing at its end."""
    try:
        return bytes(response.raw.read1(_CHUNK, decode_content=False))
    except ProtocolError as error:
        raise requests.ConnectionError(error) from error
    except ReadTimeoutError as error:
        raise requests.Timeout(error) from error


class _Pace:
    """Gives up a body that comes so slowly that it would never be whole."""

    def __init__(self) -> None:
        self._since, self._received = time.monotonic(), 0

    def check(self, url: str, received: int) -> None:
        """Compare what was received since the last look with the least that is acceptable, once in a while."""
        now = time.monotonic()
        if now - self._since < SLOWEST_SECONDS:
            return
        if received - self._received < SLOWEST_BYTES:
            raise AttemptError(
                f"{url} sends too slowly: {received - self._received} bytes in {now - self._since:.0f} s.", retries=1
            )
        self._since, self._received = now, received


def _reason(error: Exception) -> str:
    """The innermost cause of a `requests` failure, which is the informative part."""
    while (inner := error.__cause__ or error.__context__) is not None and isinstance(inner, Exception):
        error = inner
    return str(error) or type(error).__name__
