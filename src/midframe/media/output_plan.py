"""Where output frames will go, checked before any work and without creating anything."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from midframe.atomic import temporary_path
from midframe.errors import OptionError, SequenceError, UnsupportedFormatError
from midframe.media.images.codecs import codec_for_suffix, codec_named, written_suffixes
from midframe.media.images.folder_sink import FolderPlan, SourcePlaces
from midframe.media.images.numbering import STEM, NamePattern
from midframe.media.images.tiff.description import StackDescription, StackProperties
from midframe.media.images.tiff.single_image import LARGEST_CLASSIC, TIFF_SUFFIXES
from midframe.media.images.tiff.stack_sink import StackPlan
from midframe.media.output_paths import require_possible_file, require_writable, same_place
from midframe.media.protocols import DEFAULT_NAME, FrameInput, ImageCodec, OutputPlan
from midframe.media.video.container import VIDEO_SUFFIXES
from midframe.media.video.writing.plan import VideoRequest, names_video, plan_video
from midframe.paths import user_path
from midframe.types import FrameFormat


def plan_output(
    output: str | Path,
    source: FrameInput,
    *,
    count: int | None,
    name: str | None = None,
    start_number: int = 0,
    overwrite: bool = False,
    step: Fraction | None = None,
    video: VideoRequest | None = None,
    sources: SourcePlaces | None = None,
    require_free: bool = True,
) -> OutputPlan:
    """Decide where the frames go and make sure that they can.

    Args:
        output: A folder, a file ending in .tif or .tiff for a stack, or one with the suffix of a video.
        source: Where the frames come from; gives the file format unless `name` names another one.
        count: Output frames; None where only the end of the input shows it.
        name: Pattern such as "shot_{:05d}.png"; seven digits and the source's suffix if None.
        start_number: Number of the first output file.
        overwrite: Replace files that have the names of the output.
        step: Distance of output frames relative to that of source frames, for the calibration of stacks; if
            None, source and output span the same range.
        video: Time and compression; needed where `output` is a video.
        sources: Where output frames lie among source frames; None where these have no names.
        require_free: Whether files in the way are refused; else `OutputPlan.require_free` does that later.

    Raises:
        OptionError: An option's value, or options that do not go together.
        OutputExistsError: The output place holds frames, and `overwrite` is False.
        SequenceError: The output place is the input place.
        UnsupportedFormatError: The output format cannot hold the frames.
    """
    path = user_path(output, option="output")
    if count is not None and count < 1:
        raise OptionError(f"There must be at least one output frame, not {count}.")
    if start_number < 0:
        raise OptionError(f"The start number must be 0 or more, not {start_number}.", option="start_number")
    if path.suffix.lower() in TIFF_SUFFIXES and not path.is_dir():
        if name is not None or start_number:
            raise OptionError(
                f"{path} is one file; a name pattern and a start number need a folder as output.", option="name"
            )
        if count is None:
            raise OptionError(
                f"{path} cannot be written from a pipe: a stack starts with the number of its pages. Give a "
                "folder as output.",
                option="output",
                path=path,
            )
        plan: OutputPlan = _plan_stack(path, source, count, overwrite, step)
    elif video is not None and names_video(path):
        if name is not None or start_number:
            raise OptionError(
                f"{path} is one file; a name pattern and a start number need a folder as output.", option="name"
            )
        require_possible_file(path, source.files)
        plan = plan_video(path, source, count, video, overwrite)
    else:
        plan = _plan_folder(path, source, count, name, start_number, overwrite, sources)
    if require_free:
        plan.require_free()
    return plan


def _plan_folder(
    folder: Path,
    source: FrameInput,
    count: int | None,
    name: str | None,
    start_number: int,
    overwrite: bool,
    sources: SourcePlaces | None,
) -> FolderPlan:
    pattern, codec = _names(source, name)
    if pattern.has_stem and sources is None:
        raise OptionError(
            f"{STEM} in `name` stands for the name of a source frame, and the frames of this input have no names.",
            option="name",
        )
    _require_codec(codec, source.format)
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"The output {folder} is a file. Give a folder.", option="output", path=folder)
    if not folder.exists() and codec_for_suffix(folder.suffix) is not None:
        raise OptionError(
            f"The output {folder} looks like an image file. Give a folder, and use `name` for the names of the frames.",
            option="output",
            path=folder,
        )
    video = source.video_file is not None
    other = folder.suffix.lower() in VIDEO_SUFFIXES
    if not folder.exists() and (other or (video and re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{2,4}", folder.suffix))):
        raise OptionError(
            f"midframe cannot write {folder.suffix} files. Name {folder.with_suffix('.mp4').name} or "
            f"{folder.with_suffix('.mkv').name} instead; if a folder named {folder} is meant, create it first.",
            option="output",
            path=folder,
        )
    if any(same_place(folder, place) for place in _folders(source.image_files)):
        raise SequenceError(f"The output {folder} is the folder of the input. Choose another folder.", path=folder)
    require_writable(folder)
    return FolderPlan(
        path=folder,
        pattern=pattern,
        start_number=start_number,
        count=count,
        codec=codec,
        overwrite=overwrite,
        sources=sources if pattern.has_stem else None,
        inputs=source.files,
    )


def _plan_stack(path: Path, source: FrameInput, count: int, overwrite: bool, step: Fraction | None) -> StackPlan:
    codec = codec_for_suffix(path.suffix)
    assert codec is not None
    _require_codec(codec, source.format)
    require_possible_file(path, source.files)
    stack = source.stack or StackProperties(1, False, StackDescription("plain", "T"))
    return StackPlan(
        path=path,
        count=count,
        format=source.format,
        channel_pages=stack.channel_pages,
        big=stack.big or count * source.format.nbytes > LARGEST_CLASSIC,
        description=stack.description,
        step=_default_step(source.length or 0, count) if step is None else step,
        temporary=temporary_path(path, hidden=False),
        inputs=source.files,
        overwrite=overwrite,
    )


def output_codec(source: FrameInput, name: str | None) -> ImageCodec:
    """The format of the files that frames are written to.

    Args:
        source: Gives the frames.
        name: See `plan_output`.

    Raises:
        OptionError: The name ends in a format that is not written.
    """
    return _names(source, name)[1]


def _usual_codec(source: FrameInput) -> ImageCodec:
    """The format of the source, or the first of the usual ones where that is a video, only read, or of other frames."""
    own = codec_named(source.codec_name)
    candidates = [own, *(codec_for_suffix(suffix) for suffix in (".png", ".tif", ".exr"))]
    known = [codec for codec in candidates if codec is not None]
    if own is not None and own.writable and source.format.transfer == "linear":
        return own
    return next((codec for codec in known if codec.refusal(source.format) is None), known[0])


def _names(source: FrameInput, name: str | None) -> tuple[NamePattern, ImageCodec]:
    """The pattern with its suffix, and the codec of that suffix."""
    codec = _usual_codec(source)
    suffix = codec.suffixes[0]
    if source.suffix is not None and codec_for_suffix(source.suffix) is codec:
        suffix = source.suffix
    pattern = NamePattern.parse(DEFAULT_NAME if name is None else name)
    # After the number and a dot there is a suffix; "shot.{:05d}" and "v1.5_{:d}" have none.
    given = re.search(r"\.[^.]*$", pattern.tail)
    if given is None:
        return replace(pattern, tail=pattern.tail + suffix), codec
    named = codec_for_suffix(given.group())
    if named is None or not named.writable:
        raise OptionError(
            f"The name {name!r} ends in {given.group()!r}, which is not an image format that midframe writes. "
            f"Supported are {', '.join(written_suffixes())}.",
            option="name",
        )
    return pattern, named


def _require_codec(codec: ImageCodec, frame_format: FrameFormat) -> None:
    refusal = codec.refusal(frame_format)
    if refusal is not None:
        raise UnsupportedFormatError(f"The output cannot be {codec.name}. {refusal}")


def _folders(files: Iterable[Path]) -> set[Path]:
    """The folders of files, and those of what links lead to."""
    folders = set()
    for file in files:
        folders.add(file.parent)
        if file.is_symlink():
            folders.add(Path(os.path.realpath(file)).parent)
    return folders


def _default_step(source_frames: int, frames: int) -> Fraction:
    """Spacing of the output frames relative to the source's, where both span the same range."""
    return Fraction(source_frames - 1, frames - 1) if frames > 1 and source_frames > 1 else Fraction(1)
