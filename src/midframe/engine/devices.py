"""Finding devices by name."""

from __future__ import annotations

import torch

from midframe.errors import DeviceError


def resolve_device(name: str) -> torch.device:
    """The device that a name stands for.

    Args:
        name: "auto" (the first GPU, else the CPU), "cpu", "cuda", "cuda:1", "mps" or "xpu".

    Raises:
        DeviceError: Not a device name, or this machine or this build of torch has no such device.
    """
    if name == "auto":
        return torch.device(next((kind for kind in ("cuda", "mps", "xpu") if _count(kind)), "cpu"))
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"{name!r} is not a device; use auto, cpu, cuda, cuda:1, mps or xpu.") from error
    if device.type == "cpu":
        return torch.device("cpu")
    available = _count(device.type)
    if not available:
        raise DeviceError(
            f"This machine, or this build of torch ({torch.__version__}), has no {device.type} device; "
            "use --device cpu, or install a build of torch for your GPU."
        )
    if device.index is not None and device.index >= available:
        raise DeviceError(f"There is no {name}: this machine has {available} {device.type} device(s), from 0.")
    return device


def set_threads(count: int | None) -> None:
    """How many CPU threads torch and the kernels use in this process; None leaves it as it is."""
    if count is not None:
        torch.set_num_threads(count)


def describe_device(device: torch.device) -> str:
    """The device in words for summaries."""
    if device.type == "cpu":
        return f"cpu ({torch.get_num_threads()} threads)"
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)


def _count(kind: str) -> int:
    """How many devices of a kind torch can use."""
    if kind == "cuda":
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    if kind == "xpu":
        return torch.xpu.device_count() if torch.xpu.is_available() else 0
    return 0
