"""The stand-in for ComfyUI, and the nodes loaded into it as ComfyUI loads them."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from safetensors.numpy import save_file
from tests.support.random_weights import random_tensors

from midframe.models.rife.spec import spec_for_version

ROOT = Path(__file__).parents[2]
PACK = ROOT / "integrations" / "comfyui"
STAND_IN = Path(__file__).with_name("comfyui_stand_in")
MODULES = (
    "comfy",
    "comfy_api",
    "comfy_execution",
    "execution",
    "folder_paths",
    "server",
    "midframe.integrations.comfyui",
)


class ComfyUI:
    """A ComfyUI whose folders are below `base`.

    Attributes:
        base: The folder.
        management: Its module `comfy.model_management`.
        utils: Its module `comfy.utils`.
        videos: The classes of VIDEO.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.management: Any = importlib.import_module("comfy.model_management")
        self.utils: Any = importlib.import_module("comfy.utils")
        self.videos: Any = importlib.import_module("comfy_api.videos")

    def module(self, name: str) -> Any:
        """A module of the nodes' package."""
        return importlib.import_module(f"midframe.integrations.comfyui.{name}")

    def texts(self) -> list[str]:
        """What was shown on the running node."""
        server = importlib.import_module("server").PromptServer.instance
        return [text for text, _ in server.texts]

    def add_checkpoint(self, name: str = "frame_interpolation/own.safetensors", version: str = "4.25") -> Path:
        """Random weights in a folder of models, with the keys that ComfyUI's own network has."""
        path = self.base / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = random_tensors(spec_for_version(version))
        save_file({re.sub(r"^block(\d)\.", r"blocks.\1.", key): each for key, each in tensors.items()}, path)
        return path

    def nodes(self) -> dict[str, Any]:
        """The node classes by name, from the pack in `integrations/comfyui`."""
        pack = loaded_pack()
        if hasattr(pack, "NODE_CLASS_MAPPINGS"):
            return dict(pack.NODE_CLASS_MAPPINGS)
        extension = asyncio.run(pack.comfy_entrypoint())
        return {node.define_schema().node_id: node for node in asyncio.run(extension.get_node_list())}

    def refusals(self, name: str, **inputs: Any) -> dict[str, str]:
        """The messages that mark inputs of a node when a workflow is queued; each input has one at most."""
        found: list[tuple[str, str]] = importlib.import_module("execution").refusals(self.nodes()[name], inputs)
        assert len(dict(found)) == len(found)
        return dict(found)

    def temporary_files(self) -> list[str]:
        """Everything in the temporary folder."""
        folder = self.base / "temp"
        return sorted(path.name for path in folder.rglob("*")) if folder.exists() else []


def loaded_pack() -> ModuleType:
    """The pack as a module, loaded by its path."""
    spec = importlib.util.spec_from_file_location("midframe_pack", PACK / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def comfyui_at(base: Path, monkeypatch: pytest.MonkeyPatch, *, older: bool = False) -> Iterator[ComfyUI]:
    """A fresh stand-in with its folders below `base`; afterwards nothing of it can be imported any more.

    With `older`, it has no `comfy_api.latest`.
    """
    _forget()
    monkeypatch.syspath_prepend(str(STAND_IN))
    try:
        if older:
            sys.modules["comfy_api.latest"] = None  # type: ignore[assignment] # as Python marks what is missing
        importlib.import_module("folder_paths").set_base(base)
        yield ComfyUI(base)
    finally:
        _forget()


def _forget() -> None:
    for name in list(sys.modules):
        if name.startswith(tuple(f"{module}." for module in MODULES)) or name in MODULES:
            del sys.modules[name]
