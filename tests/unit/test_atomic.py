"""A file is whole or not there."""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from midframe import atomic
from midframe.atomic import (
    atomic_path,
    hidden_name,
    is_temporary_name,
    put_in_place,
    special_kind,
    temporary_path,
    write_bytes_atomically,
    write_json_atomically,
    write_text_atomically,
)

UNUSUAL_NAMES = (
    "plain.txt",
    "no suffix",
    ".hidden",
    "two.dots.tar.gz",
    "ends with a dot.",
    "spaces and % and {}.png",
    "новый кадр.png",
    "帧" * 83 + ".png",
    "x" * 251 + ".png",
    "x." + "y" * 253,
    "." + "z" * 254,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", UNUSUAL_NAMES)
def test_names(tmp_path: Path, name: str) -> None:
    write_bytes_atomically(tmp_path / name, b"first")
    write_bytes_atomically(tmp_path / name, b"second")
    assert (tmp_path / name).read_bytes() == b"second"
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", ["out.png", "out.tar.gz", "帧" * 83 + ".png"])
def test_the_temporary_file_is_hidden_beside_the_file_and_has_its_suffix(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with atomic_path(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.name.startswith(".")
        assert temporary.suffix == path.suffix
        assert not path.exists()
        temporary.write_bytes(b"")
    assert names(tmp_path) == [name]


def test_text_keeps_its_line_ends_and_is_utf_8(tmp_path: Path) -> None:
    write_text_atomically(tmp_path / "a.txt", "ä\nö\r\n")
    assert (tmp_path / "a.txt").read_bytes() == "ä\nö\r\n".encode()


def test_json(tmp_path: Path) -> None:
    write_json_atomically(tmp_path / "a.json", {"größe": [1, 2]})
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"größe": [1, 2]}
    assert text.startswith('{\n  "größe"')
    assert text.endswith("}\n")


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, OSError])
def test_an_error_leaves_the_old_file_and_no_temporary_one(tmp_path: Path, kind: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with pytest.raises(kind), atomic_path(path) as temporary:  # noqa: PT012
        temporary.write_bytes(b"half of the n")
        raise kind
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("step", ["fsync_file", "fsync_folder"])
def test_an_error_while_flushing_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, step, fail)
    with pytest.raises(OSError, match="No space"):
        write_bytes_atomically(tmp_path / "a.txt", b"new")
    assert names(tmp_path) in ([], ["a.txt"])


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_bytes_atomically(tmp_path / "missing" / "a.txt", b"")
    assert names(tmp_path) == []


def test_file_and_folder_are_flushed_around_the_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, steps = tmp_path / "a.txt", []
    monkeypatch.setattr(atomic, "fsync_file", lambda flushed: steps.append((flushed.name, path.exists())))
    monkeypatch.setattr(atomic, "fsync_folder", lambda flushed: steps.append((flushed.name, path.exists())))
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"")
    assert steps == [(temporary.name, False), (tmp_path.name, True)]


def test_two_writers_at_once_do_not_mix(tmp_path: Path) -> None:
    path, both_wrote = tmp_path / "a.bin", threading.Barrier(2)
    contents = (b"a" * 100_000, b"b" * 50_000)

    def write(content: bytes) -> None:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
            both_wrote.wait(30)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_bytes() in contents
    assert names(tmp_path) == ["a.bin"]


