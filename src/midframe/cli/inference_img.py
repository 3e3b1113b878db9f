"""Compatibility with the command line of ``inference_img.py``.

``python inference_img.py --model ckpt/rifev4_25 --multi 17 --img IN --output OUT`` runs as before; its flags are
translated into the options of a job.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import perf_counter
from typing import NoReturn

from midframe.cli import START
from midframe.cli.application import exit_with
from midframe.cli.engine_options import UHD_SCALE
from midframe.cli.printing import print_summary
from midframe.cli.progress import DownloadProgress, make_listener
from midframe.cli.spelling import spell
from midframe.engines.options import EngineOptions
from midframe.errors import OptionError
from midframe.jobs.job import Job
from midframe.jobs.session import Session
from midframe.text import printable


class _Parser(argparse.ArgumentParser):
    """Errors about arguments quote these without control characters."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="inference_img.py",
        description="Interpolate a folder of images. `midframe run` does the same with more options.",
    )
    parser.add_argument("--model", required=True, help="folder or file with RIFE weights, such as ckpt/rifev4_25")
    parser.add_argument("--img", required=True, nargs="+", help="folder of images, or two or more images")
    parser.add_argument("--output", default="vid_out", help="folder for the frames (default: vid_out/)")
    parser.add_argument(
        "--multi",
        type=int,
        required=True,
        help="frames for each pair of images, including both: N inserts N-2",
    )
    parser.add_argument("--UHD", action="store_true", help="for 4K: --scale 0.5 unless --scale is given")
    parser.add_argument("--scale", type=float, help="flow scale: 0.25, 0.5, 1.0, 2.0 or 4.0 (default: 1.0)")
    parser.add_argument("--recursive", action="store_true", help="refine from the outside in")
    return parser


def run_script() -> None:
    """Run the command line of the script and exit with the codes of `midframe`."""
    exit_with(interpolate_folder)


def interpolate_folder(arguments: Sequence[str] | None = None) -> None:
    """Do what the script's arguments say; those of the process if None."""
    given = _parser().parse_args(arguments)
    if given.multi < 2:
        raise OptionError(
            f"--multi counts both source frames of a pair, so it must be at least 2 (2: copies only; 3: one frame "
            f"between), not {given.multi}."
        )
    scale = given.scale if given.scale is not None else (UHD_SCALE if given.UHD else 1.0)
    job = Job(
        given.img[0] if len(given.img) == 1 else given.img,
        given.output,
        factor=given.multi - 1,
        mode="recursive" if given.recursive else "direct",
        cuts="off",
        overwrite=True,
    )
    engine = EngineOptions(given.model, flow_scale=scale, quality="fast")
    with Session(engine, downloads=DownloadProgress()) as session:
        summary = session.run(job, on_event=make_listener("auto"), spell=spell)
    print_summary(summary, perf_counter() - START)
