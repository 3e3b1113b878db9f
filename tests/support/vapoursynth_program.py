"""Runs the filter in a Python that has VapourSynth: `python vapoursynth_program.py CASES.json`.

Each case names a file of planes and what is done with them; see `tests.support.vapoursynth_cases`. The frames that it
asks for are stored as planes; what they say is printed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray
from tests.support.vapoursynth_cases import Case

from midframe.vapoursynth import interpolate


def clip_of(case: Case) -> vs.VideoNode:
    """A clip of stored planes."""
    with np.load(case["planes"]) as stored:
        planes = {name: stored[name] for name in stored.files}
    count, height, width = planes["0"].shape
    numerator, denominator = case.get("fps", [0, 1])
    blank = vs.core.std.BlankClip(
        format=getattr(vs, case["format"]), width=width, height=height, length=count,
        fpsnum=numerator or 25, fpsden=denominator if numerator else 1, keep=True,
    )  # fmt: skip
    if not numerator:
        # Two rates in a row are none.
        blank = (blank + vs.core.std.BlankClip(blank, length=1, fpsnum=7, fpsden=1))[:count]
        assert not blank.fps
    grey = vs.core.query_video_format(vs.GRAY, blank.format.sample_type, blank.format.bits_per_sample)
    alpha = vs.core.std.BlankClip(format=grey.id, width=width, height=height, length=1) if "alpha" in planes else None

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        frame = f.copy()
        for number in range(frame.format.num_planes):
            write(frame, number, planes[str(number)][n])
        for name, value in (case.get("properties", {}) | case.get("own_properties", {}).get(str(n), {})).items():
            frame.props[name] = value
        if alpha is not None:
            transparency = alpha.get_frame(0).copy()
            write(transparency, 0, planes["alpha"][n])
            frame.props["_Alpha"] = transparency
        return frame

    return blank.std.ModifyFrame(blank, fill)


def write(frame: vs.VideoFrame, plane: int, samples: NDArray[Any]) -> None:
    """Set the samples of a plane."""
    np.asarray(frame[plane])[...] = samples


def run(case: Case) -> dict[str, Any]:
    """Make the frames of a case, and store them."""
    try:
        clip = interpolate(clip_of(case), **case.get("options", {}))
    except vs.Error as error:
        return {"error": str(error)}
    said, planes = [], []
    for number in case.get("order", list(range(clip.num_frames))):
        frame = clip.get_frame(number)
        planes.append([np.asarray(frame[plane]).copy() for plane in range(frame.format.num_planes)])
        properties = dict(frame.props)
        transparency = properties.pop("_Alpha", None)
        if transparency is not None:
            planes[-1].append(np.asarray(transparency[0]).copy())
        said.append(
            {name: value if isinstance(value, (int, float)) else str(value) for name, value in properties.items()}
        )
    np.savez(
        case["made"],
        allow_pickle=False,
        **{str(plane): np.stack(each) for plane, each in enumerate(zip(*planes, strict=True))},
    )
    return {"count": clip.num_frames, "fps": [clip.fps.numerator, clip.fps.denominator], "properties": said}


if __name__ == "__main__":
    cases = cast("list[Case]", json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    print(json.dumps([run(case) for case in cases]))
