"""One writer an output."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from midframe.errors import OptionError, OutputInUseError, WriteError
from midframe.media import output_lock
from midframe.media.output_lock import exclusive_output, lock_place

HOLD = """
import sys, time
from pathlib import Path
from midframe.media.output_lock import exclusive_output
with exclusive_output(Path(sys.argv[1]), is_folder=sys.argv[2] == "folder"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(output: Path, *, is_folder: bool) -> subprocess.Popen[str]:
    """Another process that holds an output until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(output), "folder" if is_folder else "file"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("is_folder", [True, False])
def test_one_at_a_time(tmp_path: Path, is_folder: bool) -> None:
    output = tmp_path / "out"
    refused = []

    def other() -> None:
        try:
            with exclusive_output(output, is_folder=is_folder):
                pass
        except OutputInUseError as error:
            refused.append(error)

    with exclusive_output(output, is_folder=is_folder), exclusive_output(tmp_path / "another", is_folder=is_folder):
        other()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 2
    assert "Another job is writing" in str(refused[0])
    assert refused[0].exit_code == 2
    other()
    assert len(refused) == 2
    # Neither the lock nor a folder made for it is left.
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_folder", [True, False])
def test_other_spellings_are_the_same_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_folder: bool) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    with exclusive_output(tmp_path / "out", is_folder=is_folder):
        for spelling in (Path("out"), Path("sub/../out")):
            with pytest.raises(OutputInUseError), exclusive_output(spelling, is_folder=is_folder):
                pass


@pytest.mark.parametrize("is_folder", [True, False])
def test_another_process_holds_it_until_it_ends_even_if_it_is_killed(tmp_path: Path, is_folder: bool) -> None:
    output = tmp_path / "out"
    with holder(output, is_folder=is_folder) as process:
        with pytest.raises(OutputInUseError), exclusive_output(output, is_folder=is_folder):
            pass
        process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    assert lock_place(output, is_folder=is_folder).exists()
    with exclusive_output(output, is_folder=is_folder):
        pass
    assert not lock_place(output, is_folder=is_folder).exists()


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    with exclusive_output(tmp_path, is_folder=True):
        pass
    assert tmp_path.is_dir()


def test_what_has_the_name_of_the_lock_and_is_no_file_stays(tmp_path: Path) -> None:
    place = lock_place(tmp_path / "out.mp4", is_folder=False)
    place.mkdir()
    with (
        pytest.raises(OptionError, match=r"\.out\.mp4\.midframe-lock is a folder"),
        exclusive_output(tmp_path / "out.mp4"),
    ):
        pass
    assert place.is_dir()


def test_a_file_that_has_its_name_and_is_not_empty_stays(tmp_path: Path) -> None:
    place = lock_place(tmp_path, is_folder=True)
    place.write_bytes(b"mine")
    with exclusive_output(tmp_path, is_folder=True):
        pass
    assert place.read_bytes() == b"mine"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="could not be created"), exclusive_output(tmp_path / "file" / "out.mp4"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="simulates another system")
class TestWithoutLocks:
    """On a file system that cannot lock files."""

    @pytest.fixture(autouse=True)
    def _no_locks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import fcntl

        def no_locks(descriptor: int, operation: int) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "flock", no_locks)
        monkeypatch.setattr(output_lock, "RECLAIM_SECONDS", 0.3)

    def test_one_at_a_time(self, tmp_path: Path) -> None:
        with exclusive_output(tmp_path / "out.mp4"):
            owner = tmp_path / ".out.mp4.midframe-lock-owner"
            with pytest.raises(OutputInUseError, match=f"remove {owner}"), exclusive_output(tmp_path / "out.mp4"):
                pass
        with exclusive_output(tmp_path / "out.mp4"):
            pass
        assert list(tmp_path.iterdir()) == []

    def test_what_a_killed_process_has_left_is_recognised(self, tmp_path: Path) -> None:
        """Its number may belong to another process by now: ours."""
        script = f"""
import fcntl, os, signal
def no_locks(descriptor, operation): raise OSError({errno.ENOLCK}, "")
fcntl.flock = no_locks
from pathlib import Path
from midframe.media.output_lock import exclusive_output
with exclusive_output(Path({str(tmp_path / "out.mp4")!r})):
    os.kill(os.getpid(), signal.SIGKILL)
"""
        killed = subprocess.run([sys.executable, "-c", script], check=False)
        assert killed.returncode == -signal.SIGKILL
        owner = tmp_path / ".out.mp4.midframe-lock-owner"
        lines = owner.read_text().splitlines()
        owner.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        with exclusive_output(tmp_path / "out.mp4"):
            pass
        assert list(tmp_path.iterdir()) == []
