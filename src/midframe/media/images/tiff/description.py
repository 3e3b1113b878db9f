"""The ImageDescription of stacks, which states for ImageJ and OME readers what the pages are, and ImageJ's own tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from tifffile import TiffFile, imagej_metadata_tag

from midframe.media.images.tiff.ome_xml import count_images, is_part_of_set, single_xml, stack_xml
from midframe.media.images.tiff.pages import TagEntry
from midframe.media.images.tiff.stack_positions import StackPositions

IMAGEJ_VERSION = "1.54f"
IMAGEJ_CARRIED = (
    *("unit", "yunit", "zunit", "tunit", "vunit", "cf", "c0", "c1"),
    *("mode", "loop", "min", "max", "xorigin", "yorigin", "zorigin"),
)
IMAGEJ_BINARY = ("Info", "Ranges", "LUTs", "ROI", "Properties")
"""What ImageJ keeps in tags of its own and holds for every stack; labels of slices are treated apart."""

IMAGEJ_COUNTS = {"T": "frames", "Z": "slices"}
IMAGEJ_STEPS = {"T": "finterval", "Z": "spacing"}


@dataclass(frozen=True)
class StackDescription:
    """What the source's description says, as far as it is true for the output as well.

    Attributes:
        kind: "imagej", "ome" or "plain".
        frame_axis: Letter of the axis that is interpolated.
        values: Calibration, by the description's own keys.
        binary: What ImageJ keeps in tags of its own, by tifffile's names.
        labels: ImageJ's labels of the source's pages.
        xml: OME's document.
        frames: Frames of the source.
        first: Number of the source frame that output frame 0 is.
        left_out: What the source says and the output will not, in words.
    """

    kind: str
    frame_axis: str
    values: tuple[tuple[str, Any], ...] = ()
    binary: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)
    labels: tuple[str, ...] = ()
    xml: str | None = field(default=None, repr=False)
    frames: int = 0
    first: int = 0
    left_out: tuple[str, ...] = ()

    @staticmethod
    def of(file: TiffFile, frame_axis: str, frames: int = 1) -> StackDescription:
        """Read it; a description that cannot be parsed counts as none."""
        if file.is_imagej:
            metadata = file.imagej_metadata or {}
            keys = (*IMAGEJ_CARRIED, *IMAGEJ_STEPS.values(), "fps")
            labels = metadata.get("Labels", ())
            return StackDescription(
                "imagej",
                frame_axis,
                tuple((key, metadata[key]) for key in keys if key in metadata),
                MappingProxyType({key: metadata[key] for key in IMAGEJ_BINARY if metadata.get(key) is not None}),
                tuple(map(str, [labels] if isinstance(labels, str) else labels)),
                frames=frames,
                left_out=("ImageJ's overlays",) if metadata.get("Overlays") is not None else (),
            )
        if file.is_ome:
            several = count_images(file.ome_metadata) > 1
            return StackDescription(
                "ome",
                frame_axis,
                xml=file.ome_metadata,
                frames=frames,
                left_out=("all images but the first of the OME data set",) if several else (),
            )
        return StackDescription("plain", frame_axis, frames=frames)

    @property
    def label(self) -> str | None:
        """What the description is called; None if there is none for programs."""
        return {"imagej": "ImageJ's description", "ome": "OME's description"}.get(self.kind)

    def starting_at(self, first: int) -> StackDescription:
        """The description for a part of the source."""
        return replace(self, first=self.first + first)

    def text(self, frames: int, channels: int, planes: int, step: Fraction) -> str | None:
        """The description for an output stack.

        Args:
            frames: Frames of the output.
            channels: Pages of each plane.
            planes: Planes of each frame.
            step: Distance of output frames relative to source frames.
        """
        if self.kind == "imagej":
            return self._imagej(frames, channels, planes, step)
        if self.kind == "ome":
            axis = self.frame_axis if self.frame_axis in "TZ" else "T"
            return stack_xml(self.xml, axis, frames, planes, self._positions(step))
        return None

    def tags(
        self, frames: int, channels: int, planes: int, step: Fraction, byte_order: Literal["<", ">"]
    ) -> tuple[TagEntry, ...]:
        """Tags of the first page of an output stack; see `text`.

        A label of an interpolated page is that of the page before, and how far after it the page lies.
        """
        values = dict(self.binary)
        if self.labels:
            positions = self._positions(step)
            pages = channels * planes
            labels = []
            for frame in range(frames):
                source, share = positions.at(frame)
                own = self.labels[source * pages : (source + 1) * pages]
                own += ("",) * (pages - len(own))
                labels += [f"{label} + {share}" if share and label else label for label in own]
            values["Labels"] = labels
        return tuple(imagej_metadata_tag(values, byte_order)) if values else ()

    def _positions(self, step: Fraction) -> StackPositions:
        return StackPositions(self.frames, self.first, step)

    def _imagej(self, frames: int, channels: int, planes: int, step: Fraction) -> str:
        values = dict(self.values)
        own_step = IMAGEJ_STEPS.get(self.frame_axis)
        if own_step in values:
            values[own_step] = float(values[own_step]) * float(step)
        if self.frame_axis == "T" and "fps" in values:
            values["fps"] = float(values["fps"]) / float(step)
        lines: dict[str, object] = {"ImageJ": IMAGEJ_VERSION, "images": frames * channels * planes}
        if channels > 1:
            lines["channels"] = channels
        if planes > 1:
            lines["slices"] = planes
        lines[IMAGEJ_COUNTS.get(self.frame_axis, "slices")] = frames
        lines["hyperstack"] = channels > 1 or self.frame_axis == "T"
        return "".join(f"{key}={_imagej_value(value)}\n" for key, value in {**lines, **values}.items())


def single_description(file: TiffFile, name: str) -> tuple[str | None, tuple[TagEntry, ...], bool]:
    """What programs read from a file with one image.

    Args:
        file: The file.
        name: Its name.

    Returns:
        The description for a frame like it, None where it has none for programs; ImageJ's own tags; and whether the
        file's own description holds for others than itself, so that a copy of the file would be wrong.
    """
    if file.is_ome:
        return single_xml(file.ome_metadata), (), is_part_of_set(file.ome_metadata, name)
    if file.is_imagej:
        description = StackDescription.of(file, "Z")
        return description.text(1, 1, 1, Fraction(1)), description.tags(1, 1, 1, Fraction(1), file.byteorder), False
    return None, (), False


def _imagej_value(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


@dataclass(frozen=True)
class StackProperties:
    """What an output stack takes over from the stack that it is made from.

    Attributes:
        channel_pages: Pages that make up one plane of a frame; 1 where channels lie within pages.
        big: Whether the file is BigTIFF.
        description: Its description.
    """

    channel_pages: int
    big: bool
    description: StackDescription
