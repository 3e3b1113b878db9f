"""Options of other filters that interpolate, and what stands for them here."""

from __future__ import annotations

from collections.abc import Mapping

HERE: Mapping[str, str] = {
    "factor_num": '`factor="5/2"` or a Fraction says both',
    "factor_den": '`factor="5/2"` or a Fraction says both',
    "multi": "use `factor`",
    "fps_num": "`fps` says both, as a number or a Fraction",
    "fps_den": "`fps` says both, as a number or a Fraction",
    "sc": 'cuts are detected without it; for `sc=False`, use `cuts="off"`',
    "sc_threshold": "use `cut_threshold`, which is on another scale; for None, `detect_cuts=False`",
    "scale": "use `flow_scale`",
    "device_index": '`device` says it, such as "cuda:1"',
    "backend": "use `device` and `engine`",
    "trt": 'use `engine="onnx"` and `provider="tensorrt"`',
    "auto_download": "missing weights are always downloaded",
}
"""By the names of vs-rife and vs-mlrt; the table "Coming from other filters" of docs/vapoursynth.md has them all."""


def unknown_option(name: str) -> str:
    """The sentence about an option that does not exist, with what it is called here."""
    here = HERE.get(name)
    return f"`interpolate` has no option {name!r}" + (f": {here}." if here else ".")
