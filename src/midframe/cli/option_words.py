"""The options of ``midframe run`` as data, for the page of the app."""

from __future__ import annotations

from midframe.app.job_options import OPTIONS, OptionWords
from midframe.cli.commands import load_command

_NAMES = {"channel_rule": "channel_rules"}
"""Parameters of the command that have another name in Python."""


def run_option_words() -> list[OptionWords]:
    """The options of ``midframe run`` that the app has too, with the command line's flags, words and choices."""
    words = []
    for parameter in load_command("run").params:
        name = _NAMES.get(parameter.name or "", parameter.name or "")
        if name not in OPTIONS or parameter.param_type_name != "option":
            continue
        choices = tuple(map(str, getattr(parameter.type, "choices", ())))
        is_flag = bool(getattr(parameter, "is_flag", False))
        kind = "flag" if is_flag else "choice" if choices else _kind(parameter.type.name)
        default = "" if is_flag or parameter.default is None else str(parameter.default)
        words.append(
            OptionWords(
                name,
                max(parameter.opts, key=len),
                getattr(parameter, "help", None) or "",
                getattr(parameter, "rich_help_panel", None) or "Output",
                kind,
                choices,
                default,
            )
        )
    return words


def _kind(type_name: str) -> str:
    return "number" if type_name in ("integer", "float", "integer range") else "text"
