"""The trial of a wheel in a system: it is installed, run, upgraded and uninstalled by an ordinary user."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import imagecodecs
from tools.clean.files import owned_by, size_on_disk, unexpected
from tools.clean.inputs import count_frames, read_pictures, write_clip, write_pictures
from tools.clean.record import Record, Step
from tools.clean.systems import HOME, USER, Done, System
from tools.clean.wheels import Wheel, write_older

CACHE = ".cache/midframe"
INSTALLERS = (".cache/pip", ".cache/uv", ".cache/pipx", ".local")
"""What pip, uv and pipx write into a home."""

CLIP_FRAMES, PICTURES = 6, 3
DEMO_FRAMES = 97
"""What ``midframe demo`` writes: 25 frames with three more in each pair."""

REMOVED = "midframe/removed_in_the_next_version.py"
SHARED = ("share/man/man1/midframe.1", "share/bash-completion/completions/midframe")
WHEELS = "/wheels"


def try_wheel(system: System, wheel: Wheel) -> Record:
    """All steps; those that need what an earlier one did not deliver are left out.

    Args:
        system: An empty home; the folder of the wheel is mounted at `WHEELS`.
        wheel: The wheel.
    """
    record = Record(system.debian.name, system.debian.python, system.debian.machine, wheel.path.name)
    trial = _Trial(system, wheel, record)
    if trial.install():
        trial.look()
        trial.use()
        trial.check_files()
        trial.upgrade()
        trial.uninstall()
        trial.run_without_installing()
    return record


class _Trial:
    def __init__(self, system: System, wheel: Wheel, record: Record) -> None:
        self.system, self.wheel, self.record = system, wheel, record
        self.home, self.venv = system.home, system.home / "venv"
        self.inside = f"{WHEELS}/{wheel.path.name}"

    def midframe(self, *arguments: str) -> Done:
        return self.system.run([f"{HOME}/venv/bin/midframe", *arguments])

    def pip(self, *arguments: str) -> Done:
        return self.system.run([f"{HOME}/venv/bin/pip", *arguments])

    def install(self) -> bool:
        step = self.record.add("python3 -m venv", self.system.run(["python3", "-m", "venv", "venv"]))
        step.on_disk = before = size_on_disk(self.venv)
        step = self.record.add("pip install", self.pip("install", self.inside))
        step.on_disk = size_on_disk(self.venv) - before
        if step.problems:
            return False
        self.record.add("pip check", self.pip("check"))
        self.record.check(
            "completion files and manual page",
            [
                f"{name} is missing."
                for name in {*SHARED, *self.wheel.shared_files()}
                if not (self.venv / name).is_file()
            ],
        )
        return True

    def look(self) -> None:
        done = self.midframe("--version")
        step = self.record.add("midframe --version", done)
        if done.output != f"midframe {self.wheel.version}\n":
            step.problems.append(f"It says {done.output.strip()!r}, and the wheel's version is {self.wheel.version}.")
        self.record.add("midframe --help", self.midframe("--help"))
        torch = self.system.run([f"{HOME}/venv/bin/python", "-c", "import torch"])
        self.record.check("there is no PyTorch", [] if torch.code else ["PyTorch was installed."])

    def use(self) -> None:
        demo = self.record.add("midframe demo", self.midframe("demo", "--output", "demo"))
        demo.on_disk = size_on_disk(self.home / "demo", self.home / CACHE)
        if not demo.problems:
            demo.problems += demo_problems(self.home / "demo")
        self.record.add("midframe doctor", self.midframe("doctor"))
        write_clip(self.home / "clip.mp4", CLIP_FRAMES)
        write_pictures(self.home / "pictures", PICTURES)
        clip = self.midframe("clip.mp4", "--output", "doubled.mp4", "--progress", "json")
        self.check_clip(self.record.add("midframe clip.mp4", clip), clip, "doubled.mp4")
        pictures = self.record.add("midframe pictures", self.midframe("pictures", "--output", "between"))
        count, wanted = len(read_pictures(self.home / "between")), 2 * PICTURES - 1
        if count != wanted:
            pictures.problems.append(f"There are {count} pictures instead of {wanted}.")

    def check_clip(self, step: Step, done: Done, name: str) -> None:
        if step.problems:
            return
        count, wanted = count_frames(self.home / name), 2 * CLIP_FRAMES
        if count != wanted:
            step.problems.append(f"There are {count} frames instead of {wanted}.")
        device = device_of(done.output)
        if not device.endswith(" kernels"):
            step.problems.append(f"The CPU kernels were not used, but: {device or 'nothing is said of a device'}.")

    def check_files(self) -> None:
        made = ("clip.mp4", "pictures", "demo", "doubled.mp4", "between")
        found = unexpected(self.home, ("venv", CACHE, *made, ".cache/pip"))
        found += [
            f"{folder}/{name}" for folder in ("tmp", "var-tmp") for name in unexpected(self.system.folder / folder, ())
        ]
        found += owned_by(self.system.root, USER)
        self.record.check("nothing else is written", [f"{name} was written." for name in found])

    def upgrade(self) -> None:
        files = package_files(self.venv, self.wheel.name)
        older = write_older(self.wheel, self.system.folder / "tmp", "0.0.1", REMOVED)
        self.pip("install", "--no-deps", f"/tmp/{older.name}")  # noqa: S108 - the system's
        there = any(path.endswith(REMOVED) for path in package_files(self.venv, self.wheel.name))
        step = self.record.add("pip install --upgrade", self.pip("install", "--upgrade", self.inside))
        older.unlink()
        if not there:
            step.problems.append("The older version could not be installed.")
        left = package_files(self.venv, self.wheel.name) ^ files
        step.problems += [f"{name} differs from a new installation." for name in sorted(left)]
        version = self.midframe("--version").output
        if version != f"midframe {self.wheel.version}\n":
            step.problems.append(f"Afterwards, midframe --version says {version.strip()!r}.")

    def uninstall(self) -> None:
        step = self.record.add("pip uninstall", self.pip("uninstall", "--yes", self.wheel.name))
        left = sorted(package_files(self.venv, self.wheel.name))
        left += [name for name in self.wheel.shared_files() if (self.venv / name).exists()]
        step.problems += [f"{name} is left." for name in left]

    def run_without_installing(self) -> None:
        """By uv and by pipx, each from an empty cache of midframe: the environments that they make may have no pip."""
        shutil.rmtree(self.venv)
        for command in (["python3", "-m", "venv", "tools"], [f"{HOME}/tools/bin/pip", "install", "uv", "pipx"]):
            done = self.system.run(command)
        step = self.record.add("pip install uv pipx", done)
        if step.problems:
            return
        for name, beginning in {"uvx": ["--from", self.inside], "pipx": ["run", "--spec", self.inside]}.items():
            shutil.rmtree(self.home / CACHE, ignore_errors=True)
            path = {"PATH": f"{HOME}/tools/bin:/usr/bin:/bin"}
            begin = [name, *beginning, "midframe"]
            step = self.record.add(f"{name} midframe --version", self.system.run([*begin, "--version"], path))
            step.on_disk = size_on_disk(*(self.home / folder for folder in INSTALLERS))
            output = f"{name}.mp4"
            done = self.system.run([*begin, "clip.mp4", "--output", output, "--progress", "json"], path)
            self.check_clip(self.record.add(f"{name} midframe clip.mp4", done), done, output)
            for folder in INSTALLERS:
                shutil.rmtree(self.home / folder, ignore_errors=True)


def demo_problems(folder: Path) -> list[str]:
    """What is missing of the result of ``midframe demo``."""
    problems = []
    count = len(list((folder / "frames").glob("*.png")))
    if count != DEMO_FRAMES:
        problems.append(f"There are {count} frames instead of {DEMO_FRAMES}.")
    videos = [folder / name for name in ("slow-motion.mp4", "before-after.mp4")]
    short = [path for path in videos if not path.is_file() or count_frames(path) < DEMO_FRAMES]
    problems += [f"{path.name} is not there, or has less than {DEMO_FRAMES} frames." for path in short]
    sheet = folder / "contact-sheet.png"
    if not sheet.is_file() or imagecodecs.png_decode(sheet.read_bytes()).std() < 1:
        problems.append("contact-sheet.png is not there, or of one colour.")
    if not (folder / "index.html").is_file():
        problems.append("index.html is not there.")
    return problems


def device_of(events: str) -> str:
    """The device that a run with ``--progress json`` names at its end; nothing if it names none."""
    for line in reversed(events.splitlines()):
        if line.startswith("{"):
            return str(json.loads(line).get("device", ""))
    return ""


def package_files(venv: Path, name: str) -> set[str]:
    """Files of an environment that are a package's by their names or folders, without compiled modules."""
    paths = (path.relative_to(venv) for path in venv.rglob("*") if not path.is_dir())
    return {path.as_posix() for path in paths if name in path.as_posix().lower() and "__pycache__" not in path.parts}
