from __future__ import annotations

import pytest
from tests.unit.engines.ncnn.conftest import FindDevices

from midframe.engines.ncnn.devices import device_of, preferred_first, require_devices, vulkan_devices
from midframe.errors import DeviceError


def test_devices_in_the_order_of_their_numbers(find_devices: FindDevices) -> None:
    find_devices(3, 1, 0)
    assert [device.name for device in vulkan_devices()] == ["vulkan:0", "vulkan:1", "vulkan:2"]
    assert [device.kind for device in vulkan_devices()] == ["software", "integrated", "discrete"]
    assert device_of("vulkan:1").description == "vulkan:1 (Card 1)"
    assert device_of("vulkan:1").driver == 71


def test_the_preferred_one_comes_first(find_devices: FindDevices) -> None:
    find_devices(3, 2, 1, 0, 0)
    assert [device.index for device in preferred_first()] == [3, 4, 2, 1, 0]


def test_memory_is_what_the_driver_allows(find_devices: FindDevices) -> None:
    find_devices(0, 0)
    assert device_of("vulkan:1").free_memory == 2000 << 20


def test_a_device_that_is_gone(find_devices: FindDevices) -> None:
    find_devices(0)
    with pytest.raises(DeviceError, match=r"no vulkan:1: this machine has 1 Vulkan device"):
        device_of("vulkan:1")


@pytest.mark.parametrize(("kind", "own", "software"), [(0, True, False), (1, False, False), (3, False, True)])
def test_kinds(find_devices: FindDevices, kind: int, own: bool, software: bool) -> None:
    find_devices(kind)
    (device,) = vulkan_devices()
    assert (device.has_own_memory, device.is_software) == (own, software)


def test_no_device(find_devices: FindDevices) -> None:
    find_devices()
    with pytest.raises(DeviceError, match="no Vulkan device, or no Vulkan driver: install the driver of your GPU, or"):
        require_devices()
    find_devices(3)
    require_devices()
