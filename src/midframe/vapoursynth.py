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
    if sys.version_info < (3, 12):
        # No command: pip would find nothing that it could install.
        raise ImportError(
            "midframe.vapoursynth needs VapourSynth, whose package needs Python 3.12 or later; this is Python "
            f"{sys.version_info.major}.{sys.version_info.minor}."
        )
    raise ImportError(missing_package("vapoursynth", "midframe.vapoursynth"))

from midframe.integrations.vapoursynth.filter import interpolate

__all__ = ["interpolate"]
