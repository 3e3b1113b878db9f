"""Small pictures of more than 8 bits, which are written and read."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from midframe.diagnosis.built_in import HEIGHT, WIDTH, built_in_frame
from midframe.diagnosis.findings import Check
from midframe.errors import MidframeError, WriteError
from midframe.media.images.codecs import codec_for
from midframe.types import Frame, FrameFormat, Transfer

_FORMATS = (("PNG", ".png", "uint16"), ("TIFF", ".tif", "uint16"), ("OpenEXR", ".exr", "float32"))


def check_pictures() -> tuple[Check, ...]:
    """Write pictures to the folder for temporary files, and read them."""
    return tuple(_check(*each) for each in _FORMATS)


def _check(name: str, suffix: str, dtype: str) -> Check:
    subject, begin = f"{name}, {dtype}", time.monotonic()
    view = built_in_frame(0).view
    samples = np.rint(view * 65535).astype(dtype) if dtype == "uint16" else view
    # OpenEXR stores scene-linear light, and refuses all else.
    transfer: Transfer = "linear" if suffix == ".exr" else "display"
    frame = Frame(samples, FrameFormat(WIDTH, HEIGHT, 3, samples.dtype, transfer=transfer))
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"picture{suffix}"
            codec_for(path).write(path, frame)
            back = codec_for(path).read(path).samples
    except (OSError, WriteError) as error:
        # Nothing is known about the format where nothing can be written.
        return Check(subject, "not run", f"no temporary file can be written ({error})")
    except MidframeError as error:
        return Check(subject, "failed", str(error).rstrip("."), time.monotonic() - begin)
    same = back.dtype == samples.dtype and np.array_equal(back, samples)
    words = "a picture came back unchanged" if same else "a picture came back different"
    return Check(subject, "passed" if same else "failed", words, time.monotonic() - begin)
