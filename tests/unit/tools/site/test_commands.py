from __future__ import annotations

import re

import pytest
from tools.site.commands import command_list, command_page, command_page_names
from typer.core import TyperGroup

from midframe.cli.commands import COMMANDS, load_command


def flags_of(name: str) -> list[str]:
    """All options of a command and of those below it, those that only ``--help-all`` shows among them."""
    command = load_command(name)
    single = list(command.commands.values()) if isinstance(command, TyperGroup) else [command]
    return [flag for each in single for param in each.params for flag in param.opts if flag.startswith("-")]


@pytest.mark.parametrize("name", COMMANDS)
class TestPage:
    def test_it_has_every_option(self, name: str) -> None:
        page = command_page(name)
        shown = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", " ".join(re.findall(r"<span id=.*?>`(.*?)`</span>", page))))
        assert sorted(set(flags_of(name)) - shown) == []

    def test_anchors_are_unique(self, name: str) -> None:
        anchors = re.findall(r'<span id="([a-z0-9-]+)">', command_page(name))
        assert anchors
        assert len(anchors) == len(set(anchors))

    def test_it_has_the_help(self, name: str) -> None:
        plain = re.sub(r"[`\\]", "", command_page(name))
        first = (load_command(name).help or "").strip().split("\n\n")[0]
        assert " ".join(first.split()).replace("`", "") in plain


def test_pages_and_list() -> None:
    assert command_page_names() == [f"{name}.md" for name in COMMANDS]
    listed = command_list()
    assert re.findall(r"commands/(\w+)\.md", listed) == list(COMMANDS)


def test_words_of_help_are_no_markup() -> None:
    page = command_page("run")
    assert "with \\* and ? as wildcards" in page
    assert "Default: `hold`" not in page
    assert '<span id="mode">`--mode <direct|recursive|bisect>`</span>' in page
    assert "`recursive`: from the outside in" in page
    assert "([quality](../../quality.md))" in page


def test_other_names_of_a_command() -> None:
    assert "Other names that are understood: `analyse`." in command_page("analyze")
    assert "Other names" not in command_page("demo")
