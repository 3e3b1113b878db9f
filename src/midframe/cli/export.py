"""``midframe export``: the network as a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from midframe.cli import engine_options
from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress
from midframe.engines.onnx.providers import Warp
from midframe.engines.options import EngineOptions

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Write the network to a file that other programs run.",
)

_ONNX_HELP = """Write the network as one ONNX file, and check what it gives.

The file takes two images, img0 and img1 (N, 3, H, W), and their timestep (N), and yields the frame in between, all
float32. It is run once, where ONNX Runtime or OpenVINO is installed, and must give what midframe gives (docs/onnx.md).

\b
Examples:
  midframe export onnx rife.onnx                              frames of any size
  midframe export onnx rife.onnx --height 540 --width 960    of one size
  midframe export onnx rife.onnx --fp16 --warp gather         smaller, without GridSample
"""


@app.callback()
def group() -> None:
    """Say that the name of a format has to follow."""


@app.command("onnx", help=_ONNX_HELP)
@engine_options.accept_engine_options(only=("model", "flow_scale", "ensemble"))
def onnx(
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="The file to write.", show_default=False)],
    height: Annotated[int | None, typer.Option("--height", help="Rows of the frames. Default: any size.")] = None,
    width: Annotated[int | None, typer.Option("--width", help="Columns of the frames. Default: any size.")] = None,
    opset: Annotated[int, typer.Option("--opset", help="Version of ONNX's operators, 16 to 22 (docs/onnx.md).")] = 16,
    fp16: Annotated[
        bool, typer.Option("--fp16", help="float16 for the convolutions. Flow and warps are float32 in any case.")
    ] = False,
    warp: Annotated[
        Warp,
        typer.Option("--warp", help="How frames are warped: by the operator GridSample, or without it."),
    ] = "gridsample",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
    engine: EngineOptions = engine_options.DEFAULTS,
) -> None:
    """Write the file and print what was found."""
    from midframe.engines.onnx.export import export_onnx

    exported = export_onnx(
        file,
        engine,
        height=height,
        width=width,
        opset=opset,
        half=fp16,
        warp=warp,
        overwrite=overwrite,
        progress=DownloadProgress(),
    )
    print_lines(str(exported.file))
    if exported.difference is None:
        print_lines("Not checked: neither ONNX Runtime nor OpenVINO is installed.")
    else:
        apart, allowed = exported.difference, exported.allowed
        print_lines(
            f"Checked with {exported.checked_with} on made-up frames, which are harder than real ones (docs/onnx.md):",
            f"  largest difference from midframe {apart.largest:.1e} (at most {allowed.largest:.0e} is allowed),",
            f"  median {apart.median:.1e} (at most {allowed.median:.0e}), on a scale of 0 to 1.",
        )
    if exported.notes:
        print_lines(*exported.notes)
