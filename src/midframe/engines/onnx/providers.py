"""What ONNX graphs can be run with, and which devices that reaches. Importing this loads no library."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from midframe.engines.devices import CPU, GPU_FILES, gpu_maker
from midframe.engines.onnx.openvino_module import load_openvino
from midframe.engines.options import AUTO, Provider
from midframe.errors import OptionError
from midframe.extras import is_installed, pip_install, pip_uninstall
from midframe.wording import enumerated

Warp = Literal["gridsample", "gather"]
"""How graphs warp frames: by the operator GridSample, or written out by Gather, which some runtimes run faster."""

OPSETS = (16, 22)
"""The first and the last version of ONNX's operators that graphs are written for: GridSample came with 16."""

OPENVINO = "openvino"
"""Module of OpenVINO itself, which also runs ONNX graphs without ONNX Runtime."""


@dataclass(frozen=True)
class ProviderEntry:
    """A way to run graphs.

    Attributes:
        name: Value of the option `provider`.
        execution_provider: Its name in ONNX Runtime.
        kinds: Kinds of device that it reaches, as `midframe.engines.devices` names them.
        package: What is installed to have it.
        makes_files: Option of the execution provider that names a folder for compiled graphs; empty for none.
        system: The only system that it exists on, as `sys.platform` names it; empty for several.
    """

    name: Provider
    execution_provider: str
    kinds: tuple[str, ...]
    package: str
    makes_files: str = ""
    system: str = ""


PROVIDERS = (
    ProviderEntry("cuda", "CUDAExecutionProvider", ("cuda",), "onnxruntime-gpu"),
    ProviderEntry("migraphx", "MIGraphXExecutionProvider", ("cuda",), "onnxruntime-migraphx", system="linux"),
    ProviderEntry("directml", "DmlExecutionProvider", ("dml",), "onnxruntime-directml", system="win32"),
    ProviderEntry("coreml", "CoreMLExecutionProvider", ("mps",), "onnxruntime", "ModelCacheDirectory", system="darwin"),
    ProviderEntry(
        "tensorrt", "TensorrtExecutionProvider", ("cuda",), "onnxruntime-gpu tensorrt", "trt_engine_cache_path"
    ),
    ProviderEntry("cpu", "CPUExecutionProvider", (CPU,), "onnxruntime"),
    ProviderEntry("openvino", "OpenVINOExecutionProvider", ("xpu", CPU), "openvino", "cache_dir"),
)
"""All of them, in the order in which they are tried on a device. TensorRT comes after CUDA, because it takes minutes to
compile a graph for every size of frames."""

SYSTEMS = {"darwin": "macOS", "linux": "Linux", "win32": "Windows"}
"""What people call the systems of `sys.platform`."""

RUNTIME_PACKAGES = (
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxruntime-migraphx",
    "onnxruntime-directml",
    "onnxruntime-openvino",
)
"""Packages that contain ONNX Runtime. All have the same files, so only one may be installed at a time."""


def available_providers() -> tuple[ProviderEntry, ...]:
    """Those of the installed libraries, which are loaded to ask them."""
    known: set[str] = set()
    if is_installed("onnxruntime"):
        import onnxruntime

        known.update(onnxruntime.get_available_providers())
    has_openvino = is_installed(OPENVINO)
    return tuple(
        entry for entry in PROVIDERS if entry.execution_provider in known or (entry.name == OPENVINO and has_openvino)
    )


def find_devices(wanted: Provider) -> tuple[str, ...]:
    """Names of the devices that a provider, or any where it is "auto", reaches; GPUs first.

    Raises:
        OptionError: The provider is not available.
    """
    entries = available_providers()
    if wanted != AUTO:
        entries = (_require(wanted, entries),)
    kinds = dict.fromkeys(kind for entry in entries for kind in entry.kinds)
    found = [name for kind in kinds if kind != CPU for name in _names(kind)]
    return (*found, *([CPU] if CPU in kinds else []))


def choose_provider(wanted: Provider, device: str) -> ProviderEntry:
    """The provider that runs graphs on a device.

    Raises:
        OptionError: The one that is named is not available, or does not reach the device; or none does.
    """
    entries = available_providers()
    kind = device.partition(":")[0]
    if wanted != AUTO:
        entry = _require(wanted, entries)
        if kind not in entry.kinds:
            raise OptionError(
                f"The provider {wanted} does not run on {device}: use {_devices_in_words(entry)}.", option="provider"
            )
        return entry
    for entry in entries:
        if kind in entry.kinds:
            return entry
    others = [each for each in PROVIDERS if kind in each.kinds and each.system in ("", sys.platform)]
    advice = " ".join(f"For {each.name}: {_how_to_install(each)}" for each in others) or "Use another device."
    raise OptionError(f"The engine onnx has no provider for {device}{_installed(entries)}. {advice}", option="engine")


def _devices_in_words(entry: ProviderEntry) -> str:
    return " or ".join(f"`device={kind}`" for kind in entry.kinds)


def _require(wanted: Provider, entries: tuple[ProviderEntry, ...]) -> ProviderEntry:
    for entry in entries:
        if entry.name == wanted:
            return entry
    missing = next(each for each in PROVIDERS if each.name == wanted)
    if missing.system not in ("", sys.platform):
        raise OptionError(
            f"The provider {wanted} exists on {SYSTEMS[missing.system]} only{_installed(entries)}.", option="provider"
        )
    raise OptionError(
        f"The provider {wanted} is not installed{_installed(entries)}. {_how_to_install(missing)}", option="provider"
    )


def _installed(entries: tuple[ProviderEntry, ...]) -> str:
    """The providers that are installed, as part of a sentence; empty if there are none."""
    return f" (installed: {', '.join(each.name for each in entries)})" if entries else ""


def _how_to_install(entry: ProviderEntry) -> str:
    """The commands for a provider, in one or two sentences."""
    wanted = entry.package.split()
    in_the_way = [
        each for each in RUNTIME_PACKAGES if wanted[0] in RUNTIME_PACKAGES and each not in wanted and _has_package(each)
    ]
    install = pip_install(*wanted)
    if not in_the_way:
        return f"Install it with: {install}"
    return (
        f"It is in another package of ONNX Runtime, and these exclude each other: uninstall {enumerated(in_the_way)} "
        f"first ({pip_uninstall(*in_the_way)}), then install the other one with: {install}"
    )


def _has_package(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _names(kind: str) -> Iterator[str]:
    """Names of the devices of a kind that this machine shows signs of."""
    if kind == "xpu" and is_installed(OPENVINO):
        found = load_openvino().Core().available_devices
        numbers = [name.partition(".")[2] or "0" for name in found if name.startswith("GPU")]
        yield from (f"xpu:{number}" for number in numbers)
    elif kind == "mps":
        yield kind
    elif sys.platform == "win32" or (kind == "cuda" and gpu_maker() in GPU_FILES):
        # Libraries do not say how many there are; on Windows, no file does.
        yield from (f"{kind}:{number}" for number in range(max(1, len(list(Path("/dev").glob("nvidia[0-9]*"))))))
