"""A real HTTP server whose answers a test lays down, and a cache folder of the test's own."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


class AnsweringServer:
    """Gives answers in their order, the last one for ever, and notes what was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[str] = []
        self.ranges: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append(self.path)
                server.ranges.append(self.headers["Range"])
                server.answers[min(len(server.requests), len(server.answers)) - 1](self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002, likewise
                pass

        class QuietServer(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Clients that hang up are what some tests are about."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @staticmethod
    def body(content: bytes, announced: int | None = None) -> Answer:
        """Status 200 and a body, whose announced length may be a lie."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(content) if announced is None else announced))
            handler.end_headers()
            handler.wfile.write(content)

        return answer

    @staticmethod
    def part(content: bytes, *, until: int | None = None, says: str | None = None) -> Answer:
        """What was requested of a file, with status 206 where that is not all of it.

        Args:
            content: The whole file.
            until: Where the connection ends, if that is before the end of the file.
            says: The range that is announced, where that is a lie.
        """

        def answer(handler: BaseHTTPRequestHandler) -> None:
            requested = re.fullmatch(r"bytes=(\d+)-", handler.headers["Range"] or "")
            start = int(requested[1]) if requested else 0
            handler.send_response(206 if requested else 200)
            handler.send_header("Content-Length", str(len(content) - start))
            if requested:
                handler.send_header("Content-Range", says or f"bytes {start}-{len(content) - 1}/{len(content)}")
            handler.end_headers()
            handler.wfile.write(content[start:until])

        return answer

    @staticmethod
    def body_of_unknown_length(content: bytes) -> Answer:
        """Status 200 and a body that ends when the connection does."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(content)

        return answer

    @staticmethod
    def redirect(location: str) -> Answer:
        """Status 302."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(302)
            handler.send_header("Location", location)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        return answer

    @staticmethod
    def raw(head: bytes, piece: bytes, pause: float) -> Answer:
        """Bytes as they are, and pieces of a body without end."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(head)
            while True:
                handler.wfile.write(piece)
                time.sleep(pause)

        return answer

    @staticmethod
    def status(code: int) -> Answer:
        """A failure."""
        return lambda handler: handler.send_error(code)

    @staticmethod
    def hang(until: threading.Event, then: Answer) -> Answer:
        """Say nothing until told, then answer."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            until.wait(30)
            then(handler)

        return answer


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    server = AnsweringServer()
    yield server
    server.close()


@pytest.fixture
def servers() -> Iterator[tuple[AnsweringServer, ...]]:
    """Three of them."""
    servers = tuple(AnsweringServer() for _ in range(3))
    yield servers
    for each in servers:
        each.close()


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("MIDFRAME_CACHE", str(folder))
    monkeypatch.delenv("MIDFRAME_OFFLINE", raising=False)
    monkeypatch.delenv("MIDFRAME_CATALOG", raising=False)
    return folder
