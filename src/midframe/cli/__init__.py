"""The command line: one module a command; parse, check, call."""

from __future__ import annotations

# The part of `signal` that is built in: the module itself takes milliseconds, in which an interrupt could arrive.
import _signal  # type: ignore[import-not-found]
import os
import sys
from time import perf_counter

START = perf_counter()
"""When this process began to load midframe, on the clock that results are timed by."""


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    stop_at_once()
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        # Asked by scripts, often: answered before anything large is loaded.
        from midframe import __version__

        sys.stdout.write(f"midframe {__version__}\n")
        return
    from midframe.cli.application import run_application

    run_application()


def main_of_script() -> None:
    """Run the command line of `inference_img.py` and exit with the same codes."""
    stop_at_once()
    from midframe.cli.inference_img import run_script

    run_script()


def stop_at_once() -> None:
    """Make Ctrl+C end this process at once, until the application has its own handler.

    While modules are loaded, which takes seconds, there is nothing to save, and a KeyboardInterrupt inside an import
    would print where it has hit.
    """
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _stop)


def _stop(*_: object) -> None:
    try:
        os.write(2, b"midframe: stopped.\n")
    finally:
        os._exit(130)
