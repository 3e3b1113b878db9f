"""The options of engines: named, explained and checked here, once. Importing this loads neither torch nor numpy."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, fields, replace
from pathlib import Path
from typing import Literal, get_args

from midframe.engines.devices import check_device_names
from midframe.errors import OptionError
from midframe.quantities import whole_number
from midframe.text import quoted

Quality = Literal["fast", "default", "best"]
"""fast: the network as published. default: its blend goes by what the warped frames agree on, at a few percent more
time. best: besides, four estimates for every frame, with the frames exchanged and mirrored, merged by agreement."""

Precision = Literal["exact", "fast"]
"""exact: the whole network in float32. fast: on CPUs, its last blocks only where they are needed; on other devices,
convolutions in a shorter type."""

Provider = Literal["auto", "cuda", "migraphx", "directml", "coreml", "tensorrt", "openvino", "cpu"]
"""What the engine onnx runs its graphs with; see `midframe.engines.onnx.providers.PROVIDERS`."""

FLOW_SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Flow scales that are allowed: powers of two, so that every resize is exact."""

MOST_THREADS = 1024
"""With far more than a machine has cores, the memory that each thread has for itself is what runs out."""

QUALITIES: tuple[Quality, ...] = get_args(Quality)

PROVIDERS: tuple[Provider, ...] = get_args(Provider)

PRECISIONS: tuple[Precision, ...] = get_args(Precision)

AUTO = "auto"
"""The engine option that leaves the choice to `midframe.engines.registry.choose_engine`."""


def _help(description: str) -> dict[str, str]:
    """What explains a field to users, with options named as in Python."""
    return {"help": description}


