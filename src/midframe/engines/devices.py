"""Finding devices by name."""

from __future__ import annotations

import torch

from midframe.errors import DeviceError

GPU_KINDS = ("cuda", "mps", "xpu")
"""Kinds of device that are looked for, the preferred one first."""


def resolve_devices(names: str) -> tuple[torch.device, ...]:
    """The devices that a job uses at once, one worker each.

    Args:
        names: "auto" (all visible GPUs of one kind, else the CPU), "all" (all visible GPUs, or an error), or one or
            several names for `resolve_device` with commas between them. A device that is named twice gets two workers.

    Raises:
        DeviceError: One of them is not a device name, or this machine or this build of torch has no such device.
    """
    if names in ("auto", "all"):
        kind = next((kind for kind in GPU_KINDS if _count(kind)), None)
        if kind is not None:
            several = _count(kind)
            return (
                tuple(torch.device(kind, index) for index in range(several)) if several > 1 else (torch.device(kind),)
            )
        if names == "auto":
            return (torch.device("cpu"),)
        raise DeviceError("This machine, or this build of torch, has no GPU; use `device=cpu`.", option="device")
    parts = [part.strip() for part in names.split(",")]
    for part in parts:
        if len(parts) > 1 and part in ("", "auto", "all"):
            raise DeviceError(
                f"In `device={names}`, {part!r} is not a device; name each one, such as cuda:0,cuda:1.", option="device"
            )
    return tuple(map(resolve_device, parts))


def resolve_device(name: str) -> torch.device:
    """The device that a name stands for.

    Args:
        name: "auto" (the first GPU, else the CPU), "cpu", "cuda", "cuda:1", "mps" or "xpu".

    Raises:
        DeviceError: Not a device name, or this machine or this build of torch has no such device.
    """
    if name == "auto":
        return torch.device(next((kind for kind in GPU_KINDS if _count(kind)), "cpu"))
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(
            f"{name!r} is not a device; use auto, cpu, cuda, cuda:1, mps or xpu, or several with commas between them.",
            option="device",
        ) from error
    if device.type == "cpu":
        return torch.device("cpu")
    available = _count(device.type)
    if not available:
        raise DeviceError(
            f"This machine, or this build of torch ({torch.__version__}), has no {device.type} device; "
            "use `device=cpu`, or install a build of torch for your GPU.",
            option="device",
        )
    if device.index is not None and device.index >= available:
        raise DeviceError(
            f"There is no {name}: this machine has {available} {device.type} device(s), from 0.", option="device"
        )
    return device


def set_threads(count: int | None) -> None:
    """How many CPU threads torch and the kernels use in this process; None leaves it as it is."""
    if count is not None:
        torch.set_num_threads(count)


def shared_threads(workers: int) -> int:
    """CPU threads for each of several workers, so that together they have no more than this process would have."""
    return max(1, torch.get_num_threads() // workers)


def describe_device(device: torch.device) -> str:
    """The device in words for summaries."""
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu ({threads} thread{'s' * (threads > 1)})"
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


def torch_threads() -> int:
    """CPU threads that torch uses now."""
    return torch.get_num_threads()
