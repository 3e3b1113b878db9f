"""TIFF with one image, through tifffile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tifffile import PHOTOMETRIC, TiffFile, TiffPage, TiffWriter

from midframe.errors import UnsupportedFormatError
from midframe.media.images.codec_io import check_content, damaged, reading_image, require_accepted, writing
from midframe.media.images.tiff.description import single_description
from midframe.media.images.tiff.pages import (
    CARRIES,
    EncodedPage,
    OriginalPages,
    copy_tiff_page,
    metadata_for,
    page_annotations,
    page_metadata,
    write_tiff_page,
)
from midframe.media.images.tiff.samples import DAMAGE, page_format, page_samples
from midframe.types import Frame, FrameFormat

TIFF_SUFFIXES = (".tif", ".tiff")
LARGEST_CLASSIC = 3_900_000_000
"""Bytes of samples from which BigTIFF is written; classic TIFF addresses 4 GiB, tables included."""


class TiffCodec:
    """Integers of up to 32 bits, floats of up to 64; grey, RGB, CMYK, palettes, any number of channels, both alphas."""

    name = "TIFF"
    writable = True
    carries = CARRIES
    suffixes: tuple[str, ...] = TIFF_SUFFIXES

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        with open_tiff(path) as file:
            return page_format(_only_page(file, path), path)

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`."""
        with open_tiff(path) as file:
            page = _only_page(file, path)
            frame_format = page_format(page, path)
            samples = page_samples(page, frame_format)
            description, tags, shared = single_description(file, path.name)
            metadata = page_metadata(page)
            metadata = replace(metadata, description=description, tags=(*metadata.tags, *tags))
            if shared:
                # A copy would say that the other files of the set belong to it.
                metadata = replace(metadata, originals=OriginalPages(samples, (EncodedPage.read(page),)))
            return Frame(
                samples,
                frame_format,
                path=None if shared else path,
                metadata=metadata,
                annotations=page_annotations(page),
            )

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        if frame_format.transfer == "linear":
            return (
                "TIFF cannot declare samples as scene-linear light; OpenEXR can, and `display_transform=srgb` "
                "converts it."
            )
        if frame_format.alpha is not None and frame_format.alpha.channel == 0:
            return "TIFF cannot store alpha as the first channel. Put it after the colours."
        return None

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`. Without metadata: deflate with a predictor."""
        require_accepted(self.name, self.refusal(frame.format))
        metadata = metadata_for(frame.metadata, frame.format)
        big = frame.format.nbytes > LARGEST_CLASSIC
        with (
            writing(path, self.name, *DAMAGE),
            TiffWriter(path, bigtiff=big, byteorder=metadata.byte_order) as writer,
        ):
            originals = metadata.originals
            if originals is not None and originals.samples is frame.samples:
                copy_tiff_page(
                    writer,
                    originals.pages[0],
                    metadata,
                    frame.annotations,
                    frame.format,
                    description=metadata.description,
                )
                return
            write_tiff_page(
                writer, frame.samples, metadata, frame.annotations, frame.format, description=metadata.description
            )


@contextmanager
def open_tiff(path: Path) -> Iterator[TiffFile]:
    """Open a TIFF file and map what goes wrong inside the block.

    Raises:
        UnreadableFileError: Missing, damaged, truncated, or no TIFF.
    """
    check_content(path, "TIFF")
    with reading_image(path, "TIFF", *DAMAGE), TiffFile(path) as file:
        if not len(file.pages):
            raise damaged(path, "TIFF")
        yield file


def main_pages(file: TiffFile) -> Iterator[TiffPage]:
    """The pages without thumbnails and masks. Lazy: the pages of a long stack lie all over the file."""
    for page in file.pages:
        whole = page if isinstance(page, TiffPage) else page.aspage()
        if not whole.is_reduced and whole.photometric != PHOTOMETRIC.MASK:
            yield whole


def holds_one_page(path: Path) -> bool:
    """Whether a TIFF file is a single picture.

    Raises:
        UnreadableFileError: See `open_tiff`.
    """
    with open_tiff(path) as file:
        return _has_one_page(file)


def _has_one_page(file: TiffFile) -> bool:
    return sum(1 for _ in islice(main_pages(file), 2)) == 1 and not holds_more_than_its_page(file)


def _only_page(file: TiffFile, path: Path) -> TiffPage:
    page = next(main_pages(file), None)
    if page is None:
        raise damaged(path, "TIFF")
    if not _has_one_page(file):
        raise UnsupportedFormatError(
            f"{path} contains several pages; in a sequence every file must contain a single image. Give the file "
            "itself as the "
            "input to interpolate its pages.",
            path=path,
        )
    return page


def holds_more_than_its_page(file: TiffFile) -> bool:
    """Whether this is one of ImageJ's large stacks: one page, with the others after it without tags."""
    return bool(file.is_imagej) and len(file.series) > 0 and file.series[0].size > file.pages[0].size
