"""`python -m tools.release text|notes|check`: see CONTRIBUTING.md.

Nothing here needs more than Python, so that a workflow can call it without installing anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tools.release import changelog, owner, steps


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and call.

    Returns:
        The exit code: 0, or 1 if something is not ready.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.release", description="What comes before a release.")
    commands = parser.add_subparsers(required=True)

    command = commands.add_parser("text", help="check the changelog, and list what only the owner can fill in")
    command.add_argument("version", nargs="?", default="", help="the version that is released now, or its tag")
    command.set_defaults(run=lambda options: check_text(options.version))

    command = commands.add_parser("notes", help="print what the changelog says about a version")
    command.add_argument("version", help="such as 0.1.0, or its tag")
    command.set_defaults(run=lambda options: print_notes(options.version))

    command = commands.add_parser("check", help="run all targets of make that have to pass before a release")
    command.add_argument("steps", nargs="*", metavar="STEP", help=f"only these, of {', '.join(steps.targets())}")
    command.set_defaults(run=lambda options: steps.run_steps(options.steps))

    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except ValueError as error:
        parser.error(str(error))
    return status


def check_text(version: str) -> int:
    """Print the defects of the changelog, and what is empty, which is no failure.

    Args:
        version: The version that is released, or its tag; empty where none is.
    """
    defects = list(changelog.defects(changelog.read(), version))
    for line in (*defects, *(f"To be filled in by the owner: {place}" for place in owner.empty_places())):
        print(line)
    return 1 if defects else 0


def print_notes(version: str) -> int:
    """Print the section of a version, for the page of its release.

    Raises:
        ValueError: There is nothing to print.
    """
    print(changelog.notes(changelog.read(), version))
    return 0


if __name__ == "__main__":
    sys.exit(main())
