"""FFmpeg: its encoders, and small videos that are encoded and decoded."""

from __future__ import annotations

import time

import numpy as np

from midframe.diagnosis.built_in import built_in_frame
from midframe.diagnosis.findings import Check, VideoLibrary
from midframe.media.video import trial

_LOSS = 8.0
"""Mean difference from the pictures before compression, of 255, up to which a picture is the same."""

_CODECS = (("H.264", "h264", _LOSS), ("FFV1", "ffv1", 0.0))
"""Codecs that most people use, and the largest mean difference."""


def check_video() -> tuple[VideoLibrary, tuple[Check, ...]]:
    """Look at FFmpeg, and try it."""
    library = VideoLibrary(
        trial.ffmpeg_version(), trial.ffmpeg_libraries(), trial.usual_encoders(), trial.gpu_encoders()
    )
    return library, tuple(_check(*codec) for codec in _CODECS)


def _check(name: str, codec: str, most: float) -> Check:
    subject, begin = name, time.monotonic()
    pictures = [np.rint(built_in_frame(number).view * 255).astype(np.uint8) for number in (0, 1, 0, 1)]
    try:
        decoded = trial.video_round_trip(codec, pictures)
    except trial.TrialError as error:
        return Check(subject, "failed", str(error), time.monotonic() - begin)
    seconds = time.monotonic() - begin
    loss = max(float(np.abs(one.astype(np.int16) - other).mean()) for one, other in zip(pictures, decoded, strict=True))
    if loss > most:
        return Check(subject, "failed", f"pictures came back different, by {loss:.1f} of 255 on average", seconds)
    return Check(subject, "passed", f"{len(decoded)} pictures came back{'' if most else ' unchanged'}", seconds)
