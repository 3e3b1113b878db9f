"""The command line: one module a command; parse, check, call."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    if sys.argv[1:] == ["--version"]:
        # Asked by scripts, often: answered before anything large is loaded.
        from midframe import __version__

        sys.stdout.write(f"midframe {__version__}\n")
        return
    from midframe.cli.application import run_application

    run_application()
