from __future__ import annotations

import getpass
import platform
import socket
import sys
from pathlib import Path

import pytest

from midframe.engines import machine
from midframe.engines.machine import cpu_name, describe_processor, describe_system, gpu_makers


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has /proc")
@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("model name\t: Intel(R) Core(TM)  i7-8650U CPU @ 1.90GHz", "Intel Core i7-8650U CPU @ 1.90GHz"),
        ("Model\t\t: Raspberry Pi 5 Model B Rev 1.0", "Raspberry Pi 5 Model B Rev 1.0"),
        ("CPU implementer\t: 0x41", platform.machine()),
    ],
)
def test_the_name_of_a_processor(tmp_path: Path, line: str, name: str) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(f"processor\t: 0\n{line}\n")
    assert cpu_name(tmp_path) == name


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has /proc")
def test_no_file_about_processors(tmp_path: Path) -> None:
    assert cpu_name(tmp_path) == platform.machine()


def test_processors_of_apple(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(machine, "_output_of", lambda *command: "Apple M4 Pro")
    assert cpu_name() == "Apple M4 Pro"


def test_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cpu_name", lambda: "A Processor")
    monkeypatch.setattr(machine, "usable_cores", lambda: 3)
    assert describe_processor() == "A Processor, 3 cores"


def test_nothing_private() -> None:
    words = f"{describe_processor()} {describe_system()}"
    assert platform.machine() in words
    assert socket.gethostname() not in words
    assert getpass.getuser() not in words.split()


def test_a_system_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    assert describe_system() == f"{platform.system()} {platform.release()}, {platform.machine()}"


def test_makers_of_graphics_devices(tmp_path: Path) -> None:
    assert gpu_makers(tmp_path) == ()
    for name, number in (("card0", "0x8086"), ("card1", "0x1002"), ("card2", "0x1234"), ("card3", "")):
        (tmp_path / "sys/class/drm" / name / "device").mkdir(parents=True)
        (tmp_path / "sys/class/drm" / name / "device/vendor").write_text(f"{number}\n")
    (tmp_path / "sys/class/drm/card1-HDMI-A-1").mkdir()
    assert gpu_makers(tmp_path) == ("AMD", "Intel")
