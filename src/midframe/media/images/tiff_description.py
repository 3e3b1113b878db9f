"""The ImageDescription of stacks, which states for ImageJ and OME readers what the pages are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

from tifffile import OmeXml, TiffFile

IMAGEJ_VERSION = "1.54f"
IMAGEJ_CARRIED = ("unit", "yunit", "zunit", "mode", "min", "max", "xorigin", "yorigin")
IMAGEJ_COUNTS = {"T": "frames", "Z": "slices"}
IMAGEJ_STEPS = {"T": "finterval", "Z": "spacing"}
OME_STEPS = {"T": "TimeIncrement", "Z": "PhysicalSizeZ"}
OME_CARRIED = tuple(
    f"{length}{part}"
    for length in ("PhysicalSizeX", "PhysicalSizeY", "PhysicalSizeZ", "TimeIncrement")
    for part in ("", "Unit")
)


@dataclass(frozen=True)
class StackDescription:
    """What the source's description says, as far as it is true for the output as well.

    Attributes:
        kind: "imagej", "ome" or "plain".
        frame_axis: Letter of the axis that is interpolated.
        values: Calibration, by the description's own keys.
    """

    kind: str
    frame_axis: str
    values: tuple[tuple[str, Any], ...] = ()

    @staticmethod
    def of(file: TiffFile, frame_axis: str) -> StackDescription:
        """Read it; a description that cannot be parsed counts as none."""
        if file.is_imagej:
            metadata = file.imagej_metadata or {}
            keys = (*IMAGEJ_CARRIED, *IMAGEJ_STEPS.values(), "fps")
            return StackDescription(
                "imagej", frame_axis, tuple((key, metadata[key]) for key in keys if key in metadata)
            )
        if file.is_ome:
            return StackDescription("ome", frame_axis, _ome_values(file.ome_metadata))
        return StackDescription("plain", frame_axis)

    def text(self, frames: int, channels: int, shape: tuple[int, int], dtype: str, step: Fraction) -> str | None:
        """The description for an output stack.

        Args:
            frames: Frames of the output.
            channels: Pages a frame.
            shape: Height and width.
            dtype: Name of the sample type.
            step: Distance of output frames relative to that of source frames.
        """
        if self.kind == "imagej":
            return self._imagej(frames, channels, step)
        if self.kind == "ome":
            return self._ome(frames, channels, shape, dtype, step)
        return None

    def _imagej(self, frames: int, channels: int, step: Fraction) -> str:
        values = dict(self.values)
        own_step = IMAGEJ_STEPS.get(self.frame_axis)
        if own_step in values:
            values[own_step] = float(values[own_step]) * float(step)
        if self.frame_axis == "T" and "fps" in values:
            values["fps"] = float(values["fps"]) / float(step)
        lines = {"ImageJ": IMAGEJ_VERSION, "images": frames * channels}
        if channels > 1:
            lines["channels"] = channels
        lines[IMAGEJ_COUNTS.get(self.frame_axis, "slices")] = frames
        lines["hyperstack"] = "true" if channels > 1 or self.frame_axis == "T" else "false"
        return "".join(f"{key}={value}\n" for key, value in {**lines, **values}.items())

    def _ome(self, frames: int, channels: int, shape: tuple[int, int], dtype: str, step: Fraction) -> str:
        values = dict(self.values)
        own_step = OME_STEPS.get(self.frame_axis)
        if own_step in values:
            values[own_step] = float(values[own_step]) * float(step)
        axis = self.frame_axis if self.frame_axis in OME_STEPS else "T"
        sizes = (frames, channels, *shape) if channels > 1 else (frames, *shape)
        axes = f"{axis}CYX" if channels > 1 else f"{axis}YX"
        xml = OmeXml()
        xml.addimage(dtype, sizes, (frames * channels, 1, 1, *shape, 1), axes=axes, **values)
        return str(xml.tostring())


def _ome_values(text: str | None) -> tuple[tuple[str, Any], ...]:
    try:
        root = ET.fromstring(text or "")  # noqa: S314
    except ET.ParseError:
        return ()
    pixels = next((element for element in root.iter() if element.tag.endswith("}Pixels")), None)
    if pixels is None:
        return ()
    return tuple((key, pixels.attrib[key]) for key in OME_CARRIED if key in pixels.attrib)


@dataclass(frozen=True)
class StackProperties:
    """What an output stack takes over from the stack that it is made from.

    Attributes:
        channel_pages: Pages that make up one frame; 1 where channels lie within pages.
        big: Whether the file is BigTIFF.
        description: Its description.
    """

    channel_pages: int
    big: bool
    description: StackDescription
