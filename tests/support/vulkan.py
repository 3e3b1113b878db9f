"""The Vulkan device that tests run on: a GPU, or Mesa's software device where that is installed."""

from __future__ import annotations

import os

import pytest

from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.ncnn.devices import VulkanDevice, preferred_first
from midframe.extras import is_installed

REQUIRED = "MIDFRAME_REQUIRE_VULKAN"
"""Environment variable: set where a test without a device must fail instead of being skipped."""


def vulkan_device() -> VulkanDevice:
    """The preferred device of this machine. Tests that need it are skipped without one, or fail, see `REQUIRED`."""
    missing = None
    if not is_installed("ncnn"):
        missing = "ncnn is not installed"
    elif load_kernels() is None:
        missing = "the CPU kernels are not built, or switched off"
    elif not preferred_first():
        missing = "no Vulkan device; on Debian and Ubuntu, apt install mesa-vulkan-drivers has one"
    if missing and os.environ.get(REQUIRED):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    return preferred_first()[0]
