"""Sources: a sequence of image files, the pages of one TIFF, or a video."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from midframe.errors import InputError, SequenceError, UnreadableFileError, UnsupportedFormatError
from midframe.media.animation_kinds import animation_kind
from midframe.media.images.animated import AnimatedImageSource
from midframe.media.images.codec_io import HEAD_LENGTH, content_name
from midframe.media.images.codecs import codec_for_suffix, supported_suffixes
from midframe.media.images.listed import listed_sequence
from midframe.media.images.numbering import numbering_step
from midframe.media.images.sequence import ImageSequence, discover
from midframe.media.images.tiff.single_image import TIFF_SUFFIXES, holds_one_page
from midframe.media.images.tiff.stack import TiffStackSource
from midframe.media.layouts import common_format, described, in_layout, promotion_note
from midframe.media.protocols import FrameSource, SequenceCodec
from midframe.media.video.container import VIDEO_SUFFIXES
from midframe.media.video.reading.damage_log import OnDamage
from midframe.media.video.reading.deinterlacing import Pictures
from midframe.media.video.reading.index import index_video
from midframe.media.video.reading.source import VideoSource
from midframe.paths import user_path
from midframe.types import Annotations, Frame, FrameFormat
from midframe.wording import counted

NAMED_STRAYS = 3
PROBING_THREADS = min(16, (os.cpu_count() or 1) + 4)


AnySource: TypeAlias = "SequenceSource | TiffStackSource | AnimatedImageSource | VideoSource"


def is_single_picture(path: Path) -> bool:
    """Whether a path is a file with one picture in it; also true of damaged pictures, which opening reports."""
    if not path.is_file() or codec_for_suffix(path.suffix) is None or animation_kind(path) is not None:
        return False
    try:
        return path.suffix.lower() not in TIFF_SUFFIXES or holds_one_page(path)
    except InputError:
        return True


def open_source(
    given: str | Path | tuple[Path, ...], on_damage: OnDamage = "conceal", deinterlace: Pictures | None = None
) -> AnySource:
    """Open a folder, a pattern, a multi-page TIFF, an animation, a video file, or pictures named one by one.

    Args:
        given: What to open.
        on_damage: What to do about damaged videos; damaged images are always an error.
        deinterlace: How many pictures an interlaced frame of a video becomes; None where they are used unchanged.

    Raises:
        SequenceError: Fewer than two frames, or frames that do not belong together.
        UnreadableFileError: A frame that cannot be read.
        UnsupportedFormatError: A file or pixel layout that midframe does not handle.
    """
    if isinstance(given, tuple):
        return SequenceSource(listed_sequence(given))
    path = user_path(given)
    if not path.is_file():
        return SequenceSource(discover(given))
    # The content decides: names of animations are often those of single images.
    animated = animation_kind(path)
    if animated is not None:
        return VideoSource(path, on_damage) if animated == "video" else AnimatedImageSource(path, animated)
    codec = codec_for_suffix(path.suffix)
    if codec is None:
        return TiffStackSource(path) if _holds_tiff(path) else _open_video(path, on_damage, deinterlace)
    if path.suffix.lower() in TIFF_SUFFIXES:
        return TiffStackSource(path)
    if path.suffix.lower() in VIDEO_SUFFIXES:
        # One frame, or damage, which this reports.
        index_video(path)
    raise SequenceError(
        f"{path} is a single image; at least two frames are needed. Give its folder, or a pattern in quotes.", path=path
    )


def _holds_tiff(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return content_name(stream.read(HEAD_LENGTH)) == "TIFF"
    except OSError:
        return False


def _open_video(path: Path, on_damage: OnDamage, deinterlace: Pictures | None) -> VideoSource:
    try:
        return VideoSource(path, on_damage, deinterlace)
    except UnreadableFileError as error:
        if path.suffix.lower() in VIDEO_SUFFIXES:
            raise
        raise UnsupportedFormatError(
            f"{path} is neither an image nor a video that midframe reads. Images end in "
            f"{', '.join(supported_suffixes())}.",
            path=path,
        ) from error


class SequenceSource(FrameSource):
    """The files of an image sequence. Every file is probed at the start, so that surprises come before work.

    Raises:
        SequenceError: Fewer than two frames, or frames of different formats.
        UnreadableFileError: Frames that cannot be read; the first is named.
        UnsupportedFormatError: A pixel layout that cannot be interpolated.
    """

    def __init__(self, sequence: ImageSequence) -> None:
        if len(sequence.paths) < 2:
            raise SequenceError(
                f"{sequence.paths[0]} is the only frame found; at least two are needed to interpolate.",
                path=sequence.paths[0],
            )
        self.sequence = sequence
        codec = sequence.codec
        self._codec = codec.for_sequence(sequence.paths) if isinstance(codec, SequenceCodec) else codec
        self._formats = self._probed_formats()
        self._format = self._common_format()
        self._metadata: dict[str, object] = {}

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self._format

    @property
    def codec_name(self) -> str:
        """Name of the codec, such as "PNG"."""
        return self._codec.name

    @property
    def annotations(self) -> Annotations:
        """See `FrameInput.annotations`."""
        return self._codec.read(self.files[0]).annotations

    @property
    def suffix(self) -> str:
        """Suffix of the files in lower case, with the dot."""
        return self.sequence.suffix

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the frames."""
        return self.sequence.paths

    @property
    def image_files(self) -> tuple[Path, ...]:
        """The files of the frames."""
        return self.files

    @property
    def frame_numbers(self) -> tuple[int, ...] | None:
        """See `FrameInput.frame_numbers`."""
        return self.sequence.numbers

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what was left out and what is missing."""
        promoted = promotion_note(self._formats, self._format)
        differences = self._codec.notes if isinstance(self._codec, SequenceCodec) else ()
        return (
            *_stray_notes(self.sequence),
            *_gap_notes(self.sequence),
            *_order_notes(self.sequence),
            *([promoted] if promoted else []),
            *differences,
        )

    def __len__(self) -> int:
        return len(self.sequence.paths)

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`."""
        path = self.sequence.paths[index]
        frame = self._codec.read(path)
        if frame.format != self._formats[index]:
            raise UnreadableFileError(
                f"{path} has changed since the start: it is now {frame.format}, and was {self._formats[index]}. Start "
                "again when no other program writes to the input.",
                path=path,
            )
        if frame.format != self._format:
            samples = in_layout(frame.samples, frame.format, self._format)
            frame = replace(frame, samples=samples, format=self._format, metadata=self._common_metadata())
        return replace(frame, index=index)

    def close(self) -> None:
        """Nothing stays open."""

    def _common_metadata(self) -> object:
        """What a frame in the common format is written with: that of the first file in it, if there is one."""
        if self._format not in self._formats:
            return None
        if not self._metadata:
            first = self._formats.index(self._format)
            self._metadata = {"first": self._codec.read(self.sequence.paths[first]).metadata}
        return self._metadata["first"]

    def _probed_formats(self) -> list[FrameFormat]:
        paths = self.sequence.paths
        with ThreadPoolExecutor(PROBING_THREADS) as pool:
            outcomes = list(pool.map(self._probe, paths))
        errors = [outcome for outcome in outcomes if isinstance(outcome, InputError)]
        if errors:
            others = len(errors) - 1
            more = f" {counted(others, 'other file')} of {len(paths)} cannot be used either." if others else ""
            raise type(errors[0])(f"{errors[0]}{more}", path=errors[0].path) from errors[0]
        return [outcome for outcome in outcomes if isinstance(outcome, FrameFormat)]

    def _common_format(self) -> FrameFormat:
        paths, formats = self.sequence.paths, self._formats
        common = common_format(formats)
        if common is not None:
            return common
        usual, count = Counter(formats).most_common(1)[0]
        odd = next(index for index, frame_format in enumerate(formats) if common_format((frame_format, usual)) is None)
        raise SequenceError(
            f"{paths[odd]} is {described(formats[odd])}, while {count} of {len(paths)} frames are "
            f"{described(usual)}; {len(paths) - count} differ. All frames of a sequence must have one size, depth "
            "and channel layout.",
            path=paths[odd],
        )

    def _probe(self, path: Path) -> FrameFormat | InputError:
        try:
            return self._codec.probe(path)
        except InputError as error:
            return error


