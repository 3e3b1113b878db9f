"""Finding devices by name. torch is asked only where there may be a GPU, as it takes seconds to load."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from midframe.errors import DeviceError
from midframe.extras import has_torch, is_installed, pip_install, require_torch
from midframe.text import quoted

CPU = "cpu"

GPU_KINDS = ("cuda", "mps", "xpu")
"""Kinds of device that are looked for, the preferred one first."""

ENGINE_KINDS = {"vulkan": "ncnn", "dml": "onnx"}
"""Kinds of device that torch does not know, each with the engine that has such devices and finds them itself."""

KINDS = (CPU, *GPU_KINDS, *ENGINE_KINDS)
"""All kinds of device."""

_NEAR_NAME = re.compile(r"([a-z]{1,20})[-_. :]?(\d{0,3})")
"""What may have been meant as a kind and a number."""

GPU_FILES = {"NVIDIA": ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"), "AMD": ("/dev/kfd",)}
"""What Linux has where a driver has found a GPU; /dev/dxg is what Windows hands to Linux inside it."""


def check_device_names(names: str) -> None:
    """Check what can be said without a look at the machine.

    Args:
        names: See `resolve_devices`.

    Raises:
        DeviceError: One of them is not the name of a device.
    """
    if names in ("auto", "all"):
        return
    parts = [part.strip() for part in names.split(",")]
    for part in parts:
        if len(parts) > 1 and part in ("", "auto", "all"):
            raise DeviceError(
                f"In `device={names}`, {part!r} is not a device; name each one, such as cuda:0,cuda:1.", option="device"
            )
        _parse_device(part)


def resolve_devices(names: str) -> tuple[str, ...]:
    """The devices that a job uses at once, one worker each.

    Args:
        names: "auto" (all visible GPUs of one kind, else the CPU), "all" (all visible GPUs, or an error), or one or
            several names for `resolve_device` with commas between them. A device that is named twice gets two workers.

    Raises:
        DeviceError: One of them is not a device name, or this machine or this build of torch has no such device.
    """
    if names in ("auto", "all"):
        found = _gpus(assume_gpu=names == "all")
        if found:
            return found
        if names == "auto":
            return (CPU,)
        raise DeviceError("This machine, or this build of torch, has no GPU; use `device=cpu`.", option="device")
    check_device_names(names)
    return tuple(resolve_device(part.strip()) for part in names.split(","))


def choose_devices(names: str, found: Sequence[str], engine: str) -> tuple[str, ...]:
    """The same as `resolve_devices` for an engine that finds its devices itself.

    Args:
        names: See `resolve_devices`.
        found: Names of the devices that the engine found, the preferred one first, as they are written with a number
            where there may be several; "cpu" among them if it runs there.
        engine: Its name, for messages.

    Raises:
        DeviceError: One of them is not a device name, or the engine found no such device.
    """
    if names in ("auto", "all"):
        kind = next((each.partition(":")[0] for each in found if each != CPU), None)
        chosen = tuple(each for each in found if each != CPU and each.partition(":")[0] == kind)
        if not chosen and names == "auto" and CPU in found:
            return (CPU,)
        if not chosen:
            raise DeviceError(f"The engine {engine} finds no GPU on this machine; use `device=cpu`.", option="device")
        return chosen
    check_device_names(names)
    return tuple(_choose(part.strip(), found, engine) for part in names.split(","))


def _choose(name: str, found: Sequence[str], engine: str) -> str:
    kind, index = _parse_device(name)
    if ENGINE_KINDS.get(kind, engine) != engine:
        raise _of_another_engine(name, kind)
    wanted = (CPU,) if kind == CPU else (f"{kind}:{int(index or 0)}", *([] if index else [kind]))
    for each in wanted:
        if each in found:
            return each
    raise DeviceError(
        f"The engine {engine} finds no device {name} on this machine; it finds {', '.join(found) or 'none'}.",
        option="device",
    )


def gpus() -> tuple[str, ...]:
    """Names of the GPUs of the preferred kind; none where there is no sign of one."""
    return _gpus(assume_gpu=False)


def _gpus(*, assume_gpu: bool) -> tuple[str, ...]:
    kind = _best_kind(assume_gpu=assume_gpu)
    if kind is None:
        return ()
    return names_of(kind)


def names_of(kind: str) -> tuple[str, ...]:
    """Names of all devices of a kind that torch can use; torch is loaded to count them.

    Args:
        kind: One of `GPU_KINDS`.
    """
    several = _count(kind)
    return tuple(f"{kind}:{index}" for index in range(several)) if several > 1 else (kind,) * several


def resolve_device(name: str) -> str:
    """The device that a name stands for.

    Args:
        name: "auto" (the first GPU, else the CPU), "cpu", "cuda", "cuda:1", "mps" or "xpu".

    Returns:
        Its name, as torch knows it.

    Raises:
        DeviceError: Not a device name, or this machine or this build of torch has no such device.
    """
    if name == "auto":
        return _best_kind(assume_gpu=False) or CPU
    kind, index = _parse_device(name)
    if kind == CPU:
        return CPU
    if kind in ENGINE_KINDS:
        raise _of_another_engine(name, kind)
    require_torch(f"The device {name}", option="device")
    available = _count(kind)
    if not available:
        raise DeviceError(
            f"This machine, or this build of torch ({version('torch')}), has no {kind} device; "
            "use `device=cpu`, or install a build of torch for your GPU.",
            option="device",
        )
    if index and int(index) >= available:
        raise DeviceError(
            f"There is no {name}: this machine has {available} {kind} device(s), from 0.", option="device"
        )
    return f"{kind}:{int(index)}" if index else kind


def _of_another_engine(name: str, kind: str) -> DeviceError:
    return DeviceError(f"{name} is a device of `engine={ENGINE_KINDS[kind]}` alone.", option="device")


def _parse_device(name: str) -> tuple[str, str]:
    """Kind and number of a device; the number is empty where none is said."""
    kind, _, index = name.partition(":")
    if kind not in KINDS or (":" in name and not index.isdecimal()):
        meant = _suggestion(name)
        raise DeviceError(
            f"{quoted(name)} is not a device; did you mean {meant}?"
            if meant
            else f"{quoted(name)} is not a device; use auto, cpu, cuda (NVIDIA, AMD), mps (Apple), xpu (Intel), vulkan "
            "(any GPU) or dml (Windows), with a number where there are several: cuda:0,cuda:1.",
            option="device",
        )
    if kind == CPU and index and int(index):
        raise DeviceError(
            f"There is no {quoted(name)}: the CPU is one device, `device=cpu`; `threads` sets how much of it is used.",
            option="device",
        )
    return kind, index


def _suggestion(name: str) -> str | None:
    """The name of a device that is spelled nearly the same; None if there is none."""
    found = _NEAR_NAME.fullmatch(name.lower())
    if found is None:
        return None
    close = get_close_matches(found[1], ("auto", *KINDS), n=1, cutoff=0.7)
    if not close:
        return None
    return f"{close[0]}:{found[2]}" if found[2] and close[0] in KINDS else close[0]


def describe_device(device: str) -> str:
    """A GPU in words for summaries."""
    if device.startswith("cuda"):
        import torch

        return f"{device} ({torch.cuda.get_device_name(device)})"
    return device


def unused_gpu() -> str | None:
    """A sentence that says how to use the GPU of this machine where there is one and torch is missing; else None."""
    if has_torch():
        return None
    maker = gpu_maker()
    if maker is None:
        return None
    vulkan = "try `device=vulkan`, or " if is_installed("ncnn") else ""
    return (
        f"This machine has a GPU ({maker}) that is not used. To use it, {vulkan}install PyTorch with: "
        f"{pip_install('torch')}"
    )


def _best_kind(*, assume_gpu: bool) -> str | None:
    """The kind of GPU that is used, if there is one; without signs of one, torch is not loaded to ask it."""
    if not has_torch() or not (assume_gpu or "torch" in sys.modules or _may_have_gpu()):
        return None
    require_torch("A GPU")
    try:
        return next((kind for kind in GPU_KINDS if _count(kind)), None)
    except (ImportError, OSError) as error:
        # A library of torch that is missing is not in the way of the CPU.
        if assume_gpu:
            raise DeviceError(f"PyTorch cannot be loaded: {error}. Install it again.", option="device") from error
        return None


def _may_have_gpu() -> bool:
    """Whether anything speaks for a GPU that the build of torch which is installed could use."""
    if gpu_maker() is not None or sys.platform == "win32":
        return True
    try:
        return "xpu" in version("torch") and Path("/dev/dri").is_dir()
    except PackageNotFoundError:
        return True  # torch without metadata is somebody's own build, for whatever device


def gpu_maker() -> str | None:
    """NVIDIA, AMD or Apple, where this machine shows such a GPU without being asked through a library."""
    if sys.platform == "darwin":
        return "Apple" if platform.machine() == "arm64" else None
    for maker, files in GPU_FILES.items():
        if any(Path(file).exists() for file in files):
            return maker
    return None


def _count(kind: str) -> int:
    """How many devices of a kind torch can use."""
    import torch

    if kind == "cuda":
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    return torch.xpu.device_count() if torch.xpu.is_available() else 0
