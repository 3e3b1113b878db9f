"""Build the documentation site into out/site: `python -m tools.site`, or `make docs`."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from tools.site.checks import defects
from tools.site.sources import ROOT, prepare

SOURCES = ROOT / "out" / "site-sources"
SITE = ROOT / "out" / "site"


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def readable(output: str) -> str:
    """What the builder says, without colours, and without the traceback that follows its warnings."""
    return COLOUR.sub("", output).split("Traceback (most recent call last):")[0].rstrip()


def main(arguments: Sequence[str] = ()) -> int:
    """Build and check.

    Args:
        arguments: None but ``--help``.

    Returns:
        The exit code: 0, or 1 if a link leads nowhere, a page loads something from elsewhere, or the build fails.
    """
    argparse.ArgumentParser(prog="python -m tools.site", description=__doc__).parse_args(arguments)
    if find_spec("zensical") is None:
        print("Zensical is not installed: run make docs, with Python 3.11 or later.")
        return 1
    pages = prepare(SOURCES)
    build = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(readable(done.stdout + done.stderr))
        return 1
    found = list(defects(SITE))
    print(*found, sep="\n", end="\n" if found else "")
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    print(f"{len(pages)} pages in {SITE.relative_to(ROOT)}, {size / 1e6:.1f} MB; {len(found)} defects")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
