"""The Vulkan devices of this machine, as ncnn finds them. Their names are "vulkan:0", "vulkan:1" and so on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from midframe.engines.ncnn.library import load_ncnn, logged_output
from midframe.errors import DeviceError

Kind = Literal["discrete", "integrated", "virtual", "software"]

KINDS: tuple[Kind, ...] = ("discrete", "integrated", "virtual", "software")
"""Kinds of devices in the order of ncnn's numbers, the preferred one first."""

MIB = 1 << 20


@dataclass(frozen=True)
class VulkanDevice:
    """One device.

    Attributes:
        index: Its number.
        model: What its driver calls it.
        kind: A GPU with memory of its own; one that uses the machine's; one handed to a virtual machine; or a
            program that computes on the CPU.
        driver: The driver's version, as a number of the maker's own form.
    """

    index: int
    model: str
    kind: Kind
    driver: int

    @property
    def name(self) -> str:
        """What users call it."""
        return f"vulkan:{self.index}"

    @property
    def description(self) -> str:
        """The device in words, for summaries."""
        return f"{self.name} ({self.model})"

    @property
    def is_software(self) -> bool:
        """Whether it is not a GPU, but a program that computes on the CPU."""
        return self.kind == "software"

    @property
    def has_own_memory(self) -> bool:
        """Whether its memory is not that of the machine."""
        return self.kind == "discrete"

    @property
    def free_memory(self) -> int:
        """Bytes that its driver allows this process, in use or not. Not for software, whose memory is the machine's."""
        with logged_output():
            return int(load_ncnn("A Vulkan device").get_gpu_device(self.index).get_heap_budget()) * MIB


@lru_cache(maxsize=1)
def vulkan_devices() -> tuple[VulkanDevice, ...]:
    """All of them by their numbers; empty where there is no driver. Loads ncnn.

    Raises:
        OptionError: ncnn is not installed.
    """
    with logged_output():
        library = load_ncnn("A Vulkan device", option="device")
        return tuple(_device(index, library.get_gpu_info(index)) for index in range(library.get_gpu_count()))


def _device(index: int, info: Any) -> VulkanDevice:
    return VulkanDevice(index, str(info.device_name()), KINDS[info.type()], int(info.driver_version()))


def preferred_first() -> tuple[VulkanDevice, ...]:
    """The same sorted by their kinds; software comes last."""
    return tuple(sorted(vulkan_devices(), key=lambda device: KINDS.index(device.kind)))


def require_devices() -> None:
    """Check that there is a Vulkan device.

    Raises:
        OptionError: ncnn is not installed.
        DeviceError: There is none.
    """
    if not vulkan_devices():
        raise DeviceError(
            "This machine has no Vulkan device, or no Vulkan driver: install the driver of your GPU, or use "
            "`device=cpu`.",
            option="device",
        )


def device_of(name: str) -> VulkanDevice:
    """The device of a name such as "vulkan:1".

    Raises:
        DeviceError: It is no longer there, or this process runs on another machine.
    """
    index, found = int(name.partition(":")[2]), vulkan_devices()
    if index >= len(found):
        raise DeviceError(f"There is no {name}: this machine has {len(found)} Vulkan device(s).", option="device")
    return found[index]
