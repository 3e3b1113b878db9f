from __future__ import annotations

import pytest

from midframe.errors import DeviceError
from midframe.finetuning.adaptation import _device_for_training


def test_the_first_device_is_trained_on() -> None:
    assert _device_for_training("cpu, cpu") == "cpu"


@pytest.mark.parametrize("names", ["vulkan", "vulkan:1,cpu"])
def test_devices_that_torch_does_not_have_are_refused(names: str) -> None:
    with pytest.raises(DeviceError, match=r"^Adapting needs a device of PyTorch, not vulkan.*: use `device=cpu`, or"):
        _device_for_training(names)
