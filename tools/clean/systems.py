"""The systems that wheels are tried in, and commands run in them by an ordinary user."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

SCRIPT = Path(__file__).parents[1] / "debian.sh"
FOLDER_VARIABLE = "MIDFRAME_CLEAN"
"""Environment variable that names another folder for the systems."""

USER = 1000
HOME = "/home/user"
COMPILERS = ("cc", "c++", "gcc", "g++", "clang", "clang++", "tcc", "cpp", "as", "ld", "rustc", "go")
PACKAGES = ("python3", "python3-venv", "ca-certificates")


class SystemUnavailableError(Exception):
    """A system cannot be made here, or is not what it should be; one sentence."""


@dataclass(frozen=True)
class Debian:
    """A release of Debian.

    Attributes:
        name: The name for people and folders.
        release: Debian's name of it.
        python: The version of its Python.
        machine: What wheels for it are called.
        architecture: Debian's name of an architecture that is emulated; None for this machine's.
    """

    name: str
    release: str
    python: str
    machine: str
    architecture: str | None = None


RELEASES = (
    Debian("debian-12", "bookworm", "3.11", platform.machine()),
    Debian("debian-13", "trixie", "3.13", platform.machine()),
    Debian("debian-13-arm64", "trixie", "3.13", "aarch64", "arm64"),
)


@dataclass(frozen=True)
class Done:
    """A command that has run.

    Attributes:
        code: Its exit code.
        output: What it wrote to its standard output and standard error.
        seconds: How long it took.
    """

    code: int
    output: str
    seconds: float


def systems_folder() -> Path:
    """Where the systems lie."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "midframe-clean"


def make_root(debian: Debian, folder: Path) -> Path:
    """The root of a system, made first if it is not there.

    Args:
        debian: Which one.
        folder: Where the systems lie. The log is written there, too.

    Raises:
        SystemUnavailableError: It could not be made, or has a compiler.
    """
    root, stamp, log = folder / debian.name, folder / f"{debian.name}.made", folder / f"{debian.name}.log"
    wanted = shlex.join([debian.release, debian.architecture or "", *PACKAGES]) + "\n"
    if not (root.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted):
        folder.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        command = [str(SCRIPT), "make"]
        command += ["--architecture", debian.architecture] if debian.architecture else []
        with log.open("w", encoding="utf-8") as output:
            made = subprocess.run(
                [*command, debian.release, str(root), *PACKAGES], stdout=output, stderr=subprocess.STDOUT, check=False
            )
        if made.returncode:
            last = (log.read_text(encoding="utf-8", errors="replace").splitlines() or ["no reason given"])[-1]
            raise SystemUnavailableError(f"{debian.name} could not be made: {last} (log: {log})")
        stamp.write_text(wanted, encoding="utf-8")
    if found := compilers(root):
        raise SystemUnavailableError(f"{debian.name} in {root} has a compiler: {found[0]}. Remove the folder.")
    return root


def compilers(root: Path) -> list[Path]:
    """The compilers in a system."""
    folders = ("bin", "usr/bin", "usr/local/bin")
    named = [root / folder / name for folder in folders for name in COMPILERS]
    return [path for path in named if path.exists() or path.is_symlink()]


@dataclass
class System:
    """A system with an empty home, for one trial.

    Attributes:
        debian: What it is.
        root: Its root.
        folder: Where the home and the temporary folders lie; emptied first.
        mounts: Further files and folders of this machine, and where they are in the system.
        variables: Environment variables of its user.
        log: Receives all commands and what they write.
    """

    debian: Debian
    root: Path
    folder: Path
    mounts: dict[Path, str]
    variables: Mapping[str, str]
    log: Path
    home: Path = field(init=False)

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.home = self.folder / "home"
        for name, mode in (("home", 0o755), ("tmp", 0o1777), ("var-tmp", 0o1777)):
            (self.folder / name).mkdir(parents=True)
            (self.folder / name).chmod(mode)
        if self.debian.architecture is None:
            os.chown(self.home, USER, USER)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("", encoding="utf-8")

    def command(self, command: Sequence[str], variables: Mapping[str, str] | None = None) -> list[str]:
        """What runs a command in the system, in the user's home, with nothing of this machine's environment."""
        own = {
            "HOME": HOME,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            **self.variables,
            **(variables or {}),
        }
        folders = {
            self.home: HOME,
            self.folder / "tmp": "/tmp",  # noqa: S108 - its own
            self.folder / "var-tmp": "/var/tmp",  # noqa: S108
            **self.mounts,
        }
        entering = [str(SCRIPT), "run", "--user", str(USER), "--folder", HOME]
        for outside, inside in folders.items():
            entering += ["--mount", str(outside), inside]
        return [*entering, str(self.root), "env", "-i", *(f"{key}={value}" for key, value in own.items()), *command]

    def run(self, command: Sequence[str], variables: Mapping[str, str] | None = None) -> Done:
        """Run a command in the system, without input."""
        begin = perf_counter()
        done = subprocess.run(
            self.command(command, variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        seconds = perf_counter() - begin
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {shlex.join(command)}\n{done.stdout}[exit code {done.returncode}, {seconds:.1f} s]\n\n")
        return Done(done.returncode, done.stdout, seconds)
