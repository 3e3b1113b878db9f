"""A network's convolutions on a Vulkan device, in the place of the CPU kernels'."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu.allocation import zeros
from midframe.engines.cpu.blocks import Work, build_input
from midframe.engines.cpu.buffers import halved
from midframe.engines.cpu.convolutions import Convolutions
from midframe.engines.cpu.kernels.library import Kernels, address
from midframe.engines.cpu.weights import InputLayout, arranged
from midframe.engines.folding import fold_block, fold_encoder
from midframe.engines.ncnn.chains import block_chain, encoder_chain
from midframe.engines.ncnn.devices import VulkanDevice
from midframe.engines.ncnn.networks import DeviceChain, DeviceMemory
from midframe.models.rife.architecture import RifeModel

VIEW_CHANNELS = 3


def device_convolutions(model: RifeModel, kernels: Kernels, device: VulkanDevice, *, short: bool) -> Convolutions:
    """All convolutions of a model, ready on a device.

    Args:
        model: The model.
        kernels: What prepares the inputs.
        device: The device.
        short: See `midframe.engines.ncnn.networks.DeviceChain`.

    Raises:
        EngineError: They do not fit on the device.
    """
    memory = DeviceMemory(device)
    return Convolutions(
        NcnnBlocks(model, kernels, memory, short=short),
        NcnnEncoder(model, kernels, memory, short=short),
        device.name,
        device.description,
    )


class NcnnBlocks:
    """See `midframe.engines.cpu.convolutions.BlockRunner`."""

    def __init__(self, model: RifeModel, kernels: Kernels, memory: DeviceMemory, *, short: bool) -> None:
        spec = model.spec
        self._kernels = kernels
        self._layout = InputLayout.of(spec)
        self._memory = memory
        self._chains: list[DeviceChain] = []
        self._outputs: list[int] = []
        self._input: NDArray[np.float32] | None = None
        for index in range(len(spec.widths)):
            block = arranged(fold_block(spec, model.tensors, index), self._layout, index)
            self._chains.append(DeviceChain(block_chain(block), memory, short=short))
            self._outputs.append(block.last.weight.shape[0])

    def corner_channels(self, index: int) -> int:
        """Channels of a block's corners."""
        return self._outputs[index]

    def reserve(self, sizes: list[tuple[int, int, int]], threads: int) -> None:  # noqa: ARG002 - none is theirs
        """Have the memory for the largest input."""
        if self._input is None:
            self._input = zeros(max(height * width for _, height, width in sizes) * self._layout.channels)

    def run(self, work: Work, corners: NDArray[np.float32]) -> None:
        """From a block's input to its corners, always as a whole."""
        assert self._input is not None
        assert work.tiles is None
        shape = *work.size, self._layout.channels
        pixels = self._input[: prod(shape)].reshape(shape)
        build_input(self._kernels, self._layout, work, address(pixels), work.size[1])
        self._chains[work.index].run(pixels, corners, work.threads)

    def release(self) -> None:
        """Free all buffers, those on the device, too."""
        self._input = None
        self._memory.release()


class NcnnEncoder:
    """See `midframe.engines.cpu.encoder.CpuEncoder`; frames are encoded as a whole."""

    def __init__(self, model: RifeModel, kernels: Kernels, memory: DeviceMemory, *, short: bool) -> None:
        self._kernels = kernels
        self._features = model.spec.features
        self._lanes = InputLayout.of(model.spec).lanes
        self._memory = memory
        folded = fold_encoder(model.spec, model.tensors)
        self._chain = None if folded is None else DeviceChain(encoder_chain(folded), memory, short=short)

    def run(self, view: NDArray[np.float32], frame: NDArray[np.float32], threads: int) -> None:
        """Encode one frame."""
        height, width = frame.shape[:2]
        rows, columns = view.shape[:2]
        if self._chain is None:
            self._kernels.pad(
                view.ctypes.data, rows, columns, VIEW_CHANNELS, address(frame), height, width, self._lanes, 0, threads
            )
            return
        image = zeros(height, width, VIEW_CHANNELS)
        corners = zeros(halved(height) + 1, halved(width) + 1, 4 * self._features)
        image[:rows, :columns] = view
        self._chain.run(image, corners, threads)
        self._kernels.pack_frame(
            view.ctypes.data,
            rows,
            columns,
            address(corners),
            corners.shape[1],
            self._features,
            address(frame),
            height,
            width,
            self._lanes,
            threads,
        )

    def release(self) -> None:
        """Free all buffers on the device."""
        self._memory.release()
