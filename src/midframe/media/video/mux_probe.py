"""Trying out a container before any work."""

from __future__ import annotations

import io
from fractions import Fraction

import av
from av.video.stream import VideoStream

from midframe.media.video.encoders import Encoding
from midframe.media.video.passthrough import PassthroughPlan, StreamCopier


def mux_refusal(
    encoding: Encoding,
    size: tuple[int, int],
    unit: Fraction,
    rate: Fraction,
    passthrough: PassthroughPlan | None = None,
) -> str | None:
    """Why the head of such a file cannot be written, found out in memory; None if it can.

    Args:
        encoding: Container and encoder.
        size: Width and height.
        unit: Seconds that the encoder counts in.
        rate: Mean frame rate.
        passthrough: What is copied besides the pictures.
    """
    if encoding.container.animation:
        # Each has one codec, which it holds, and nothing besides it.
        return None
    copy: StreamCopier | None = None
    try:
        with av.open(io.BytesIO(), "w", format=encoding.container.format) as trial:
            stream = trial.add_stream(encoding.encoder, rate=rate, options=dict(encoding.options))
            assert isinstance(stream, VideoStream)
            stream.width, stream.height = size
            stream.pix_fmt = encoding.pixels
            stream.codec_context.time_base = unit
            if passthrough is not None:
                copy = StreamCopier(passthrough, trial, Fraction(0), Fraction(0), whole=False)
            trial.start_encoding()
    except (av.FFmpegError, ValueError) as error:
        return error.strerror if isinstance(error, av.FFmpegError) else str(error)
    finally:
        if copy is not None:
            copy.close()
    return None
