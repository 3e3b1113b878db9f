"""What the engine allocates on a Vulkan device, and on the machine."""

from __future__ import annotations

from midframe.engines.cpu.memory import memory_need as cpu_memory_need
from midframe.engines.entry import EngineLoad
from midframe.engines.memory_model import FLOAT, MARGIN, padded_size
from midframe.models.rife.architecture import RifeModel

WEIGHT_COPIES = 8
"""How often the weights are on the device, and as often in a driver that is software: as they are, and in Winograd's
forms, which are up to four times as large."""

NCNN = 150_000_000
"""Bytes that ncnn and a driver add to a process."""

INPUT_COPIES = 3
"""A block's input as it was sent, in the device's layout, and with its channels first."""

WINOGRAD = 4.5
"""What Winograd's form of the inputs and outputs of a layer takes, of one of them."""


def device_need(load: EngineLoad) -> int:
    """Peak memory on the device, in bytes."""
    assert isinstance(load.model, RifeModel)
    spec = load.model.spec
    rows, columns = padded_size(load, spec.pad_multiple(load.options.flow_scale))
    pixels, inputs = rows * columns, spec.input_channels(len(spec.widths) - 1)
    # What is free stays with the engine, in pieces of the sizes that blocks needed.
    blocks = 0.0
    for width, published in zip(spec.widths, spec.scales, strict=True):
        inside = pixels / (published / load.options.flow_scale) ** 2
        blocks += (INPUT_COPIES * inputs + width / 8 + (2 + WINOGRAD) * width / 16 + 5 + spec.feature_planes) * inside
    encoder = 0.0
    if spec.head:
        hidden, features = spec.head.hidden_channels, spec.features
        encoder = (INPUT_COPIES * 3 + (2 + WINOGRAD) * hidden / 4 + 2 * features) * pixels
    return round(MARGIN * FLOAT * (blocks + encoder + WEIGHT_COPIES * load.model.parameters))


def host_need(load: EngineLoad) -> int:
    """Peak memory of the process on the machine besides that of the device, in bytes."""
    assert isinstance(load.model, RifeModel)
    spec = load.model.spec
    rows, columns = padded_size(load, spec.pad_multiple(load.options.flow_scale))
    # The largest input as it is sent. All the rest is what the engine of the kernels has too, whose layers are more
    # than what of them comes back from a device.
    finest = min(spec.scales) / load.options.flow_scale
    inputs = FLOAT * spec.input_channels(len(spec.widths) - 1) * rows * columns / finest**2
    return NCNN + cpu_memory_need(load) + round(MARGIN * inputs)
