"""Manual pages: one of the program, and one of each command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.command_line import VERBATIM, CommandFacts, ParameterFacts
from tools.share.roff import bold, escaped, italic, prose

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"

WORD = re.compile(r"[A-Za-z][\w.:]*")

RELATED = {
    "run": ("models", "presets", "review", "adapt", "devices"),
    "demo": ("run",),
    "app": ("run",),
    "review": ("run", "analyze"),
    "compare": ("evaluate", "sheet"),
    "evaluate": ("compare", "adapt", "benchmark"),
    "adapt": ("run", "evaluate"),
    "analyze": ("run", "review"),
    "sheet": ("compare", "flow"),
    "flow": ("run", "sheet"),
    "presets": ("run",),
    "devices": ("benchmark", "doctor"),
    "doctor": ("devices",),
    "benchmark": ("devices", "evaluate"),
    "models": ("run", "export"),
    "export": ("models",),
}
"""Commands whose pages a reader of another one may want next."""


def manual_pages(program: CommandFacts) -> dict[str, str]:
    """All pages by file name.

    Args:
        program: From `program_facts`.
    """
    pages = {"midframe.1": _page("midframe", "interpolate frames with RIFE", _program(program))}
    for command in program.below:
        name = f"midframe-{command.name}"
        summary = command.summary.rstrip(".")
        pages[f"{name}.1"] = _page(name, summary[0].lower() + summary[1:], _command(command))
    return pages


def _page(name: str, summary: str, body: Iterable[str]) -> str:
    lines = [
        '.\\" Made from the commands by `make share`; not to be changed by hand.',
        f'.TH {escaped(name.upper())} 1 "" midframe "User Commands"',
        # Neither names of commands nor options may be divided at the end of a line.
        ".nh",
        ".ad l",
        ".SH NAME",
        f"{escaped(name)} \\- {prose(summary)}",
        *body,
    ]
    # The first paragraph of a section begins by itself.
    return re.sub(r"^(\.S[HS] .*\n)\.PP\n", r"\1", "\n".join(lines) + "\n", flags=re.MULTILINE)


def _program(program: CommandFacts) -> Iterator[str]:
    yield from _synopsis(program)
    yield ".br"
    yield f"{bold('midframe')} {italic('INPUT')}... [{italic('OPTIONS')}]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(program.paragraphs)
    yield from (".PP", prose("A first word that is a file, a folder, a pattern or - is an input of `midframe run`."))
    yield ".SH COMMANDS"
    for command in program.below:
        yield from (".TP", bold(f"midframe {command.name}"), prose(command.summary))
    yield from _options(program)
    yield from _exit_status()
    yield ".SH ENVIRONMENT"
    yield from _rows("environment.md")
    yield ".SH FILES"
    yield from _rows("files.md")
    yield ".SH EXAMPLES"
    yield from (".PP", prose("Interpolate a clip that comes with midframe, and look at the result:"))
    yield from _block(["midframe demo"])
    yield from (".PP", prose("Double the frame rate of a video:"))
    yield from _block(["midframe clip.mp4"])
    yield from (".PP", prose("All options of a command:"))
    yield from _block(["midframe run --help-all"])
    yield from _see_also(f"midframe-{command.name}" for command in program.below)


def _command(command: CommandFacts) -> Iterator[str]:
    for number, single in enumerate(command.below or (command,)):
        yield from _synopsis(single) if number == 0 else (".br", *list(_synopsis(single))[1:])
    yield ".SH DESCRIPTION"
    yield from _paragraphs(command.paragraphs)
    if command.aliases:
        yield from (".PP", f"Other names that are understood: {', '.join(map(bold, command.aliases))}.")
    if command.below:
        yield ".SH COMMANDS"
        for single in command.below:
            yield f".SS {escaped(f'midframe {single.name}')}"
            yield from _paragraphs(single.paragraphs)
            for _, params in single.groups:
                yield from _parameters(params)
    else:
        yield from _options(command)
    yield from _exit_status()
    yield from (".SH ENVIRONMENT", prose("All variables are on the page midframe(1)."))
    examples = list(_examples(command))
    if examples:
        yield from (".SH EXAMPLES", *examples)
    yield from _see_also(["midframe", *(f"midframe-{name}" for name in RELATED.get(command.name, ()))])


def _synopsis(command: CommandFacts) -> Iterator[str]:
    yield ".SH SYNOPSIS"
    path = f"midframe {command.name}".strip()
    rest = command.usage.removeprefix(path).strip()
    yield f"{bold(path)} {WORD.sub(lambda word: italic(word[0]), rest)}"


def _paragraphs(paragraphs: Iterable[str]) -> Iterator[str]:
    """Paragraphs of help, but the examples."""
    for paragraph in paragraphs:
        if not paragraph.startswith(VERBATIM):
            yield from (".PP", prose(paragraph))


def _options(command: CommandFacts) -> Iterator[str]:
    yield ".SH OPTIONS"
    for title, params in command.groups:
        if len(command.groups) > 1:
            yield f".SS {escaped(title)}"
        yield from _parameters(params)


def _parameters(params: Iterable[ParameterFacts]) -> Iterator[str]:
    for param in params:
        yield from (".TP", _names(param), _help(param))


def _names(param: ParameterFacts) -> str:
    """Flags in bold and the kind of value in italics."""
    if not param.flags:
        return WORD.sub(lambda word: italic(word[0]), param.names)
    written = param.names.removesuffix(param.kind).strip()
    names = re.sub(r"--?[\w-]+", lambda flag: bold(flag[0]), written)
    if param.choices:
        return f"{names} {'|'.join(map(bold, param.choices))}"
    return f"{names} {WORD.sub(lambda word: italic(word[0]), param.kind)}".strip()


def _help(param: ParameterFacts) -> str:
    if param.default is None:
        return prose(param.help)
    if param.default == "required":
        return prose(f"{param.help} Required.")
    default = param.default
    return prose(f"{param.help} Default: {default.strip('()') if default.startswith('(') else f'`{default}`'}.")


def _exit_status() -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for code, meaning, *_ in _table("exit-codes.md"):
        yield from (".TP", bold(code), prose(meaning))


def _rows(page: str) -> Iterator[str]:
    """The rows of a reference page: a name, what it is, and its default."""
    for name, meaning, *default in _table(page):
        sentence = meaning[0].upper() + meaning[1:]
        rest = f" Default: {default[0]}." if default else ""
        yield from (".TP", prose(name), prose(f"{sentence}.{rest}"))


def _table(page: str) -> list[list[str]]:
    """The cells of all tables of a reference page."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*?) \|$", text, re.MULTILINE)
    headings = {match[1] for match in re.finditer(r"^\| (.*?) \|\n\|[-|]+\|$", text, re.MULTILINE)}
    return [row.split(" | ") for row in rows if row not in headings]


def _examples(command: CommandFacts) -> Iterator[str]:
    for single in (command, *command.below):
        for paragraph in single.paragraphs:
            if paragraph.startswith(VERBATIM):
                yield from _rows_of_examples(paragraph)


def _rows_of_examples(paragraph: str) -> Iterator[str]:
    for row in paragraph.removeprefix(VERBATIM).splitlines()[1:]:
        words, _, comment = row.strip().partition("  ")
        if comment:
            yield from (".TP", bold(words), prose(comment.strip().strip("()")))
        else:
            yield from (".PP", bold(words))


def _block(lines: Iterable[str]) -> Iterator[str]:
    yield from (".PP", ".RS 4", ".nf", *map(bold, lines), ".fi", ".RE")


def _see_also(pages: Iterable[str]) -> Iterator[str]:
    yield ".SH SEE ALSO"
    yield ",\n".join(f"{bold(page)}(1)" for page in pages)
