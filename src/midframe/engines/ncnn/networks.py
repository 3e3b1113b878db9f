"""Chains of convolutions on a Vulkan device."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.failures import out_of_memory
from midframe.engines.ncnn.chains import INPUT, OUTPUT, Chain
from midframe.engines.ncnn.devices import VulkanDevice
from midframe.engines.ncnn.library import load_ncnn, logged_output
from midframe.errors import EngineError

NO_MEMORY = -100
"""What ncnn returns where memory cannot be allocated."""

ROW_FLOATS = 4
"""Rows of what goes into a chain are multiples of so many floats."""

LARGEST_INPUT = 1 << 31
"""Bytes. Drivers let programs for a device see some 2 to 4 GiB at once, and ncnn does not ask how much it is."""


class DeviceMemory:
    """What the chains of one engine allocate on a device besides their weights, in turns.

    Args:
        device: The device.
    """

    def __init__(self, device: VulkanDevice) -> None:
        self._library = load_ncnn("The engine ncnn", option="engine")
        self.device = device
        with logged_output():
            on_device = self._library.get_gpu_device(device.index)
            self._blobs = self._library.VkBlobAllocator(on_device)
            self._staging = self._library.VkStagingAllocator(on_device)

    def use_in(self, options: Any) -> None:
        """Have a network allocate from here."""
        options.blob_vkallocator = options.workspace_vkallocator = self._blobs
        options.staging_vkallocator = self._staging

    def release(self) -> None:
        """Give it back to the device."""
        self._blobs.clear()
        self._staging.clear()


class DeviceChain:
    """A chain of convolutions that is ready to run.

    Args:
        chain: The layers.
        memory: Where their outputs lie, and on which device.
        short: Whether weights and what lies between layers are stored in 16 bits, where the device can. Sums are
            float32 in any case.

    Raises:
        EngineError: It does not fit on the device.
    """

    def __init__(self, chain: Chain, memory: DeviceMemory, *, short: bool) -> None:
        library = load_ncnn("The engine ncnn", option="engine")
        # Attributes go in the order in which they were set, and a network has to go before its memory.
        self._network = library.Net()
        self._memory = memory
        self._library = library
        self._device = memory.device.name
        with logged_output(), tempfile.TemporaryDirectory() as folder:
            options = self._network.opt
            options.use_vulkan_compute = True
            options.use_fp16_packed = options.use_fp16_storage = short
            options.use_fp16_arithmetic = False
            options.use_bf16_packed = options.use_bf16_storage = False
            options.use_int8_packed = options.use_int8_storage = options.use_int8_arithmetic = False
            memory.use_in(options)
            self._network.set_vulkan_device(memory.device.index)
            text, weights = chain.write(Path(folder))
            self._require_success(self._network.load_param(str(text)))
            # From a file, because from memory it does not say whether that succeeded.
            self._require_success(self._network.load_model(str(weights)))

    def run(self, pixels: NDArray[np.float32], output: NDArray[np.float32], threads: int) -> None:
        """Run it.

        Args:
            pixels: (rows, columns, channels), contiguous; columns × channels is a multiple of 4.
            output: (rows, columns, channels) of what comes out; overwritten.
            threads: Number of CPU threads that may help.

        Raises:
            OutOfMemoryError: The device has no memory left, or the input is too large for any.
            EngineError: The device failed.
        """
        if pixels.nbytes > LARGEST_INPUT:
            raise out_of_memory(self._device)
        # ncnn takes it that every row begins at a multiple of 16 bytes, and reads what lies next to the array if not.
        assert pixels.shape[1] * pixels.shape[2] % ROW_FLOATS == 0
        self._network.opt.num_threads = threads
        extractor = self._network.create_extractor()
        try:
            self._require_success(extractor.input(INPUT, self._library.Mat(pixels)))
            status, result = extractor.extract(OUTPUT)
            self._require_success(status)
            np.copyto(output, np.asarray(result))
        finally:
            # What it holds lies in the memory of this chain, which may go with the caller's last reference.
            del extractor

    def _require_success(self, status: int) -> None:
        if status == NO_MEMORY:
            raise out_of_memory(self._device)
        if status != 0:
            raise EngineError(
                f"The network failed on {self._device}: ncnn reports the error {status}. Restart the job; if it "
                "fails again, update the driver of the GPU, or use `device=cpu`."
            )
