"""Finding devices by name. torch is asked only where there may be a GPU, as it takes seconds to load.

Vulkan devices are not torch's: `midframe.engines.ncnn.devices` finds them, where they are named.
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from midframe.errors import DeviceError
from midframe.extras import has_torch, pip_install, require_torch
from midframe.text import quoted

CPU = "cpu"

GPU_KINDS = ("cuda", "mps", "xpu")
"""Kinds of device that are looked for, the preferred one first."""

VULKAN = "vulkan"
"""Kind of device that the engine ncnn runs on. It is used only where it is named."""

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


def gpus() -> tuple[str, ...]:
    """Names of the GPUs of the preferred kind; none where there is no sign of one."""
    return _gpus(assume_gpu=False)


def _gpus(*, assume_gpu: bool) -> tuple[str, ...]:
    kind = _best_kind(assume_gpu=assume_gpu)
    if kind is None:
        return ()
    several = _count(kind)
    return tuple(f"{kind}:{index}" for index in range(several)) if several > 1 else (kind,)


def resolve_device(name: str) -> str:
    """The device that a name stands for.

    Args:
        name: "auto" (the first GPU, else the CPU), "cpu", "cuda", "cuda:1", "mps", "xpu", "vulkan" or "vulkan:1".

    Returns:
        Its name, as torch or ncnn know it.

    Raises:
        DeviceError: Not a device name, or this machine or this build of torch has no such device.
        OptionError: What runs it is not installed.
    """
    if name == "auto":
        return _best_kind(assume_gpu=False) or CPU
    kind, index = _parse_device(name)
    if kind == CPU:
        return CPU
    if kind == VULKAN:
        from midframe.engines.ncnn.devices import device_of

        return device_of(name).name
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


def _parse_device(name: str) -> tuple[str, str]:
    """Kind and number of a device; the number is empty where none is said."""
    kind, _, index = name.partition(":")
    if kind not in (CPU, *GPU_KINDS, VULKAN) or (":" in name and not index.isdecimal()):
        raise DeviceError(
            f"{quoted(name)} is not a device; use auto, cpu, cuda (NVIDIA and AMD), mps (Apple), xpu (Intel), "
            "vulkan (any GPU) or cuda:1, or several separated by commas.",
            option="device",
        )
    return kind, index


def is_vulkan(device: str) -> bool:
    """Whether a device is a Vulkan device, by its name."""
    return device.partition(":")[0] == VULKAN


def describe_device(device: str) -> str:
    """A GPU in words for summaries."""
    if is_vulkan(device):
        from midframe.engines.ncnn.devices import device_of

        return device_of(device).description
    if device.startswith("cuda"):
        import torch

        return f"{device} ({torch.cuda.get_device_name(device)})"
    return device


def unused_gpu() -> str | None:
    """A sentence that says what to install where this machine has a GPU and torch is missing; else None."""
    if has_torch():
        return None
    maker = _gpu_maker()
    if maker is None:
        return None
    return f"This machine has a GPU ({maker}) that is not used. To use it, install PyTorch with: {pip_install('torch')}"


def _best_kind(*, assume_gpu: bool) -> str | None:
    """The kind of GPU that is used, if there is one; without signs of one, torch is not loaded to ask it."""
    if not has_torch() or not (assume_gpu or "torch" in sys.modules or _may_have_gpu()):
        return None
    require_torch("A GPU")
    return next((kind for kind in GPU_KINDS if _count(kind)), None)


def _may_have_gpu() -> bool:
    """Whether anything speaks for a GPU that the build of torch which is installed could use."""
    if _gpu_maker() is not None or sys.platform == "win32":
        return True
    try:
        return "xpu" in version("torch") and Path("/dev/dri").is_dir()
    except PackageNotFoundError:
        return True  # torch without metadata is somebody's own build, for whatever device


def _gpu_maker() -> str | None:
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
