"""Reference pages of the command line, from the commands themselves: what ``--help-all`` prints, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

# typer has no public names for what it hands over since it contains its own copy of click.
from typer._click.core import Command, Context
from typer.core import TyperGroup

from midframe.cli.command import Command as CommandWithGroups
from midframe.cli.command import help_rows
from midframe.cli.commands import ALIASES, COMMANDS, load_command

VERBATIM = "\b\n"
"""Begins a paragraph of help that is not wrapped."""

CODE = re.compile(
    r"(?<![\w`-])--?[a-zA-Z][\w-]*|'[^' ]*[_*{#%][^']*'|\bMIDFRAME_\w+(?:=\w+)?|\b\w+_[\w{}%#]+(?:\.[a-z]\w*)?"
)
"""Flags, patterns in quotes, variables and names with an underscore."""

PAGE = re.compile(r"docs/([\w-]+)\.md")
SPECIAL = re.compile(r"([\\*_<>\[\]|{}])")
DEFAULT = re.compile(r"\s*\[(default: [^\]]*|required)\]$")


def command_page_names() -> list[str]:
    """File names of the pages, one for each command, in the order of the help."""
    return [f"{name}.md" for name in COMMANDS]


def command_page(name: str) -> str:
    """The page of a command, with those below it.

    Args:
        name: One of `COMMANDS`.
    """
    command = load_command(name)
    lines = [f"# midframe {name}", "", *_description(command, f"midframe {name}")]
    if isinstance(command, TyperGroup):
        for below, single in command.commands.items():
            path = f"midframe {name} {below}"
            lines += [f"## {path} {{ #{below} }}", "", *_description(single, path), *_options(single, path, 3, below)]
    else:
        lines += _options(command, f"midframe {name}", 2, "")
    aliases = [f"`{alias}`" for alias, meaning in ALIASES.items() if meaning == name]
    if aliases:
        lines += [f"Other names that are understood: {', '.join(aliases)}.", ""]
    return "\n".join(lines)


def command_list() -> str:
    """All commands with their summaries, each with a link to its page, as a table."""
    rows = [
        f"| [`midframe {name}`](commands/{name}.md) | {_prose(entry.summary)} |" for name, entry in COMMANDS.items()
    ]
    return "\n".join(["| command | |", "|---|---|", *rows])


def _description(command: Command, path: str) -> list[str]:
    context = Context(command, info_name=path)
    usage = command.get_usage(context).removeprefix("Usage: ").replace("{", "").replace("}", "")
    lines = ["```text", " ".join(usage.split()), "```", ""]
    for text in (command.help or "", command.epilog or ""):
        for paragraph in re.split(r"\n\s*\n", text.strip()):
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


def _options(command: Command, path: str, level: int, prefix: str) -> Iterator[str]:
    """Options in their groups, each with an anchor: its long flag, after the name of the command below another one."""
    context = Context(command, info_name=path)
    if isinstance(command, CommandWithGroups):
        groups = command.option_groups(context)
    else:
        groups = [("Options", command.get_params(context))]
    for title, params in groups:
        yield from (f"{'#' * level} {title}" + (f" {{ #{prefix}-options }}" if prefix else ""), "")
        for names, text in help_rows(context, params):
            flag = next((word for word in re.split(r"[ ,]+", names) if word.startswith("--")), names)
            anchor = "-".join(filter(None, (prefix, *re.findall(r"[a-z0-9]+", flag.lower()))))
            yield from (f'<span id="{anchor}">`{names}`</span>', f":   {_help(names, text)}", "")


def _help(names: str, text: str) -> str:
    """Help of one option as Markdown; words that are its choices are code where they are explained."""
    default = DEFAULT.search(text)
    choices = re.search(r"<([\w|-]+)>", names)
    prose = DEFAULT.sub("", text)
    for choice in choices[1].split("|") if choices else ():
        prose = re.sub(rf"(?<![\w-]){choice}(?=:|(?:, \w+)+: )", f"`{choice}`", prose)
    if default is None:
        return _prose(prose)
    value = default[1].removeprefix("default: ")
    if value == "required":
        return f"{_prose(prose)} Required."
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
