"""Options that several commands share, so that they are named and explained the same everywhere."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from midframe.errors import OptionError
from midframe.executors.options import ExecutorKind
from midframe.timing.timeline import parse_factor

if TYPE_CHECKING:
    from midframe.engines.quality import Quality

ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="A version from `midframe models list`, or a path to a checkpoint (.pkl, .pth, .safetensors) or a "
        "folder that holds one.",
        rich_help_panel="Network",
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device",
        help="auto: all GPUs, else the CPU. Or cpu, cuda, cuda:1, mps, xpu; several with commas between them, such as "
        "cuda:0,cuda:1, each get a process of their own.",
        rich_help_panel="Network",
    ),
]
ScaleOption = Annotated[
    float | None,
    typer.Option(
        "--scale",
        help="Flow scale: the resolution motion is estimated at. 0.25, 0.5, 1, 2 or 4. Use 0.5 for 4K: faster, less "
        "memory, and better with very large motion. The frames themselves always keep their resolution. "
        "Default: 1.",
        rich_help_panel="Network",
    ),
]
UhdOption = Annotated[
    bool,
    typer.Option("--uhd", help="For 4K: the same as --scale 0.5 unless --scale is given.", rich_help_panel="Network"),
]
PrecisionOption = Annotated[
    Literal["exact", "fast"],
    typer.Option(
        "--precision",
        help="exact: float32. fast: convolutions in half precision on GPUs, in bfloat16 on CPUs that compute in it; "
        "the same as exact elsewhere.",
        rich_help_panel="Network",
    ),
]
_QUALITY_HELP = (
    "fast: the network as published. default: its blend goes by where both frames agree, in about the same time. "
    "best: four estimates for each frame, in about four times the time (docs/quality.md)."
)
QualityOption = Annotated[
    Literal["fast", "default", "best"],
    typer.Option("--quality", help=_QUALITY_HELP, rich_help_panel="Network"),
]
QualityOrNumberOption = Annotated[
    str,
    typer.Option(
        "--quality", help=f"{_QUALITY_HELP} A number is taken for --crf.", rich_help_panel="Network", metavar="TEXT"
    ),
]
EnsembleOption = Annotated[
    bool,
    typer.Option(
        "--ensemble",
        help="Average with the time-reversed estimate: twice the time. Only versions up to 4.20, and 4.24.",
        rich_help_panel="Network",
    ),
]

ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads",
        help="CPU threads for the network, on each device. Default: one a core, shared out.",
        rich_help_panel="Network",
    ),
]

ExecutorOption = Annotated[
    ExecutorKind,
    typer.Option(
        "--executor",
        help="Who draws. auto: this process, or a process for each of several devices. inline: this process, on the "
        "first device. processes: a process for each device. ray: the workers of a Ray cluster (docs/cluster.md).",
        rich_help_panel="Network",
    ),
]
RayAddressOption = Annotated[
    str,
    typer.Option(
        "--ray-address",
        help="host:port of a Ray cluster's head. auto: the cluster that this machine belongs to. local: one that is "
        "started here for the job.",
        rich_help_panel="Network",
    ),
]
RayWorkersOption = Annotated[
    int | None,
    typer.Option(
        "--ray-workers",
        help="Workers on the Ray cluster. Default: one a GPU; without GPUs, as many as there is room for with "
        "--threads each; one a node if that is not given.",
        rich_help_panel="Network",
    ),
]
RaySharedInputOption = Annotated[
    bool,
    typer.Option(
        "--ray-shared-input",
        help="All nodes of the Ray cluster see the input's image files under the same paths: they read them "
        "themselves, and only names are sent.",
        rich_help_panel="Network",
    ),
]
MemoryOption = Annotated[
    str | None,
    typer.Option(
        "--memory",
        help="How much of the machine's memory a job may use, such as 4G. Default: most of what is free.",
        rich_help_panel="Network",
    ),
]
LowerScaleOption = Annotated[
    bool,
    typer.Option(
        "--allow-lower-scale",
        help="Lower the flow scale if nothing else fits into the memory: frames look a little different then.",
        rich_help_panel="Network",
    ),
]

LargestOption = Annotated[
    float | None,
    typer.Option(
        "--flow-largest",
        help="In pictures of motion: the length in pixels that gets full colour; what is longer is darkened. Default: "
        "the longest in each picture.",
        rich_help_panel="Motion",
    ),
]

UHD_SCALE = 0.5


def qualities(quality: str, constant: int | None) -> tuple[Quality, int | None]:
    """What --quality and --crf mean together: how frames are drawn, and the codec's constant quality.

    --quality once was the name of the codec's alone, so a number is still understood.

    Raises:
        OptionError: Neither a word that exists nor a number, or a number beside --crf.
    """
    words: tuple[Quality, ...] = ("fast", "default", "best")
    for word in words:
        if quality == word:
            return word, constant
    try:
        number = int(quality)
    except ValueError:
        raise OptionError(f"--quality must be fast, default or best, not {quality!r}.") from None
    if constant is not None:
        raise OptionError(f"--quality {number} is the same as --crf {number}: give one of the two.")
    return "default", number


def flow_scale(scale: float | None, uhd: bool) -> float:
    """The flow scale that --scale and --uhd mean together."""
    if scale is not None:
        return scale
    return UHD_SCALE if uhd else 1.0


def factor_of(factor: str | None, insert: int | None) -> Fraction:
    """The factor that -x and --insert mean together; 2 if neither is given.

    Raises:
        OptionError: Both, or one out of range.
    """
    if factor is not None and insert is not None:
        raise OptionError("Give either --insert or --factor, not both: --insert N is the same as --factor N+1.")
    if insert is not None:
        if insert < 0:
            raise OptionError(f"--insert must be 0 or more, not {insert}.")
        return Fraction(insert + 1)
    return Fraction(2) if factor is None else parse_factor(factor)


def check_largest(largest: float | None) -> None:
    """Refuse what cannot be a length.

    Raises:
        OptionError: It is not above 0.
    """
    if largest is not None and not largest > 0:
        raise OptionError(f"--flow-largest must be above 0, not {largest:g}.")
