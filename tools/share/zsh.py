"""Completion for zsh: a function for each command, with descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.command_line import CommandFacts, ParameterFacts
from tools.share.words import HEADER, INPUT_COMMAND, groups, last_word, quotable, single_commands

SCRIPT = """\
#compdef midframe
# {header}

_midframe() {{
  local -i place=2
  while (( place < CURRENT )) && [[ $words[place] == -* ]]; do (( place++ )); done
  if (( place == CURRENT )); then
    if [[ $PREFIX == -* || $words[CURRENT-1] == --show-completion ]]; then
      _arguments -S : {program_options}
    else
      _alternative 'commands:command:_midframe_commands' 'files:input:_files'
    fi
    return
  fi
  words=("${{(@)words[place,-1]}}")
  (( CURRENT -= place - 1 ))
  case $words[1] in
{cases}
    *)
      # An input alone: {input_command} is meant.
      words=({input_command} "${{(@)words}}")
      (( CURRENT++ ))
      _midframe_{input_command} ;;
  esac
}}

_midframe_commands() {{
  local -a commands=(
{summaries}
  )
  _describe -t commands command commands
}}

_midframe_names_or_files() {{
  _alternative "names:name:($1)" 'files:file:_files'
}}

{functions}

# As a file of $fpath it is called at once; where it is read by `source`, it registers.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _midframe "$@"
else
  compdef _midframe midframe
fi
"""

GROUP = """\
_midframe_{name}() {{
  local -a commands=(
{summaries}
  )
  if (( CURRENT == 2 )); then
    if [[ $PREFIX == -* ]]; then
      _arguments -S : {options}
    else
      _describe -t commands command commands
    fi
    return
  fi
  local name=$words[2]
  words=("${{(@)words[2,-1]}}")
  (( CURRENT-- ))
  case $name in
{cases}
  esac
}}"""


def zsh_script(program: CommandFacts) -> str:
    """The script.

    Args:
        program: From `program_facts`.
    """
    functions = [_function(command) for command in single_commands(program)]
    return SCRIPT.format(
        header=HEADER.format("zsh"),
        program_options=" ".join(map(_option, program.options)),
        cases="\n".join(
            f"    {'|'.join((command.name, *command.aliases))}) _midframe_{command.name} ;;"
            for command in program.below
        ),
        input_command=INPUT_COMMAND,
        summaries=_summaries(program.below),
        functions="\n\n".join([*functions, *map(_group, groups(program))]),
    )


def _summaries(commands: Iterable[CommandFacts]) -> str:
    return "\n".join(f"    '{last_word(command)}:{_text(command.summary)}'" for command in commands)


def _group(group: CommandFacts) -> str:
    return GROUP.format(
        name=group.name,
        summaries=_summaries(group.below),
        options=" ".join(map(_option, group.options)),
        cases="\n".join(f"    {last_word(each)}) {_name(each)} ;;" for each in group.below),
    )


def _name(command: CommandFacts) -> str:
    return f"_midframe_{command.name.replace(' ', '_')}"


def _function(command: CommandFacts) -> str:
    specifications = [*map(_option, command.options), *map(_argument, command.arguments)]
    lines = " \\\n".join(f"    {each}" for each in specifications)
    return f"{_name(command)}() {{\n  _arguments -s -S : \\\n{lines}\n}}"


def _option(option: ParameterFacts) -> str:
    """An option as `_arguments` reads it: its flags, which exclude each other, a description, and its value."""
    excluded = "" if option.takes_several else f"({' '.join(option.flags)})"
    if {"--help", "--version", "--show-completion"} & {*option.flags}:
        excluded = "(- *)"
    value = f":{_text(option.kind or 'value')}:{_values(option)}" if option.takes_value else ""
    written = [f"{flag}{_joint(flag) if option.takes_value else ''}" for flag in option.flags]
    several = "*" if option.takes_several else ""
    rest = f"'[{_text(option.summary)}]{value}'"
    names = written[0] if len(written) == 1 else "{" + ",".join(written) + "}"
    return f"'{excluded}{several}'{names}{rest}"


def _joint(flag: str) -> str:
    """What may stand between a flag and its value, besides a space: = or nothing."""
    return "=" if flag.startswith("--") else "+"


def _argument(argument: ParameterFacts) -> str:
    several = "*" if argument.takes_several else ""
    return f"'{several}:{_text(argument.names)}:{_values(argument)}'"


def _values(param: ParameterFacts) -> str:
    words = " ".join(param.values)
    if words and param.takes_files:
        return f' _midframe_names_or_files "{words}"'
    if words:
        return f"({words})"
    return "_files" if param.takes_files else ""


def _text(text: str) -> str:
    """A text in which nothing ends it: no colon, no bracket."""
    return re.sub(r"([\[\]:])", r"\\\1", quotable(text))
