"""The app in a thread of the test, and requests to it as they go over the wire."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from midframe.app.evaluations import EvaluationCommand
from midframe.app.job_options import OptionWords
from midframe.app.server import make_app
from midframe.app.service import Service
from midframe.app.serving import listening_socket, server_config
from midframe.app.settings import LOOPBACK, AppSettings

TOKEN = "test-token-" + "x" * 32

WORDS = (
    OptionWords("factor", "--factor", "Output frames per source frame.", "Output", "text"),
    OptionWords("slowmo", "--slowmo", "Slow motion.", "Time", "flag"),
    OptionWords("choices", "--choices", "What becomes of single pairs.", "Output", "text"),
    OptionWords("crf", "--crf", "Constant quality.", "Video", "text"),
    OptionWords("channel_rules", "--channel-rule", "Rules of channels.", "Layers", "text"),
    OptionWords("mode", "--mode", "How frames are made.", "Output", "choice", ("direct", "recursive"), "direct"),
)


@dataclass(frozen=True)
class Answer:
    """What the app answered with."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class RunningApp:
    """An app that listens."""

    service: Service
    port: int
    root: Path
    data: Path
    extra: dict[str, str] = field(default_factory=dict)

    def request(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        headers: Mapping[str, str | None] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """A request as the page makes it, but for what `headers` change; None leaves one out."""
        own = f"127.0.0.1:{self.port}"
        sent: dict[str, str | None] = {"Host": own, "Cookie": f"midframe-{self.port}={TOKEN}"}
        if method not in ("GET", "HEAD"):
            sent["Origin"] = f"http://{own}"
        content = raw
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        sent |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            if content is not None and "Content-Length" not in sent:
                connection.putheader("Content-Length", str(len(content)))
            connection.endheaders()
            if content is not None:
                connection.send(content)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def add(self, *paths: Path) -> str:
        """Add files; the name of the first new item."""
        answer = self.request("POST", "/api/items", {"paths": [str(path) for path in paths]})
        assert answer.status == 200, answer.body
        return str(answer.json["ids"][0])

    def upload(self, *files: tuple[str, bytes]) -> Answer:
        """Upload files as the page does."""
        announced = [{"name": name, "size": len(content)} for name, content in files]
        begun = self.request("POST", "/api/uploads", {"files": announced})
        if begun.status != 200:
            return begun
        name = begun.json["id"]
        for number, (_, content) in enumerate(files):
            answer = self.request("PUT", f"/api/uploads/{name}/{number}", raw=content)
            assert answer.status == 200, answer.body
        return self.request("POST", f"/api/uploads/{name}", {})

    def wait_for(self, item_id: str, *states: str, seconds: float = 60.0) -> str:
        """The state of an item, once it is one of these."""
        deadline = time.monotonic() + seconds
        while True:
            item = self.service.store.item(item_id)
            if item.state in states:
                return item.state
            assert time.monotonic() < deadline, f"still {item.state}: {item.failure}"
            time.sleep(0.02)


@contextmanager
def running_app(root: Path, data: Path, evaluate: EvaluationCommand | None = None) -> Iterator[RunningApp]:
    """The app, which ends with the block."""
    with listening_socket(LOOPBACK, free_port()) as listener:
        number = listener.getsockname()[1]
        service = Service(AppSettings((root.resolve(),), data, LOOPBACK, number), WORDS, evaluate=evaluate)
        app = make_app(service, TOKEN, LOOPBACK, number)
        server = uvicorn.Server(server_config(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        try:
            yield RunningApp(service, number, root, data)
        finally:
            service.broadcast.close()
            server.should_exit = True
            thread.join(30)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
