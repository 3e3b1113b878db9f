"""midframe as a filter for VapourSynth.

::

    import vapoursynth as vs
    from midframe.vapoursynth import interpolate

    clip = vs.core.bs.VideoSource("clip.mkv")
    interpolate(clip, fps=60).set_output()

Importing this imports VapourSynth, which no other module of midframe does.
"""

from __future__ import annotations

from midframe.extras import is_installed, missing_package

if not is_installed("vapoursynth"):
    raise ImportError(missing_package("vapoursynth", "midframe.vapoursynth"))

from midframe.integrations.vapoursynth.filter import interpolate

__all__ = ["interpolate"]