def _stray_notes(sequence: ImageSequence) -> list[str]:
    # Hidden files belong to the system.
    names = [path.name for path in sequence.strays if not path.name.startswith(".")]
    if not names:
        return []
    listed = ", ".join(names[:NAMED_STRAYS]) + (" and others" if len(names) > NAMED_STRAYS else "")
    return [
        f"Ignored {len(names)} file{'s that are not frames' if len(names) > 1 else ' that is not a frame'}: {listed}."
    ]


def _gap_notes(sequence: ImageSequence) -> list[str]:
    if not sequence.gaps or sequence.listed:
        return []
    step = numbering_step(sequence.numbers or ())
    missing = sum((last - first) // step + 1 for first, last in sequence.gaps)
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in sequence.gaps[:NAMED_STRAYS]]
    more = " and others" if len(sequence.gaps) > NAMED_STRAYS else ""
    if missing == 1:
        return [f"Frame number {shown[0]} is missing."]
    return [f"Frame numbers {', '.join(shown)}{more} are missing ({missing} in all)."]


def _order_notes(sequence: ImageSequence) -> list[str]:
    if sequence.numbers is not None or sequence.listed:
        return []
    note = (
        f"The file names are not numbered consistently; frames are in natural order from {sequence.paths[0].name} to "
        f"{sequence.paths[-1].name}."
    )
    return [note]
