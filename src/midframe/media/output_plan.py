"""Where output frames will go, checked before any work and without creating anything."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from midframe.errors import OptionError, OutputExistsError, SequenceError, UnsupportedFormatError
from midframe.media.images.codecs import codec_for_suffix, codec_named, supported_suffixes
from midframe.media.images.numbering import NamePattern
from midframe.media.images.tiff import LARGEST_CLASSIC
from midframe.media.images.tiff import SUFFIXES as TIFF_SUFFIXES
from midframe.media.images.tiff_description import StackDescription
from midframe.media.images.tiff_stack import TiffStackSource
from midframe.media.pipes.plan import PipePlan, PipeRequest, plan_pipe
from midframe.media.protocols import FrameSource, FrameStream, ImageCodec
from midframe.media.sources import SequenceSource, source_files
from midframe.media.video.container import SUFFIXES as VIDEO_SUFFIXES
from midframe.media.video.encoders import CONTAINERS
from midframe.media.video.plan import VideoPlan, VideoRequest, names_video, plan_video
from midframe.media.video.rgb_source import RgbVideoSource
from midframe.types import FrameFormat

DEFAULT_NAME = "{:07d}"


@dataclass(frozen=True)
class FolderPlan:
    """Frames as files of one folder.

    Attributes:
        folder: It may not exist yet.
        pattern: Makes the file names.
        start_number: Number of the first frame.
        count: How many frames there will be; None where only the end of the input tells.
        codec: The format of the files.
        overwrite: Frames from an earlier run may be replaced, and are removed where the new run is shorter.
    """

    folder: Path
    pattern: NamePattern
    start_number: int
    count: int | None
    codec: ImageCodec
    overwrite: bool

    @property
    def settings(self) -> dict[str, object]:
        """What decides what the files are, in types that JSON has."""
        first, last = self.planned_names()
        return {"format": self.codec.name, "first": first, "last": last}

    def name(self, index: int) -> str:
        """File name of output frame `index`."""
        return self.pattern.name(self.start_number + index)

    def planned_names(self) -> tuple[str, str]:
        """File names of the first and the last frame, for a dry run; twice the first where the last is unknown."""
        return self.name(0), self.name(0 if self.count is None else self.count - 1)

    def stale(self, name: str, count: int) -> bool:
        """Whether a file in the folder is a frame of this name pattern that a run of `count` frames does not write."""
        number = self.pattern.number(name)
        return number is not None and not 0 <= number - self.start_number < count


@dataclass(frozen=True)
class StackPlan:
    """Frames as pages of one TIFF file.

    Attributes:
        path: The file.
        count: How many frames there will be.
        format: What the frames are.
        channel_pages: Pages that make up one frame; 1 where channels lie within pages.
        big: Write BigTIFF.
        description: The source's description of its stack.
        step: Distance of output frames relative to that of source frames.
    """

    path: Path
    count: int
    format: FrameFormat
    channel_pages: int
    big: bool
    description: StackDescription
    step: Fraction

    @property
    def settings(self) -> dict[str, object]:
        """What decides what the file is, in types that JSON has."""
        return {"format": "TIFF stack", "pages": self.count * self.channel_pages, "big": self.big}

    def planned_names(self) -> tuple[str, str]:
        """The file name twice: first and last frame are in the same file."""
        return self.path.name, self.path.name


OutputPlan = FolderPlan | StackPlan | VideoPlan | PipePlan


def plan_output(
    output: str | Path,
    source: FrameSource | FrameStream,
    *,
    count: int | None,
    name: str | None = None,
    start_number: int = 0,
    overwrite: bool = False,
    step: Fraction | None = None,
    video: VideoRequest | PipeRequest | None = None,
) -> OutputPlan:
    """Decide where the frames go and make sure that they can.

    Args:
        output: A folder, a file ending in .tif or .tiff for a stack, or one with the suffix of a video.
        source: Where the frames come from; gives the file format unless `name` names another one.
        count: Output frames; None where only the end of the input tells.
        name: Pattern such as "shot_{:05d}.png"; seven digits and the source's suffix if None.
        start_number: Number of the first output file.
        overwrite: Replace frames from an earlier run.
        step: Distance of output frames relative to that of source frames, for the calibration of stacks; if
            None, source and output span the same range.
        video: Time and compression; needed where `output` is a video or a pipe.

    Raises:
        OptionError: An option's value, or options that do not go together.
        OutputExistsError: The output place holds frames, and `overwrite` is False.
        SequenceError: The output place is the input place.
        UnsupportedFormatError: The output format cannot hold the frames.
    """
    path = Path(output).expanduser()
    if count is not None and count < 1:
        raise OptionError(f"There must be at least one output frame, not {count}.")
    if start_number < 0:
        raise OptionError(f"The start number must be 0 or more, not {start_number}.")
    if isinstance(video, PipeRequest):
        if name is not None or start_number:
            raise OptionError("A pipe has no file names; --name and --start-number need a folder as output.")
        return plan_pipe(source, count, video)
    if path.suffix.lower() in TIFF_SUFFIXES and not path.is_dir():
        if name is not None or start_number:
            raise OptionError(f"{path} is one file; a name pattern and a start number need a folder as output.")
        if isinstance(source, FrameStream) or count is None:
            raise OptionError(
                f"{path} cannot be written from a pipe: a stack says at its beginning how many pages it has. Give a "
                "folder as output."
            )
        return _plan_stack(path, source, count, overwrite, step)
    if video is not None and names_video(path):
        if name is not None or start_number:
            raise OptionError(f"{path} is one file; a name pattern and a start number need a folder as output.")
        _require_free_file(path, () if isinstance(source, FrameStream) else source.files, overwrite)
        return plan_video(path, source, count, video)
    return _plan_folder(path, source, count, name, start_number, overwrite)


def _plan_folder(
    folder: Path,
    source: FrameSource | FrameStream,
    count: int | None,
    name: str | None,
    start_number: int,
    overwrite: bool,
) -> FolderPlan:
    pattern, codec = _names(source, name)
    _require_codec(codec, source.format)
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"The output {folder} is a file. Give a folder.")
    if not folder.exists() and codec_for_suffix(folder.suffix) is not None:
        raise OptionError(
            f"The output {folder} looks like an image file. Give a folder, and use --name for the names of the frames."
        )
    video = isinstance(source, RgbVideoSource)
    other = folder.suffix.lower() in VIDEO_SUFFIXES
    if not folder.exists() and (other or (video and re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{2,4}", folder.suffix))):
        raise OptionError(
            f"The output {folder} has the suffix of a file that midframe does not write. Videos end in "
            f"{', '.join(CONTAINERS)}. If a folder is meant, create it first."
        )
    if folder.resolve() in {path.resolve().parent for path in source_files(source)}:
        raise SequenceError(f"The output {folder} is the folder of the input. Choose another folder.")
    plan = FolderPlan(folder, pattern, start_number, count, codec, overwrite)
    if folder.is_dir():
        _require_free(plan)
    _require_writable(folder)
    return plan


def _plan_stack(path: Path, source: FrameSource, count: int, overwrite: bool, step: Fraction | None) -> StackPlan:
    codec = codec_for_suffix(path.suffix)
    assert codec is not None
    _require_codec(codec, source.format)
    _require_free_file(path, source_files(source), overwrite)
    stack = source if isinstance(source, TiffStackSource) else None
    return StackPlan(
        path=path,
        count=count,
        format=source.format,
        channel_pages=stack.layout.channel_pages if stack else 1,
        big=count * source.format.nbytes > LARGEST_CLASSIC or (stack is not None and stack.is_big),
        description=stack.description if stack else StackDescription("plain", "T"),
        step=_default_step(len(source), count) if step is None else step,
    )


def _names(source: FrameSource | FrameStream, name: str | None) -> tuple[NamePattern, ImageCodec]:
    """The pattern with its suffix, and the codec of that suffix."""
    codec = codec_named(source.codec_name)
    if codec is None:
        png, tiff = codec_for_suffix(".png"), codec_for_suffix(".tif")
        assert png is not None
        assert tiff is not None
        codec = png if png.refusal(source.format) is None else tiff
    suffix = source.suffix if isinstance(source, (SequenceSource, TiffStackSource)) else codec.suffixes[0]
    pattern = NamePattern.parse(DEFAULT_NAME if name is None else name)
    # Behind the number and a dot there is a suffix; "shot.{:05d}" and "v1.5_{:d}" have none.
    given = re.search(r"\.[^.]*$", pattern.tail)
    if given is None:
        return NamePattern(pattern.prefix, pattern.width, pattern.tail + suffix), codec
    named = codec_for_suffix(given.group())
    if named is None:
        raise OptionError(
            f"The name {name!r} ends in {given.group()!r}, which is no image format that midframe writes. Supported "
            f"are {', '.join(supported_suffixes())}."
        )
    return pattern, named


def _require_codec(codec: ImageCodec, frame_format: FrameFormat) -> None:
    refusal = codec.refusal(frame_format)
    if refusal is not None:
        raise UnsupportedFormatError(f"The output cannot be {codec.name}. {refusal}")


def _require_free_file(path: Path, inputs: tuple[Path, ...], overwrite: bool) -> None:
    if any(_same_file(path, other) for other in inputs):
        raise SequenceError(f"The output {path} is the input. Choose another name.")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists. Choose another name, or replace it with --overwrite.")
    _require_writable(path.parent)


def _require_free(plan: FolderPlan) -> None:
    if plan.overwrite:
        return
    try:
        names = [path.name for path in plan.folder.iterdir() if codec_for_suffix(path.suffix) and path.name[0] != "."]
    except OSError as error:
        raise OptionError(f"The output folder {plan.folder} cannot be read: {error.strerror}.") from error
    if names:
        raise OutputExistsError(
            f"The output folder {plan.folder} already holds {len(names)} image file{'s' if len(names) > 1 else ''}, "
            f"such as {min(names)}. Choose an empty folder, or replace them with --overwrite."
        )


def _require_writable(folder: Path) -> None:
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir():
        raise OptionError(f"The output folder {folder} cannot be created: {existing} is a file.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OptionError(f"The output folder {folder} cannot be written: {existing} is write-protected.")


def _same_file(path: Path, other: Path) -> bool:
    return path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other))


def _default_step(source_frames: int, frames: int) -> Fraction:
    """Spacing of the output frames relative to the source's, where both span the same range."""
    return Fraction(source_frames - 1, frames - 1) if frames > 1 and source_frames > 1 else Fraction(1)
