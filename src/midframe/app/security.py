"""Which requests the app answers: from its own page, by its own name, with its token. All others are refused here."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from midframe.errors import WriteError

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Nothing but the page's own files, and no text that becomes script."""

EVALUATION_POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Of the page of an evaluation, which has a stricter policy in itself, with hashes of its scripts. This one shuts it
off from the app: it gets an origin of its own, without cookies, and reaches nothing."""

HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
"""Of every answer."""

READING = frozenset({"GET", "HEAD"})

COOKIE_SECONDS = 365 * 24 * 3600


def load_token(path: Path) -> str:
    """The token of this app: kept in a file that only its user can read, so that pages stay open over a restart.

    Raises:
        WriteError: The file cannot be written.
    """
    try:
        # Others may have read it if they may read it.
        token = "" if os.name != "nt" and path.stat().st_mode & 0o077 else path.read_text("ascii").strip()
    except (OSError, UnicodeError):
        token = ""
    if len(token) < 32:
        token = secrets.token_urlsafe(32)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(token)
        except OSError as error:
            raise WriteError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error
    return token


def host_names(host: str) -> Callable[[str], bool]:
    """Which names in a request's Host header are the app's own.

    Names of others that lead to this machine are not: with them, a page from elsewhere could act as the app's.

    Args:
        host: Address or name that the app listens on.
    """
    names = {"localhost", "127.0.0.1", "::1", host.lower()}
    addresses = host in ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
    if addresses:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    def is_own(name: str) -> bool:
        return name.lower() in names or (addresses and _is_address(name))

    return is_own


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Answers what is not the app's own page with a refusal, and puts `HEADERS` on every answer.

    Args:
        app: What is guarded.
        token: Has to be in the address of the first request, and in a cookie of all others.
        host: Address that the app listens on.
        port: Port that it listens on.
    """

    def __init__(self, app: ASGIApp, token: str, host: str, port: int) -> None:
        self._app = app
        self._token = token
        self._is_own_name = host_names(host)
        self._port = port
        self._cookie = f"midframe-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # The app has no web sockets.
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        """What a request is answered with that does not reach the app; None if it does."""
        headers = Headers(scope=scope)
        method = scope["method"]
        if not self._has_own_host(headers):
            return _refused(421, "This address is not the app's own.")
        if not self._comes_from_page(headers, method, scope["path"]):
            return _refused(403, "The request comes from another page.")
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if given is not None and method in READING and scope["path"] == "/":
            return self._signed_in() if self._is_token(given[-1:]) else _refused(401, _NO_TOKEN)
        if self._is_token(_cookies(headers, self._cookie)):
            return None
        if scope["path"] == "/" and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            # Where a link in another page leads here, the cookie is left out; from this page it is not.
            return HTMLResponse(_AGAIN)
        return _refused(401, _NO_TOKEN)

    def _has_own_host(self, headers: Headers) -> bool:
        given = headers.getlist("host")
        if len(given) != 1:
            return False
        try:
            parts = urlsplit(f"//{given[0]}")
            name, port = parts.hostname, parts.port
        except ValueError:
            return False
        if parts.username is not None or parts.path or parts.query or parts.fragment:
            return False
        return name is not None and self._is_own_name(name) and (port or 80) == self._port

    def _comes_from_page(self, headers: Headers, method: str, path: str) -> bool:
        """Whether a request is of the page itself. Browsers say so; what changes anything has to say it, too."""
        origins = headers.getlist("origin")
        if origins or method not in READING:
            return origins == [f"http://{headers['host']}"]
        site = headers.get("sec-fetch-site")
        # The page may be opened from anywhere: a link in a terminal, a bookmark.
        return site in (None, "same-origin", "none") or (path == "/" and headers.get("sec-fetch-mode") == "navigate")

    def _is_token(self, given: Iterable[str]) -> bool:
        return any(hmac.compare_digest(each.encode(), self._token.encode()) for each in given)

    def _signed_in(self) -> Response:
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, self._token, max_age=COOKIE_SECONDS, path="/", httponly=True, samesite="strict")
        return answer


_AGAIN = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>midframe</title>'

_NO_TOKEN = "Open the address that `midframe app` has printed: it has a token, which this request lacks."  # noqa: S105


def _refused(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status)


def _cookies(headers: Headers, name: str) -> list[str]:
    """Values of cookies of this name. Other programs of this machine set cookies, too, of any form."""
    pairs = [pair.strip().partition("=") for text in headers.getlist("cookie") for pair in text.split(";")]
    return [value for key, _, value in pairs if key == name]


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return send_with_headers
