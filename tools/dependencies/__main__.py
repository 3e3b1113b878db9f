"""`python -m tools.dependencies oldest|newest|outdated|licences`: see CONTRIBUTING.md."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from tools.dependencies import licences, newest, oldest, outdated


def main() -> int:
    """Parse and call; the exit status is that of the part."""
    parser = ArgumentParser(prog="python -m tools.dependencies", description="The libraries that midframe needs.")
    parts = parser.add_subparsers(required=True)

    part = parts.add_parser("oldest", help="test with the oldest versions that pyproject.toml allows, in .venv-oldest")
    part.add_argument("--python", default=sys.executable, help="interpreter to test with (default: this one)")
    part.add_argument("--oldest-torch", action="store_true", help="also the oldest PyTorch, for CUDA on Linux")
    part.add_argument("pytest", nargs="*", help="arguments of pytest, after --")
    part.set_defaults(main=oldest.main)

    part = parts.add_parser("newest", help="test with the newest versions that pyproject.toml allows, in .venv-newest")
    part.add_argument("--python", default=sys.executable, help="interpreter to test with (default: this one)")
    part.add_argument("--pre", action="store_true", help="pre-releases too; deprecations are reported, not errors")
    part.add_argument("pytest", nargs="*", help="arguments of pytest, after --")
    part.set_defaults(main=newest.main)

    part = parts.add_parser("outdated", help="compare constraints.txt with what is installed and with the newest")
    part.set_defaults(main=outdated.main)

    part = parts.add_parser("licences", help="write docs/reference/licences.md from what is installed")
    part.set_defaults(main=licences.main)

    options = parser.parse_args()
    status: int = options.main(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
