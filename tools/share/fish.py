"""Completion for fish: a line for each option, and a function that finds the command."""

from __future__ import annotations

from collections.abc import Iterable

from tools.command_line import CommandFacts, ParameterFacts
from tools.share.words import HEADER, INPUT_COMMAND, groups, last_word, quotable, single_commands

SCRIPT = """\
# {header}

function __midframe_command
    set -l words (commandline -opc)
    set -l command ''
    for word in $words[2..]
        switch "$command:$word"
            case '*:-*'
{cases}
            case ':*'
                set command {input_command}
                break
        end
    end
    echo $command
end

function __midframe_is
    test (__midframe_command) = "$argv"
end

complete --command midframe --erase
{lines}
"""


def fish_script(program: CommandFacts) -> str:
    """The script.

    Args:
        program: From `program_facts`.
    """
    return SCRIPT.format(
        header=HEADER.format("fish"),
        cases="\n".join(_cases(program)),
        input_command=INPUT_COMMAND,
        lines="\n".join(_lines(program)),
    )


def _cases(program: CommandFacts) -> Iterable[str]:
    for command in program.below:
        words = " ".join(f"':{word}'" for word in (command.name, *command.aliases))
        yield f"            case {words}\n                set command {command.name}"
        if command.below:
            words = " ".join(f"'{command.name}:{last_word(each)}'" for each in command.below)
            yield f'            case {words}\n                set command "{command.name} $word"'
        else:
            yield "                break"


def _lines(program: CommandFacts) -> Iterable[str]:
    for command in program.below:
        yield f"{_condition('')} --arguments {command.name} --description '{quotable(command.summary)}'"
    yield from (_option("", option) for option in program.options)
    for group in groups(program):
        for command in group.below:
            described = f"--arguments {last_word(command)} --description '{quotable(command.summary)}'"
            yield f"{_condition(group.name)} --no-files {described}"
    for command in single_commands(program):
        argument = next(iter(command.arguments), None)
        if argument is None or not argument.takes_files:
            yield f"{_condition(command.name)} --no-files"
        if argument is not None and argument.values:
            yield f"{_condition(command.name)} --arguments '{' '.join(argument.values)}'"
        yield from (_option(command.name, option) for option in command.options)


def _condition(command: str) -> str:
    name = f"__midframe_is {command}" if command else "test -z (__midframe_command)"
    return f"complete --command midframe --condition '{name}'"


def _option(command: str, option: ParameterFacts) -> str:
    words = [_condition(command), *map(_flag, option.flags)]
    if option.takes_value:
        words.append("--require-parameter --force-files" if option.takes_files else "--exclusive")
    if option.values:
        words.append(f"--arguments '{' '.join(option.values)}'")
    return " ".join([*words, f"--description '{quotable(option.summary)}'"])


def _flag(flag: str) -> str:
    return f"--long-option {flag[2:]}" if flag.startswith("--") else f"--short-option {flag[1:]}"
