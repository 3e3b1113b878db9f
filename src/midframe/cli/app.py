"""``midframe app``: the page for the browser."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from midframe.cli.option_words import run_option_words
from midframe.cli.printing import print_lines
from midframe.cli.spelling import spell
from midframe.extras import is_installed, require_packages

HELP = """Open a page in the browser: add videos, preview them, run them and watch the results.

The page can be opened only on this machine, unless --host names an address, and only with the token in its link.
What was added, and what is finished of it, is still there after the program has ended.

\b
Examples:
  midframe app                            the page, with files of your home folder
  midframe app --root /media/film         with files of another place
  midframe app --host 0.0.0.0             for other machines of the network
"""


EVALUATION_LIBRARIES = ("jinja2", "pytorch_msssim", "skimage", "cv2", "torch")

EVALUATED_FRAMES = 100
"""Most frames that the app evaluates: enough to see what to expect, in about a minute."""


def _evaluation_command(sources: Sequence[str], page: Path) -> list[str]:
    words = ["evaluate", *sources, "--frames", str(EVALUATED_FRAMES), "--output", str(page), "--progress", "none"]
    return [sys.executable, "-m", "midframe", *words]


def app(
    root: Annotated[
        list[Path] | None,
        typer.Option(
            "--root",
            help="Folder that files may be chosen from and written to; may be given several times. Default: the home "
            "folder and the current one. Hidden folders are left out.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on. The default is reached from this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option("--port", help="Port to listen on. Default: 8017, or any free one.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Folder for the list of jobs, dropped files and their results. Default: the usual place of this "
            "system.",
        ),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Run the command."""
    require_packages(("starlette", "uvicorn"), "The app")
    from midframe.app.serving import serve
    from midframe.app.settings import AppSettings

    settings = AppSettings.of(root or (), data, host, port)
    serve(
        settings,
        run_option_words(),
        spell=spell,
        say=lambda text: print_lines(text),
        open_browser=not no_browser and settings.is_local,
        evaluate=_evaluation_command if all(map(is_installed, EVALUATION_LIBRARIES)) else None,
    )