def test_an_inner_writer_does_not_disturb_an_outer_one(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with atomic_path(path) as outer:
        outer.write_bytes(b"outer")
        write_bytes_atomically(path, b"inner")
        assert path.read_bytes() == b"inner"
    assert path.read_bytes() == b"outer"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_mode_is_that_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_bytes_atomically(tmp_path / "atomic", b"")
    assert stat.S_IMODE((tmp_path / "atomic").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_named_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received = []
    reader = threading.Thread(target=lambda: received.append(path.read_bytes()))
    reader.start()
    write_text_atomically(path, "whole")
    reader.join(30)
    assert received == [b"whole"]
    assert path.is_fifo()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_named_pipe_without_a_reader_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "READER_SECONDS", 0.0)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no program reads this pipe"):
        write_text_atomically(tmp_path / "pipe", "whole")
    assert (tmp_path / "pipe").is_fifo()


SPECIAL: dict[str, Callable[[Path], object]] = {
    "a symbolic link": lambda path: path.symlink_to(path.with_name("target")),
    "a folder": lambda path: path.mkdir(),
    "a socket": lambda path: socket.socket(socket.AF_UNIX).bind(str(path)),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_what_is_no_plain_file_is_neither_replaced_nor_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "target").write_bytes(b"mine")
    SPECIAL[kind](Path("taken"))
    before = os.lstat("taken")
    assert special_kind(tmp_path / "taken") == kind
    with pytest.raises(OSError, match=f"it is {kind}, which is not replaced"):
        write_bytes_atomically(tmp_path / "taken", b"new")
    for replace in (True, False):
        (tmp_path / "new").write_bytes(b"new")
        with pytest.raises(OSError, match=f"it is {kind}, which is not replaced"):
            put_in_place(tmp_path / "new", tmp_path / "taken", replace=replace)
    assert os.lstat("taken").st_ino == before.st_ino
    assert (tmp_path / "target").read_bytes() == b"mine"
    assert names(tmp_path) == ["new", "taken", "target"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is full")
def test_a_character_device_is_written_to() -> None:
    with pytest.raises(OSError, match="No space left"):
        write_text_atomically(Path("/dev/full"), "whole")


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_a_file_is_put_in_place_but_over_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    new, path = tmp_path / "new", tmp_path / "path"
    new.write_bytes(b"new")
    put_in_place(new, path, replace=False)
    assert (path.read_bytes(), path.stat().st_nlink, names(tmp_path)) == (b"new", 1, ["path"])
    new.write_bytes(b"newer")
    with pytest.raises(FileExistsError, match="has appeared in the meantime, and is kept"):
        put_in_place(new, path, replace=False)
    assert (path.read_bytes(), new.read_bytes()) == (b"new", b"newer")
    put_in_place(new, path, replace=True)
    assert (path.read_bytes(), names(tmp_path)) == (b"newer", ["path"])


def test_temporary_files_are_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / ".a.midframe-00000000.part.txt"
    taken.write_bytes(b"mine")
    monkeypatch.setattr(secrets, "token_hex", lambda length: "0" * 2 * length)
    with pytest.raises(FileExistsError):
        write_bytes_atomically(tmp_path / "a.txt", b"new")
    assert taken.read_bytes() == b"mine"
    assert names(tmp_path) == [taken.name]


@pytest.mark.parametrize("name", UNUSUAL_NAMES)
@pytest.mark.parametrize("hidden", [True, False])
def test_temporary_names_are_recognised_by_their_mark(tmp_path: Path, name: str, hidden: bool) -> None:
    path = tmp_path / name
    ours = temporary_path(path, hidden=hidden)
    assert is_temporary_name(ours.name, path, hidden=hidden)
    assert not is_temporary_name(ours.name, path, hidden=not hidden)
    assert not is_temporary_name(ours.name, tmp_path / f"other{path.suffix}", hidden=hidden)
    assert not is_temporary_name(name, path, hidden=hidden)
    assert len(os.fsencode(ours.name)) <= atomic.LONGEST_NAME


@pytest.mark.parametrize("name", ["a.part.mp4", "a.resumed.mp4", "a.midframe-1.part.mp4", "a.midframe-part.mp4"])
def test_other_names_are_not(tmp_path: Path, name: str) -> None:
    assert not is_temporary_name(name, tmp_path / "a.mp4", hidden=False)


def test_names_that_are_shortened_stay_distinct(tmp_path: Path) -> None:
    long = "x" * 249
    assert hidden_name(f"{long}a.mp4", "journal") != hidden_name(f"{long}b.mp4", "journal")
    assert not is_temporary_name(temporary_path(tmp_path / f"{long}a").name, tmp_path / f"{long}b")
    assert hidden_name(f"{long}a.mp4", "journal") == hidden_name(f"{long}a.mp4", "journal")
    assert hidden_name("a.mp4", "journal") == ".a.mp4.journal"
