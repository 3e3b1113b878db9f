"""Count the commands and the blocks of Python that README and documentation show: `python -m tools.documented`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from tests.e2e import test_docs_commands as commands
from tests.e2e import test_docs_python as blocks
from tests.support.documentation import PAGES


def main(arguments: Sequence[str] = ()) -> None:
    """Print how many there are, how many are run by tests, and why the others are not.

    Args:
        arguments: None but ``--help``.
    """
    argparse.ArgumentParser(prog="python -m tools.documented", description=__doc__).parse_args(arguments)
    shown, fast = set(commands.COMMANDS_SHOWN), set(commands.RUN) - commands.SLOW
    slow = commands.SLOW | commands.ON_A_CLUSTER
    print(
        f"{len(PAGES)} pages and the help of commands show {len(commands.LINES)} commands, {len(shown)} different ones:"
    )
    print(f"  {len(fast)} run with the fast tests, {len(slow)} with the slow ones,")
    print(f"  {len(commands.RUN_BY_OTHERS)} are run by tests of their own, {len(commands.NOT_RUN)} do not run:")
    for reason, count in Counter(commands.NOT_RUN.values()).most_common():
        print(f"  {count:4} {reason}")
    firsts = [first for page in PAGES for first, _ in blocks.all_blocks(page)]
    left_out = [first for first in firsts if first in blocks.NOT_RUN]
    print(f"{len(firsts)} blocks of Python: {len(firsts) - len(left_out)} run, {len(left_out)} do not:")
    for reason, count in Counter(blocks.NOT_RUN[first] for first in left_out).most_common():
        print(f"  {count:4} {reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
