"""The stream of pictures in an output: what it says about itself besides its packets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from midframe.media.video.containers.matroska_aspect import MATROSKA_FORMATS, PADDING
from midframe.media.video.picture_marks import put_marks

if TYPE_CHECKING:
    from midframe.media.video.writing.plan import VideoPlan


def add_picture_stream(output: OutputContainer, plan: VideoPlan, options: Mapping[str, str]) -> VideoStream:
    """Add the stream to a container that has not been started.

    Args:
        output: The container.
        plan: What the video is.
        options: Options for the encoder.
    """
    stream = output.add_stream(plan.encoding.encoder, rate=plan.rate, options=dict(options))
    assert isinstance(stream, VideoStream)
    context = stream.codec_context
    info = plan.video_info
    if info is not None:
        context.width, context.height = plan.size
        put_marks(stream, info.marks, info.mastering, info.light_level)
        context.framerate = plan.rate
    context.width, context.height = plan.size
    context.pix_fmt = plan.encoding.pixels
    context.time_base = plan.unit
    stream.time_base = plan.mux_unit
    describe_colours(context, plan)
    if plan.encoding.tag is not None:
        context.codec_tag = plan.encoding.tag
    if info is not None:
        stream.disposition = info.disposition
        stream.metadata.update(info.metadata)
        if plan.timecode is not None:
            stream.metadata["timecode"] = plan.timecode
        if info.aspect is not None:
            context.sample_aspect_ratio = info.aspect
            if plan.encoding.container.format in MATROSKA_FORMATS:
                stream.metadata["title"] = stream.metadata.get("title", "") + PADDING
        if info.display_matrix is not None:
            stream.set_display_matrix(info.display_matrix)
    return stream


def describe_colours(context: VideoCodecContext, plan: VideoPlan) -> None:
    """Say what code values mean."""
    colour = plan.colour
    context.color_primaries = colour.primaries
    context.color_trc = colour.transfer
    context.colorspace = colour.matrix
    context.color_range = colour.range
