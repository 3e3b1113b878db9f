from __future__ import annotations

import os
from pathlib import Path

import pytest
from tools.clean import systems
from tools.clean.systems import RELEASES, System, SystemUnavailableError, compilers, make_root, systems_folder

DEBIAN, EMULATED = RELEASES[0], RELEASES[-1]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the systems are made on Linux alone")


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of tools/debian.sh: makes an empty folder, or runs what follows the root, out here."""
    path = tmp_path / "debian.sh"
    path.write_text(
        "#!/bin/sh\n"
        '[ ! -e "$(dirname "$0")/broken" ] || { echo "first"; echo "No server."; exit 1; }\n'
        f'case $1 in make) echo "$@" >> "{tmp_path}/made"; mkdir -p "{tmp_path}/systems/{DEBIAN.name}/usr/bin";; '
        'run) while [ "$1" != env ]; do shift; done; exec "$@";; esac\n'
    )
    path.chmod(0o755)
    monkeypatch.setattr(systems, "SCRIPT", path)
    monkeypatch.setattr(systems, "USER", os.getuid())
    return path


def test_a_system_is_made_once(script: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert make_root(DEBIAN, tmp_path / "systems") == tmp_path / "systems" / "debian-12"
    made = (tmp_path / "made").read_text().splitlines()
    assert made == [f"make bookworm {tmp_path}/systems/debian-12 python3 python3-venv ca-certificates"]


def test_a_failure_is_one_sentence(script: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with pytest.raises(SystemUnavailableError, match=r"^debian-12 could not be made: No server\. \(log: .*\.log\)$"):
        make_root(DEBIAN, tmp_path / "systems")


def test_a_compiler_is_refused(script: Path, tmp_path: Path) -> None:
    root = make_root(DEBIAN, tmp_path / "systems")
    assert compilers(root) == []
    (root / "usr" / "bin" / "cc").symlink_to("gcc")
    with pytest.raises(SystemUnavailableError, match=r"has a compiler: .*usr/bin/cc"):
        make_root(DEBIAN, tmp_path / "systems")


@pytest.fixture
def system(script: Path, tmp_path: Path) -> System:
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "old").touch()
    return System(DEBIAN, tmp_path, tmp_path / "trial", {tmp_path / "in": "/in"}, {"A": "1"}, tmp_path / "log")


def test_commands_get_nothing_of_this_environment(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    done = system.run(["/bin/sh", "-c", "env; exit 3"], {"B": "2"})
    assert done.code == 3
    lines = done.output.splitlines()
    assert {"HOME=/home/user", "A=1", "B=2", "COLUMNS=80"} <= {*lines}
    assert not any(line.startswith("SECRET=") for line in lines)
    log = system.log.read_text()
    assert log.startswith("$ /bin/sh -c 'env; exit 3'\n")
    assert "[exit code 3, " in log


def test_mounts(system: System, tmp_path: Path) -> None:
    assert not (tmp_path / "trial" / "old").exists()
    command = system.command(["true"])
    mounted = [command[index + 1 : index + 3] for index, word in enumerate(command) if word == "--mount"]
    assert [str(system.home), "/home/user"] in mounted
    assert [str(tmp_path / "in"), "/in"] in mounted


def test_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("MIDFRAME_CLEAN", raising=False)
    assert systems_folder() == tmp_path / "midframe-clean"
    monkeypatch.setenv("MIDFRAME_CLEAN", str(tmp_path / "mine"))
    assert systems_folder() == tmp_path / "mine"
