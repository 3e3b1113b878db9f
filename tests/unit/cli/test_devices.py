from __future__ import annotations

import json

import pytest
from tests.support.command_line import run_in_process

from midframe.cli import devices
from midframe.engines.entry import FoundDevice
from midframe.engines.inventory import DeviceState, EngineState, Inventory

PROCESSOR = FoundDevice("cpu", "A Processor with a name that is quite long, 192 cores", 1_000_000_000, 2_000_000_000)

CARD = FoundDevice("cuda:0", "A Card", 3_000_000_000, None, ("It is warm.",))

TWO = Inventory(
    devices=(
        DeviceState(CARD, ("torch",), {"cpu": "The engine cpu runs only on the CPU."}),
        DeviceState(PROCESSOR, ("cpu", "torch"), {}),
    ),
    engines=(
        EngineState("cpu", "the fastest on CPUs", ("cpu",), ("CPU kernels for avx512",), (), "", None),
        EngineState("torch", "GPUs", ("cuda:0", "cpu"), ("PyTorch 9", "built for CUDA 13"), (), "", None),
        EngineState("magic", "wishes", (), (), ("Wand", "Hat"), "python -m pip install wand hat", "Wand is missing."),
        EngineState("sad", "nothing", (), (), (), "", "The engine sad cannot be loaded: use `engine=torch`."),
    ),
    auto=("cuda:0",),
    reason="GPUs are preferred to the CPU.",
    advice=("Install more memory, or use `flow_scale=0.5`.",),
)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "take_inventory", lambda: TWO)
    monkeypatch.setattr(devices, "__version__", "0.1.0")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("machine")
def test_words(capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("devices")
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) < 80 for line in lines)
    assert lines[0].startswith("midframe 0.1.0, Python ")
    text = "\n".join(lines[1:])
    assert (
        text
        == """
DEVICE  ENGINES     FREE MEMORY       WHAT IT IS
cuda:0  torch       3.0 GB            A Card
cpu     cpu, torch  1.0 GB of 2.0 GB  A Processor with a name that is quite
                                      long, 192 cores
cuda:0: It is warm.

ENGINE  STATE
cpu     CPU kernels for avx512
torch   PyTorch 9, built for CUDA 13
magic   not installed (needs Wand and Hat)
sad     not usable. The engine sad cannot be loaded: use --engine torch.

By default, cuda:0 with the engine torch is used. GPUs are preferred to the
CPU. The first engine of a device is used unless --engine names another.

Install more memory, or use --scale 0.5.

To use more engines:
  magic: wishes
    python -m pip install wand hat"""
    )


@pytest.mark.usefixtures("machine")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("devices", "--json")
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["midframe"]) == (1, "0.1.0")
    card, processor = document["devices"]
    assert (card["name"], card["engine"], card["free_memory"], card["notes"]) == (
        "cuda:0",
        "torch",
        3_000_000_000,
        ["It is warm."],
    )
    assert card["refusals"] == {"cpu": "The engine cpu runs only on the CPU."}
    assert processor["engines"] == ["cpu", "torch"]
    assert document["engines"][2]["missing"] == ["Wand", "Hat"]
    assert document["auto"] == {"devices": ["cuda:0"], "engine": "torch", "reason": "GPUs are preferred to the CPU."}
    assert document["advice"] == ["Install more memory, or use --scale 0.5."]


def test_no_engine_at_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = Inventory((DeviceState(FoundDevice("cpu"), (), {}),), TWO.engines[3:], ("cpu",), "No GPU.", ())
    monkeypatch.setattr(devices, "take_inventory", lambda: nothing)
    run_in_process("devices")
    text = capsys.readouterr().out
    assert "cpu     none     ?            ?" in text
    assert "By default cpu would be used, and no engine runs there." in text


def test_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("devices", "--json")
    document = json.loads(capsys.readouterr().out)
    assert "cpu" in [device["name"] for device in document["devices"]]
    assert document["auto"]["devices"]


def test_wrong_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("devices", "cpu", code=2)
    run_in_process("devices", "--jsno", code=2)
