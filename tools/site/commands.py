"""Reference pages of the command line, from the commands themselves: what ``--help-all`` prints, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.command_line import VERBATIM, CommandFacts, ParameterFacts, command_facts

from midframe.cli.commands import COMMANDS

CODE = re.compile(
    r"(?<![\w`-])--?[a-zA-Z][\w-]*|'[^' ]*[_*{#%][^']*'|\bMIDFRAME_\w+(?:=\w+)?|\b\w+_[\w{}%#]+(?:\.[a-z]\w*)?"
)
"""Flags, patterns in quotes, variables and names with an underscore."""

PAGE = re.compile(r"docs/([\w-]+)\.md")
SPECIAL = re.compile(r"([\\*_<>\[\]|{}])")


def command_page_names() -> list[str]:
    """File names of the pages, one for each command, in the order of the help."""
    return [f"{name}.md" for name in COMMANDS]


def command_page(name: str) -> str:
    """The page of a command, with those below it.

    Args:
        name: One of `COMMANDS`.
    """
    command = command_facts(name)
    lines = [f"# midframe {name}", "", *_description(command)]
    if command.below:
        for single in command.below:
            below = single.name.removeprefix(f"{name} ")
            lines += [f"## midframe {single.name} {{ #{below} }}", "", *_description(single)]
            lines += _options(single, 3, below)
    else:
        lines += _options(command, 2, "")
    if command.aliases:
        aliases = ", ".join(f"`{alias}`" for alias in command.aliases)
        lines += [f"Other names that are understood: {aliases}.", ""]
    return "\n".join(lines)


def command_list() -> str:
    """All commands with their summaries, each with a link to its page, as a table."""
    rows = [
        f"| [`midframe {name}`](commands/{name}.md) | {_prose(entry.summary)} |" for name, entry in COMMANDS.items()
    ]
    return "\n".join(["| command | |", "|---|---|", *rows])


def _description(command: CommandFacts) -> list[str]:
    lines = ["```text", command.usage, "```", ""]
    for paragraph in command.paragraphs:
        lines += _paragraph(paragraph)
    return lines


def _paragraph(text: str) -> Iterator[str]:
    if not text.startswith(VERBATIM):
        if text:
            yield from (_prose(" ".join(text.split())), "")
        return
    title, *rows = text.removeprefix(VERBATIM).splitlines()
    language = "bash" if all(row.lstrip().startswith("midframe") for row in rows) else "text"
    yield from (title, "", f"```{language}")
    for row in rows:
        words, _, comment = row.strip().partition("  ")
        yield f"{words}  # {comment.strip().strip('()')}" if comment and language == "bash" else row.strip()
    yield from ("```", "")


def _options(command: CommandFacts, level: int, prefix: str) -> Iterator[str]:
    """Options in their groups, each with an anchor: its long flag, after the name of the command below another one."""
    for title, params in command.groups:
        yield from (f"{'#' * level} {title}" + (f" {{ #{prefix}-options }}" if prefix else ""), "")
        for param in params:
            flag = next((flag for flag in param.flags if flag.startswith("--")), param.names)
            anchor = "-".join(filter(None, (prefix, *re.findall(r"[a-z0-9]+", flag.lower()))))
            yield from (f'<span id="{anchor}">`{param.names}`</span>', f":   {_help(param)}", "")


def _help(param: ParameterFacts) -> str:
    """Help of one option as Markdown; words that are its choices are code where they are explained."""
    prose = param.help
    for choice in param.choices:
        prose = re.sub(rf"(?<![\w-]){choice}(?=:|(?:, \w+)+: )", f"`{choice}`", prose)
    if param.default is None:
        return _prose(prose)
    if param.default == "required":
        return f"{_prose(prose)} Required."
    value = param.default
    return f"{_prose(prose)} Default: {value.strip('()') if value.startswith('(') else f'`{value}`'}."


def _prose(text: str) -> str:
    """Help text as Markdown: names of options, variables and files are code, pages are links, the rest is plain."""
    parts = text.split("`")
    for place in range(0, len(parts), 2):
        words = re.split(f"({CODE.pattern}|{PAGE.pattern.replace('(', '(?:')})", parts[place])
        parts[place] = "".join(_word(word) if number % 2 else _plain(word) for number, word in enumerate(words))
    return "`".join(parts)


def _word(text: str) -> str:
    page = PAGE.fullmatch(text)
    return f"`{text}`" if page is None else f"[{page[1]}](../../{page[1]}.md)"


def _plain(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)
