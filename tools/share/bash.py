"""Completion for bash: a function that looks words up in tables, so that a TAB starts no program."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from tools.command_line import CommandFacts, ParameterFacts
from tools.share.words import HEADER, INPUT_COMMAND, flags, groups, last_word, single_commands

SCRIPT = """\
# {header}

_midframe() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    local command='' words='' files=yes index IFS=$' \\t\\n'

    # bash takes --option=value apart at the equals sign.
    if [[ $current == '=' ]]; then
        current=''
    elif [[ $previous == '=' ]]; then
        previous=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi

    for ((index = 1; index < COMP_CWORD; index++)); do
        case $command:${{COMP_WORDS[index]}} in
        *:-*) ;;
{commands}
        :*) command={input_command} && break ;;
        esac
    done

    case $command:$previous in
{values}
    *)
        case $command:$current in
{others}
        esac
        ;;
    esac

    # shellcheck disable=SC2207 # none of the words has a space or a wildcard
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    # Where no word fits, bash proposes files, unless compopt turns that off, which bash 3 does not have.
    [[ $files == yes ]] || compopt +o bashdefault +o default 2>/dev/null
    return 0
}}

complete -o bashdefault -o default -F _midframe midframe
"""


def bash_script(program: CommandFacts) -> str:
    """The script.

    Args:
        program: From `program_facts`.
    """
    return SCRIPT.format(
        header=HEADER.format("bash"),
        commands="\n".join(_commands(program)),
        input_command=INPUT_COMMAND,
        values="\n".join(_values(program)),
        others="\n".join(_others(program)),
    )


def _commands(program: CommandFacts) -> Iterable[str]:
    """Cases that recognise a command; the words of one below another are joined by a plus sign."""
    for command in program.below:
        words = [f":{word}" for word in (command.name, *command.aliases)]
        if command.below:
            yield f"        {' | '.join(words)}) command={command.name} ;;"
            below = [f"{command.name}:{last_word(each)}" for each in command.below]
            yield f"        {' | '.join(below)}) command+=+${{COMP_WORDS[index]}} && break ;;"
        else:
            yield f"        {' | '.join(words)}) command={command.name} && break ;;"


def _key(command: CommandFacts) -> str:
    return command.name.replace(" ", "+")


def _values(program: CommandFacts) -> Iterable[str]:
    """A case for each set of values, with the options that have it."""
    places: dict[str, list[str]] = {}
    for command in single_commands(program):
        for option in filter(lambda option: option.takes_value, command.options):
            places.setdefault(_action(option), []).extend(f"{_key(command)}:{flag}" for flag in option.flags)
    for option in filter(lambda option: option.takes_value, program.options):
        places.setdefault(_action(option), []).extend(f":{flag}" for flag in option.flags)
    for action, patterns in places.items():
        lines = wrap(" | ".join(patterns), 110, break_long_words=False, break_on_hyphens=False)
        yield "    " + " \\\n        ".join(lines) + f")\n        {action} ;;"


def _action(param: ParameterFacts | None) -> str:
    """What is proposed for a parameter."""
    words = [_words(" ".join(param.values))] if param is not None and param.values else []
    return " ".join([*words, "files=yes" if param is not None and param.takes_files else "files=no"])


def _words(words: str) -> str:
    lines = wrap(words, 100, break_long_words=False, break_on_hyphens=False)
    return "words='" + "\n            ".join(lines) + "'"


def _others(program: CommandFacts) -> Iterable[str]:
    """What may stand where no value is expected: options after a dash, and otherwise arguments or commands."""
    for command in single_commands(program):
        yield f"        {_key(command)}:-*) {_words(flags(command))} ;;"
        yield f"        {_key(command)}:*) {_action(next(iter(command.arguments), None))} ;;"
    for group in groups(program):
        yield f"        {group.name}:-*) {_words(flags(group))} ;;"
        yield f"        {group.name}:*) {_words(' '.join(map(last_word, group.below)))} files=no ;;"
    yield f"        :-*) {_words(flags(program))} ;;"
    yield f"        :*) {_words(' '.join(command.name for command in program.below))} ;;"
