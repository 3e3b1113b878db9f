"""Which decoder is taken for a stream."""

from __future__ import annotations

from av.codec.codec import UnknownCodecError
from av.codec.context import CodecContext, ThreadType
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that give the alpha that WebM keeps beside the pictures; FFmpeg's own leave it out."""


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """The decoder for a stream, ready to be fed with its packets."""
    stream.thread_type = ThreadType.AUTO
    own = stream.codec_context
    other = WITH_ALPHA.get(own.name)
    if other is None or stream.metadata.get("alpha_mode") != "1":
        return own
    try:
        decoder = CodecContext.create(other, "r")
    except UnknownCodecError:
        return own
    assert isinstance(decoder, VideoCodecContext)
    decoder.extradata = own.extradata
    return decoder
