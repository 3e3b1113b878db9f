"""midframe as a filter for VapourSynth.

::

    import vapoursynth as vs
    from midframe.vapoursynth import interpolate

    clip = vs.core.bs.VideoSource("clip.mkv")
    interpolate(clip, fps=60).set_output()

Importing this imports VapourSynth, which no other module of midframe does.
"""

from __future__ import annotations

import sys

from midframe.extras import is_installed, missing_package

if not is_installed("vapoursynth"):
    # pip would find nothing that it could install.
    too_old = " Its package needs Python 3.12 or later." if sys.version_info < (3, 12) else ""
    raise ImportError(missing_package("vapoursynth", "midframe.vapoursynth") + too_old)

from midframe.integrations.vapoursynth.filter import interpolate

__all__ = ["interpolate"]
