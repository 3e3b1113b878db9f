"""``midframe presets``: the presets that come with midframe."""

from __future__ import annotations

import shutil
import textwrap

from midframe.cli.printing import print_lines
from midframe.cli.spelling import flag_of
from midframe.jobs.presets import Preset, shipped_presets

HELP = """List the presets that come with midframe, and the options that they set.

A file of your own has the same form: options of midframe.Job by name, such as fps = "60", one on a line, and
a title if you like.

\b
Examples:
  midframe run clip.mp4 --preset-file tv-60       one that comes with midframe
  midframe run clip.mp4 --preset-file mine.toml   one of your own
"""


def presets() -> None:
    """Run the command."""
    width = shutil.get_terminal_size().columns - 1
    longest = max(len(preset.name) for preset in shipped_presets())
    margin = " " * (longest + 2)
    for preset in shipped_presets():
        words = f"{preset.name:<{longest}}  {preset.title}. {preset.description}"
        print_lines(*textwrap.wrap(words, width, subsequent_indent=margin), f"{margin}{option_flags(preset)}", "")


def option_flags(preset: Preset) -> str:
    """The options of a preset as flags of ``midframe run``."""
    words = []
    for name, value in preset.options.items():
        words += [flag_of(name)] if value is True else [] if value is False else [flag_of(name), str(value)]
    return " ".join(words)