@dataclass(frozen=True)
class EngineOptions:
    """How a network is run. Checked when made; what depends on the machine or the model is checked on loading.

    Every field explains itself to users by `metadata["help"]`; the command line makes its options of that.

    Attributes:
        model: A version of the catalogue, or a path to a checkpoint file or folder.
        device: Names for `midframe.engines.devices.resolve_devices`.
        engine: Name of an engine, see `midframe.engines.registry.engine_names`; "auto" for the fastest one there is.
        flow_scale: One of `FLOW_SCALES`: the resolution that motion is estimated at, relative to the frames.
        precision: See `Precision`.
        quality: See `Quality`.
        ensemble: Whether to average with the time-reversed estimate.
        threads: CPU threads for each device, at least 1; None for all cores, shared out among the devices.
        memory: Bytes of the machine's memory that a job may use; None for most of what is free.
        allow_lower_scale: Whether the flow scale may be lowered if nothing else fits.
        provider: See `Provider`; "auto" for the first one that reaches the device.

    Raises:
        OptionError: A value that does not exist or is out of range.
        DeviceError: Not the name of a device.
    """

    model: str | Path = field(
        default="4.25",
        metadata=_help(
            "A version from `midframe models list`, or a path to a checkpoint (.pkl, .pth, .safetensors) or a folder "
            "that contains one."
        ),
    )
    device: str = field(
        default="auto",
        metadata=_help(
            "auto: all GPUs, or else the CPU. Or cpu, cuda, cuda:1, mps, xpu, or several, such as cuda:0,cuda:1 (one "
            "process each); these need PyTorch. vulkan: any GPU, by ncnn (docs/vulkan.md)."
        ),
    )
    _: KW_ONLY
    engine: str = field(
        default=AUTO,
        metadata=_help(
            "What runs the network. auto: the fastest one available. cpu: the CPU kernels of midframe. torch: PyTorch, "
            "on any device. ncnn: any GPU that has Vulkan, with the CPU kernels (docs/vulkan.md). onnx: ONNX Runtime "
            "or OpenVINO (docs/onnx.md)."
        ),
    )
    flow_scale: float = field(
        default=1.0,
        metadata=_help(
            "Flow scale: the relative resolution at which motion is estimated: 0.25, 0.5, 1, 2 or 4. Use 0.5 for 4K: "
            "it is faster, needs less memory, and is better with very large motion. Frames always keep their "
            "resolution. Default: 1."
        ),
    )
    precision: Precision = field(
        default="exact",
        metadata=_help(
            "exact: the whole network in float32. fast: on CPUs, its last blocks only where they are needed; on GPUs, "
            "convolutions in half precision (docs/quality.md)."
        ),
    )
    quality: Quality = field(
        default="default",
        metadata=_help(
            "fast: the network as published. default: a better blend, by where both frames agree, in about the same "
            "time. best: four estimates per frame, in about four times the time (docs/quality.md)."
        ),
    )
    ensemble: bool = field(
        default=False,
        metadata=_help("Average with the time-reversed estimate: twice the time. Only versions up to 4.20, and 4.24."),
    )
    threads: int | None = field(
        default=None, metadata=_help("CPU threads per device. Default: all cores, divided among devices.")
    )
    memory: int | None = field(
        default=None,
        metadata=_help("Memory that a job may use, such as 4G. Default: most of the free memory."),
    )
    allow_lower_scale: bool = field(
        default=False,
        metadata=_help("Lower the flow scale if nothing else fits into memory, which changes frames slightly."),
    )
    provider: Provider = field(
        default="auto",
        metadata=_help(
            "What the engine onnx runs its graphs with (docs/onnx.md). auto: the first of these that is installed and "
            "reaches the device, TensorRT and OpenVINO last."
        ),
    )

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise OptionError(f"The precision must be exact or fast, not {self.precision!r}.", option="precision")
        if self.quality not in QUALITIES:
            raise OptionError(f"The quality must be fast, default or best, not {self.quality!r}.", option="quality")
        if self.provider not in PROVIDERS:
            raise OptionError(
                f"The provider must be one of {', '.join(PROVIDERS)}, not {quoted(self.provider)}.", option="provider"
            )
        if self.provider != AUTO and self.engine != "onnx":
            raise OptionError("`provider` is for the engine onnx: use `engine=onnx` with it.", option="provider")
        for name, value in (("threads", self.threads), ("memory", self.memory)):
            # Numbers of numpy are whole numbers too.
            object.__setattr__(self, name, value if value is None else whole_number(value) or value)
        if self.flow_scale not in FLOW_SCALES:
            allowed = ", ".join(f"{scale:g}" for scale in FLOW_SCALES)
            raise OptionError(
                f"`flow_scale` must be one of {allowed}, not {quoted(self.flow_scale)}.", option="flow_scale"
            )
        object.__setattr__(self, "flow_scale", float(self.flow_scale))
        check_device_names(self.device)
        object.__setattr__(self, "ensemble", bool(self.ensemble))
        if self.threads is not None and not (isinstance(self.threads, int) and 1 <= self.threads <= MOST_THREADS):
            raise OptionError(
                f"`threads` must be a whole number from 1 to {MOST_THREADS}, not {quoted(self.threads)}.",
                option="threads",
            )
        if self.memory is not None and not (isinstance(self.memory, int) and self.memory >= 1):
            raise OptionError(f"`memory` must be a number of bytes above 0, not {self.memory!r}.", option="memory")

    @property
    def settings(self) -> dict[str, object]:
        """Those that decide how frames are interpolated, in types that JSON has.

        The model is not among them, as its file may change, nor the device and what follows from it; see
        `midframe.engines.loading.LoadedModel.settings`.
        """
        return {
            "flow_scale": self.flow_scale,
            "precision": self.precision,
            "ensemble": self.ensemble,
            "quality": self.quality,
        }


@dataclass(frozen=True)
class PairOptions:
    """Options of the engine for single pairs, in the place of those of the job.

    Attributes:
        quality: See `Quality`; None for that of the job.
        flow_scale: One of `FLOW_SCALES`; None for that of the job.
    """

    quality: Quality | None = None
    flow_scale: float | None = None

    @property
    def is_default(self) -> bool:
        """Whether all is as for the job."""
        return self == PairOptions()

    def applied_to(self, options: EngineOptions) -> EngineOptions:
        """Options of a job with these in their place."""
        return replace(
            options,
            quality=self.quality or options.quality,
            flow_scale=options.flow_scale if self.flow_scale is None else self.flow_scale,
        )


HELP: dict[str, str] = {option.name: option.metadata["help"] for option in fields(EngineOptions)}
"""What each option means, for users, by its name."""
