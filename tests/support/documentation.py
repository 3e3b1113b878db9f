"""The command lines that the documentation shows: in blocks, in the text, and in the help of commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from midframe.cli.commands import COMMANDS, load_command

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md"),
        *(
            page
            for folder in ("docs", "examples", "integrations", "benchmarks")
            for page in ROOT.glob(f"{folder}/**/*.md")
        ),
        *ROOT.glob(".github/**/*.md"),
        *ROOT.glob(".github/ISSUE_TEMPLATE/*.yml"),
    ]
)
"""Pages for readers of today; the changelog shows commands of their time."""

SHELLS = {"bash", "sh", "console"}

KINDS = {*SHELLS, "bat", "json", "python", "text", "toml", "yaml", "zsh"}
"""What blocks of code say that they are. Commands of the Windows command prompt, `bat`, cannot run here, and those of
`zsh` are lines of a file of settings.
"""

PROGRAMS = {
    *("midframe", "python", "python3", "pip", "make", "ray", "ffmpeg", "pytest"),
    *("apt", "mpv", "pre-commit", "ssh", "vspipe"),
}
"""Code in the text that begins with one of them, and goes on, is a command line."""

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_FENCE = re.compile(r"^[ >]*(```+|~~~+)(.*)\n(?:.*\n)*?[ >]*\1 *$", re.MULTILINE)
INLINE = re.compile(r"`((?:[^`\n]|\n(?!\n))+)`")
OPERATOR = re.compile(r"[|&;()<>]+")


@dataclass(frozen=True, order=True)
class CommandLine:
    """A command line.

    Attributes:
        text: Without comments, in one line, with single spaces.
        place: The page and the line, or the command whose help shows it.
    """

    text: str
    place: str

    @property
    def commands(self) -> list[list[str]]:
        """The words of each program that is called, in order; redirections are words of their own."""
        found: list[list[str]] = [[]]
        for word in _words(self.text):
            if word in ("|", "&", "&&", ";"):
                found.append([])
            else:
                found[-1].append(word)
        return [words for words in found if words]


def command_lines() -> list[CommandLine]:
    """All of them, in the order of pages; a command that stands in several places comes several times."""
    return [
        *(line for page in PAGES for line in page_lines(page.read_text("utf-8"), str(page.relative_to(ROOT)))),
        *help_lines(),
    ]


def page_lines(text: str, page: str) -> Iterator[CommandLine]:
    """Those of one page."""
    for block in FENCE.finditer(text):
        if block[1] in SHELLS:
            yield from _block_lines(block[2], page, text.count("\n", 0, block.start(2)) + 1, block[1] == "console")
    # Lines keep their numbers where a block is taken out.
    prose = FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)
    for code in INLINE.finditer(prose):
        if _is_a_command_line(code[1].split()):
            yield CommandLine(_plain(code[1]), f"{page}:{prose.count(chr(10), 0, code.start()) + 1}")


def help_lines() -> Iterator[CommandLine]:
    """The examples in the help of each command; what they do stands next to some, after two spaces or more."""
    for name in COMMANDS:
        command = load_command(name)
        for shown in [command, *getattr(command, "commands", {}).values()]:
            for line in (shown.help or "").splitlines():
                if re.match(r"\s+midframe ", line):
                    yield CommandLine(_plain(re.split(r"\s{2,}", line.strip())[0]), f"help of {shown.name}")


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    """The blocks of a kind on all pages: the page and the line, and what is in it."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in FENCE.finditer(text):
            if block[1] == kind:
                yield f"{page.relative_to(ROOT).as_posix()}:{text.count(chr(10), 0, block.start(2)) + 1}", block[2]


def kinds_of_blocks(text: str) -> list[str]:
    """What the blocks of a page say that they are, in order; indented and quoted ones too. Empty if they do not."""
    return [fence[2].strip() for fence in ANY_FENCE.finditer(text)]


def unmarked_lines(text: str) -> list[str]:
    """Lines of a page that look like commands, and are in no block of a shell: indented, or in a block of no kind."""
    begins = re.compile(rf"(?:{'|'.join(PROGRAMS)}) ")
    in_blocks = [line for block in FENCE.finditer(text) if not block[1] for line in block[2].splitlines()]
    indented = [line for line in FENCE.sub("", text).splitlines() if line.startswith("    ")]
    return [line for line in (*in_blocks, *indented) if begins.match(line.strip())]


def _is_a_command_line(words: list[str]) -> bool:
    """Whether code in the text is one, rather than the name of a program or of a command such as `midframe run`."""
    if len(words) < 2 or words[0] not in PROGRAMS:
        return False
    return words[0] != "midframe" or words[1] not in COMMANDS or any(not word.isalpha() for word in words)


def _block_lines(block: str, page: str, first: int, console: bool) -> Iterator[CommandLine]:
    held = ""
    for number, line in enumerate(block.splitlines(), first):
        if console and not line.startswith("$ ") and not held:
            continue
        held += line.removeprefix("$ ")
        text = _plain(held)
        if held.split("  #")[0].rstrip().endswith("\\"):
            held = held.rstrip()[:-1]
            continue
        held = ""
        if text:
            yield CommandLine(text, f"{page}:{number}")


def _words(text: str) -> list[str]:
    reader = shlex.shlex(text, posix=True, punctuation_chars="|&;")
    reader.whitespace_split = True
    reader.commenters = "#"
    return list(reader)


def _plain(line: str) -> str:
    """A line as it was written, without its comment."""
    return " ".join(re.sub(r"(^|\s)#.*", "", line).split())
