"""Write the files that are made from the commands: `python -m tools.share`, or `make share`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.command_line import program_facts
from tools.share.bash import bash_script
from tools.share.fish import fish_script
from tools.share.manual import ROOT, manual_pages
from tools.share.zsh import zsh_script

COMPLETION = ROOT / "src" / "midframe" / "cli" / "completion_files"
MANUAL = ROOT / "share" / "man" / "man1"


def files() -> dict[Path, str]:
    """All files with their contents."""
    # Models of the catalogue alone, not those of whoever runs this.
    os.environ.pop("MIDFRAME_CATALOG", None)
    program = program_facts()
    return {
        COMPLETION / "midframe": bash_script(program),
        COMPLETION / "_midframe": zsh_script(program),
        COMPLETION / "midframe.fish": fish_script(program),
        **{MANUAL / name: text for name, text in manual_pages(program).items()},
    }


def main(arguments: Sequence[str] = ()) -> int:
    """Write those that differ, and remove pages of commands that there are no more.

    Args:
        arguments: None but ``--help``.

    Returns:
        The exit code.
    """
    argparse.ArgumentParser(prog="python -m tools.share", description=__doc__).parse_args(arguments)
    wanted = files()
    for path in {*COMPLETION.iterdir(), *MANUAL.iterdir()} - wanted.keys():
        path.unlink()
        print(f"removed: {path.relative_to(ROOT)}")
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
