from __future__ import annotations

import pytest
from tools.command_line import KNOWN_VALUES, MODEL_ARGUMENTS, TAKE_FILES, ParameterFacts, all_commands, command_facts

from midframe.cli.commands import ALIASES, COMMANDS


def option(command: str, flag: str) -> ParameterFacts:
    return next(each for each in command_facts(command).options if flag in each.flags)


def test_all_commands_are_there() -> None:
    commands = all_commands()
    assert [command.name for command in commands] == list(COMMANDS)
    assert {alias: command.name for command in commands for alias in command.aliases} == ALIASES
    assert [below.name for command in commands for below in command.below if command.name == "models"] == [
        "models list",
        "models info",
        "models pull",
        "models verify",
    ]


def test_an_option() -> None:
    facts = option("run", "--mode")
    assert facts.names == "--mode <direct|recursive|bisect>"
    assert facts.kind == "<direct|recursive|bisect>"
    assert facts.choices == facts.values == ("direct", "recursive", "bisect")
    assert facts.default == "direct"
    assert facts.help.endswith("halves.")
    assert facts.summary == "How several frames in a pair are interpolated"
    assert facts.takes_value
    assert not facts.takes_files
    assert not facts.takes_several


def test_kinds_of_options() -> None:
    output, model, loop, rule = (option("run", flag) for flag in ("-o", "-m", "--loop", "--channel-rule"))
    assert (output.flags, output.takes_files, output.values) == (("--output", "-o"), True, ())
    assert model.takes_files
    assert "4.25" in model.values
    assert (loop.takes_value, loop.kind) == (False, "")
    assert rule.takes_several


def test_both_flags_of_a_switch() -> None:
    assert option("flow", "--no-legend").flags == ("--legend", "--no-legend")


def test_arguments() -> None:
    (several,) = command_facts("run").arguments
    assert (several.takes_files, several.takes_several, several.default) == (True, True, "required")
    _, info, pull, _ = command_facts("models").below
    assert info.arguments[0].takes_files
    assert not pull.arguments[0].takes_files
    assert "4.22.lite" in pull.arguments[0].values


def test_the_tables_have_no_rows_of_the_past() -> None:
    commands = [single for command in all_commands() for single in command.below or (command,)]
    flags = {flag for command in commands for each in command.options for flag in each.flags}
    assert sorted(KNOWN_VALUES.keys() - flags) == []
    assert sorted(TAKE_FILES - flags) == []
    assert sorted(MODEL_ARGUMENTS.keys() - {each.names for command in commands for each in command.arguments}) == []


@pytest.mark.parametrize("flag", sorted(KNOWN_VALUES))
def test_known_values_are_words(flag: str) -> None:
    values = list(KNOWN_VALUES[flag]())
    assert len(values) > 1
    assert [value for value in values if not value or set(value) & set(" '\"*?$")] == []


def test_summaries_are_short() -> None:
    assert [each.names for command in all_commands() for each in command.options if len(each.summary) > 90] == []
