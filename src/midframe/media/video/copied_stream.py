"""A track of an output that holds the packets of a source's stream as they are."""

from __future__ import annotations

from av.bitstream import BitStreamFilterContext
from av.container import OutputContainer
from av.stream import Stream


def add_copy(stream: Stream, output: OutputContainer) -> Stream:
    """Add a track that holds the packets of a stream.

    Raises:
        ValueError: The container holds nothing of this kind.
    """
    try:
        return output.add_stream_from_template(stream, opaque=True)
    except ValueError:
        # PyAV asks a list of the usual codecs; the muxer itself takes more, such as WMA in Matroska, and codecs without
        # a decoder here. A filter that changes nothing passes on what the source says of its stream.
        defaults = {
            "audio": output.default_audio_codec,
            "video": output.default_video_codec,
            "subtitle": output.default_subtitle_codec,
        }
        if stream.type not in defaults:
            raise
    target = output.add_mux_stream(defaults[stream.type])
    target.time_base = stream.time_base
    BitStreamFilterContext("null", in_stream=stream, out_stream=target)
    return target
