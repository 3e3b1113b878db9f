"""Fitting a video and all that goes with it to its container, determined before any work."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from midframe.media.video.container import open_input
from midframe.media.video.containers.mp4_boxes import mp4_tracks
from midframe.media.video.picture_marks import SHOWN_PLACES, read_marks
from midframe.media.video.planes import layout_of, planar_name
from midframe.media.video.stream_info import MASTERING_DATA, UNNAMED, side_data_of
from midframe.media.video.streams.mux_probe import TrialFile, attached_count
from midframe.media.video.streams.sound_plan import add_encoded
from midframe.media.video.streams.tags import lost_tags, needs_keyed_tags, tags_note
from midframe.media.video.writing.frame_conversion import encoder_options
from midframe.media.video.writing.picture_stream import add_picture_stream

if TYPE_CHECKING:
    from midframe.media.video.writing.plan import VideoPlan


def fitted_file(plan: VideoPlan) -> VideoPlan | None:
    """The plan without what its container does not take, with notes about it; None where that is the pictures."""
    with ExitStack() as opened:
        source: InputContainer | None = None
        if plan.passthrough is not None:
            source = opened.enter_context(open_input(plan.passthrough.path))
        reason = ""
        for candidate in _candidates(plan):
            try:
                content = _trial(candidate, source)
            except (av.FFmpegError, ValueError) as error:
                reason = reason or (error.strerror if isinstance(error, av.FFmpegError) else None) or str(error)
                continue
            if candidate is not plan:
                candidate = candidate.with_losses(_missing_note(plan, candidate, reason))
            return _with_notes_on_marks(_with_kept_tags(candidate, source, content), content)
    return None


def _candidates(plan: VideoPlan) -> Iterator[VideoPlan]:
    """The plan, and then with less and less next to the pictures."""
    yield plan
    if plan.colour != UNNAMED:
        yield replace(plan, names_colours=False)
    if plan.timecode is not None:
        yield replace(plan, keeps_timecode=False)
    if plan.passthrough is not None:
        bare = replace(plan.passthrough, streams=())
        yield replace(plan, keeps_timecode=False, passthrough=bare)
        yield replace(plan, keeps_timecode=False, passthrough=replace(bare, tags={}), sound=None)


def _missing_note(plan: VideoPlan, candidate: VideoPlan, reason: str) -> str:
    if not candidate.names_colours:
        return (
            f"Left out the names of the colours' standards: {plan.encoding.encoder} does not support them ({reason})."
        )
    if plan.passthrough == candidate.passthrough:
        return f"Left out the time code: the container does not support it ({reason})."
    return f"Left out sound, subtitles and other streams: the container does not support them together ({reason})."


def _trial(plan: VideoPlan, source: InputContainer | None) -> bytes:
    """The beginning of the file."""
    passthrough = plan.passthrough
    trial = TrialFile(
        plan.encoding.container.format, plan.container_options, passthrough.tags if passthrough is not None else {}
    )

    def add(output: OutputContainer) -> VideoStream:
        pictures = add_picture_stream(output, plan, encoder_options(plan))
        if plan.sound is not None and source is not None:
            for chosen in plan.sound.streams:
                like = source.streams[chosen.index]
                assert isinstance(like, AudioStream)
                add_encoded(output, like, chosen)
        return pictures

    if passthrough is None or source is None:
        return trial.written(None, (), {}, add)
    return trial.written(source, passthrough.streams, passthrough.samples, add)


def _with_kept_tags(plan: VideoPlan, source: InputContainer | None, content: bytes) -> VideoPlan:
    """The plan with notes about tags that cannot be found in its file, and the best way to keep them."""
    if plan.passthrough is None:
        return plan
    tags = plan.passthrough.tags
    lost = lost_tags(tags, _tags_of(content))
    if needs_keyed_tags(lost) and plan.takes_keyed_tags:
        plan = replace(plan, passthrough=replace(plan.passthrough, keyed_tags=True))
        content = _trial(plan, source)
        lost = lost_tags(tags, _tags_of(content))
    plan = _without_lost_covers(plan, content)
    note = tags_note(lost)
    return plan if note is None else plan.with_losses(note)


def _with_notes_on_marks(plan: VideoPlan, content: bytes) -> VideoPlan:
    """The plan with a note about what its file does not say of its pictures."""
    info = plan.video_info
    if info is None:
        return plan
    tracks = mp4_tracks(io.BytesIO(content))
    with av.open(io.BytesIO(content), "r", metadata_errors="replace") as written:
        stream = written.streams.video[0]
        try:
            side_data = side_data_of(next(written.decode(stream)))
        except (av.FFmpegError, StopIteration):
            # Not every decoder takes a film of one picture.
            return plan
        marks = read_marks(tracks, stream, side_data)
    shared = layout_of(planar_name(plan.encoding.pixels)).down > 1
    chroma = info.chroma_location if shared and info.chroma_location in SHOWN_PLACES else None
    lost = [
        name
        for name, given, found in (
            ("the rotation", info.display_matrix is not None, "DISPLAYMATRIX" in side_data),
            ("the 360° tag", bool(info.marks.projection), bool(marks.projection)),
            ("the 3D tag", info.marks.stereo_mode, marks.stereo_mode),
            ("the chroma location", chroma, marks.chroma_location),
            ("the mastering display", info.mastering is not None, MASTERING_DATA in side_data),
        )
        if given and found != given
    ]
    if not lost:
        return plan
    return plan.with_losses(f"Left out {' and '.join(lost)}: the container cannot store it.")


def _without_lost_covers(plan: VideoPlan, content: bytes) -> VideoPlan:
    passthrough = plan.passthrough
    assert passthrough is not None
    attached = [side for side in passthrough.streams if side.form != "packets"]
    if attached_count(content) == len(attached):
        return plan
    streams = tuple(side for side in passthrough.streams if side.form == "packets")
    with_tags = " together with tags written by a phone" if passthrough.keyed_tags else ""
    plan = replace(plan, passthrough=replace(passthrough, streams=streams))
    return plan.with_losses(f"Left out the cover picture: the container cannot store it{with_tags}.")


def _tags_of(content: bytes) -> dict[str, str]:
    with av.open(io.BytesIO(content), "r", metadata_errors="replace") as written:
        return dict(written.metadata)
