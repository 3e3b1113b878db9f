"""What torch finds on this machine."""

from __future__ import annotations

import os
import warnings
from functools import lru_cache

import torch

from midframe.engines.devices import CPU, GPU_KINDS, names_of
from midframe.engines.entry import FoundDevice
from midframe.engines.machine import describe_processor
from midframe.engines.memory_info import available_memory, machine_memory
from midframe.text import shortened
from midframe.wording import enumerated


@lru_cache(maxsize=1)
def look() -> tuple[tuple[FoundDevice, ...], tuple[str, ...]]:
    """GPUs of all kinds, then the CPU; and what torch warns of while it looks, such as a driver that is too old."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gpus = [_gpu(kind, name) for kind in GPU_KINDS for name in names_of(kind)]
    notes = dict.fromkeys(shortened(" ".join(str(each.message).split())) for each in caught)
    return (*gpus, FoundDevice(CPU, describe_processor(), available_memory(), machine_memory())), tuple(notes)


def details() -> tuple[str, ...]:
    """The version of torch, the kinds of GPU that this build of it was made for, what hides GPUs, and warnings."""
    made_for = [
        f"{kind} {version}"
        for kind, version in (
            ("CUDA", torch.version.cuda),
            ("ROCm", torch.version.hip),
            ("XPU", getattr(torch.version, "xpu", None)),
        )
        if version
    ]
    if torch.backends.mps.is_built():
        made_for.append("Apple GPUs")
    built = f"built for {enumerated(made_for)}" if made_for else "built for the CPU alone"
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    _, notes = look()
    return (
        f"PyTorch {torch.__version__}",
        built,
        *([f"CUDA_VISIBLE_DEVICES={shortened(hidden)}"] if hidden is not None else []),
        *notes,
    )


def _gpu(kind: str, name: str) -> FoundDevice:
    if kind == "cuda":
        free, total = torch.cuda.mem_get_info(name)
        return FoundDevice(name, torch.cuda.get_device_name(name), int(free), int(total))
    if kind == "xpu":
        free, total = torch.xpu.mem_get_info(name)
        return FoundDevice(name, torch.xpu.get_device_name(name), int(free), int(total))
    return FoundDevice(name, "Apple GPU", available_memory(), machine_memory(), ("Shares the machine's memory.",))
