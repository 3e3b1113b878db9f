"""How the command line spells the options that messages name.

Below the command line, messages name options as Python does: `overwrite`, `flow_scale=0.5`. Only this module
knows the flags.
"""

from __future__ import annotations

import re
from dataclasses import fields

from midframe.engines.options import EngineOptions

FLAGS = {
    **{field.name: f"--{field.name.replace('_', '-')}" for field in fields(EngineOptions)},
    "adapt": "--adapt",
    "adapt_time": "--adapt-time",
    "against": "--against",
    "alpha": "--alpha",
    "channel_rules": "--channel-rule",
    "choices": "--choices",
    "codec": "--codec",
    "columns": "--columns",
    "crf": "--crf",
    "cut_threshold": "--cut-threshold",
    "cuts": "--cuts",
    "dataset": "--dataset",
    "dedup": "--dedup",
    "deflicker": "--deflicker",
    "deinterlace": "--deinterlace",
    "display_transform": "--display-transform",
    "divider": "--divider",
    "end": "--end",
    "end_time": "--end-time",
    "executor": "--executor",
    "factor": "-x",
    "field_rate": "--field-rate",
    "flow_folder": "--flow-out",
    "flow_format": "--flow-format",
    "flow_largest": "--flow-largest",
    "flow_scale": "--scale",
    "force": "--force",
    "fps": "--fps",
    "fps_a": "--fps-a",
    "fps_b": "--fps-b",
    "frames": "--frames",
    "gain": "--gain",
    "gap": "--gap",
    "height": "--height",
    "insert": "--insert",
    "keep_free": "--keep-free",
    "limit": "--limit",
    "lpips_weights": "--lpips-weights",
    "mask": "--mask",
    "mode": "--mode",
    "moments": "--moments",
    "name": "--name",
    "on_damage": "--on-damage",
    "opset": "--opset",
    "output": "-o",
    "overwrite": "--overwrite",
    "pix_fmt": "--pix-fmt",
    "preset": "--preset",
    "preset_file": "--preset-file",
    "progress": "--progress",
    "raw_input": "--raw-input",
    "raw_output": "--raw-output",
    "ray_address": "--ray-address",
    "ray_workers": "--ray-workers",
    "redo": "--redo",
    "report": "--json",
    "resume": "--resume",
    "host": "--host",
    "port": "--port",
    "data": "--data",
    "root": "--root",
    "seed": "--seed",
    "sheet": "--sheet",
    "size": "--size",
    "slowmo": "--slowmo",
    "slowmo_audio": "--slowmo-audio",
    "source_fps": "--source-fps",
    "start_number": "--start-number",
    "start_time": "--start-time",
    "static_threshold": "--static-threshold",
    "steer": "--steer",
    "steps": "--steps",
    "time": "--time",
    "gaps": "--gaps",
    "vfr": "--vfr",
    "view": "--view",
    "warp": "--warp",
    "width": "--width",
}
"""Flag of each option, by its name in Python."""

_NAMED = re.compile(r"`([a-z_]+)(?:=([^`]+))?`")


def flag_of(name: str) -> str:
    """The flag of an option, by its name in Python."""
    return FLAGS[name]


def spell(message: str) -> str:
    """A message with the options in it spelled as flags.

    Options stand in backticks, alone or with a value: `resume` gives ``--resume``, `flow_scale=0.5` gives
    ``--scale 0.5``. Other words in backticks are unchanged.
    """

    def flag(match: re.Match[str]) -> str:
        name, value = match.groups()
        if name not in FLAGS:
            return match.group(0)
        return FLAGS[name] if value is None else f"{FLAGS[name]} {value}"

    return _NAMED.sub(flag, message)
