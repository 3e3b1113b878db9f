from __future__ import annotations

import subprocess
import sys


def test_a_missing_vapoursynth_is_named() -> None:
    code = "import sys; sys.modules['vapoursynth'] = None; import midframe.vapoursynth"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    if sys.version_info < (3, 12):
        assert said == (
            "ImportError: midframe.vapoursynth needs VapourSynth, whose package needs Python 3.12 or later; this is "
            f"Python {sys.version_info.major}.{sys.version_info.minor}."
        )
    else:
        assert said == (
            "ImportError: midframe.vapoursynth needs VapourSynth, which is not installed. Install it with: "
            f"{sys.executable} -m pip install vapoursynth"
        )
