"""The XML of OME-TIFF: which files belong together, and what it says of a stack with other frames."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from pathlib import PurePath, PureWindowsPath
from xml.etree import ElementTree as ET

from midframe.media.images.tiff.stack_positions import StackPositions

STEPS = {"T": "TimeIncrement", "Z": "PhysicalSizeZ"}
BETWEEN = ("DeltaT", "PositionX", "PositionY", "PositionZ")
"""Numbers of a plane that lie between those of its neighbours, where it does."""

REPLACED = ("TiffData", "Plane", "BinData", "MetadataOnly")
"""Elements that say where pixels are, and what each plane is."""

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def parse_ome(text: str | None) -> ET.Element | None:
    """The document; None if there is none, or it is damaged."""
    try:
        return ET.fromstring(text or "")  # noqa: S314
    except ET.ParseError:
        return None


def files_of_set(text: str | None) -> tuple[str, ...]:
    """Names of the files that the first image lies in, in order; empty where the document names none."""
    root = parse_ome(text)
    image = None if root is None else _first(root, "Image")
    if image is None:
        return ()
    named = [element.get("FileName") for element in image.iter() if _local(element) == "UUID"]
    return tuple(dict.fromkeys(name for name in named if name))


def names_outside(text: str | None) -> tuple[str, ...]:
    """Names of files, of all images, that do not lie in the folder of the document: those are never opened."""
    root = parse_ome(text)
    named = [] if root is None else [each.get("FileName") for each in root.iter() if _local(each) == "UUID"]
    # Windows has all separators.
    return tuple(dict.fromkeys(name for name in named if name and PureWindowsPath(name).name != name))


def count_images(text: str | None) -> int:
    """How many images the document describes."""
    root = parse_ome(text)
    return 0 if root is None else sum(_local(element) == "Image" for element in root)


def is_part_of_set(text: str | None, name: str) -> bool:
    """Whether a file of this name holds only part of what its document describes."""
    return any(PurePath(other).name != name for other in files_of_set(text))


def stack_xml(text: str | None, axis: str, frames: int, planes: int, positions: StackPositions) -> str | None:
    """The document of a stack with other frames: everything that still holds, and planes for every page.

    Args:
        text: The source's document.
        axis: "T" or "Z": what the frames are.
        frames: Frames of the output.
        planes: Depths of each frame.
        positions: Where its frames stand in the source.

    Returns:
        None where the source's document cannot be read.
    """
    root = parse_ome(text)
    pixels = None if root is None else _first(root, "Pixels")
    if root is None or pixels is None:
        return None
    namespace = root.tag.partition("}")[0].lstrip("{")
    ET.register_namespace("", namespace)
    root.attrib.pop("UUID", None)
    for image in [element for element in root if _local(element) == "Image"][1:]:
        root.remove(image)
    step = STEPS[axis]
    if step in pixels.attrib:
        pixels.set(step, repr(float(pixels.attrib[step]) * float(positions.step)))
    channels = int(pixels.get("SizeC", "1"))
    samples = sum(int(element.get("SamplesPerPixel", "1")) for element in pixels if _local(element) == "Channel")
    pages = channels if samples == sum(_local(element) == "Channel" for element in pixels) else 1
    known = {_place(element): element for element in pixels if _local(element) == "Plane"}
    for element in [element for element in pixels if _local(element) in REPLACED]:
        pixels.remove(element)
    pixels.set("DimensionOrder", "XYCZT")
    pixels.set("SizeT", str(frames if axis == "T" else planes))
    pixels.set("SizeZ", str(frames if axis == "Z" else planes))
    data = ET.Element(f"{{{namespace}}}TiffData", {"IFD": "0", "PlaneCount": str(frames * planes * pages)})
    place = next(
        (number + 1 for number, element in reversed(list(enumerate(pixels))) if _local(element) == "Channel"), 0
    )
    made = [data, *_planes(known, axis, frames, planes, pages, positions)]
    for number, element in enumerate(made):
        pixels.insert(place + number, element)
    return HEAD + ET.tostring(root, encoding="unicode")


def single_xml(text: str | None) -> str | None:
    """The document of one file with one image: it belongs to no set, and has no time or depth."""
    return stack_xml(text, "T", 1, 1, StackPositions(1, 0, Fraction(1)))


def _planes(
    known: dict[tuple[int, int, int], ET.Element],
    axis: str,
    frames: int,
    planes: int,
    pages: int,
    positions: StackPositions,
) -> list[ET.Element]:
    if not known:
        return []
    made = []
    for frame in range(frames):
        source, share = positions.at(frame)
        for depth in range(planes):
            for channel in range(pages):
                places = [
                    (number, depth, channel) if axis == "T" else (depth, number, channel)
                    for number in (source, source + 1)
                ]
                if places[0] not in known:
                    continue
                plane = _between(known[places[0]], known.get(places[1]), float(share))
                time, height = (frame, depth) if axis == "T" else (depth, frame)
                plane.attrib.update(TheT=str(time), TheZ=str(height), TheC=str(channel))
                made.append(plane)
    return made


def _between(left: ET.Element, right: ET.Element | None, share: float) -> ET.Element:
    plane = deepcopy(left)
    for name in BETWEEN:
        if right is None or not share or name not in left.attrib or name not in right.attrib:
            continue
        plane.set(name, repr((1 - share) * float(left.attrib[name]) + share * float(right.attrib[name])))
    if share:
        for element in [element for element in plane if _local(element) == "HashSHA1"]:
            plane.remove(element)
    return plane


def _place(plane: ET.Element) -> tuple[int, int, int]:
    time, depth, channel = (int(plane.get(name, "0")) for name in ("TheT", "TheZ", "TheC"))
    return time, depth, channel


def _first(root: ET.Element, name: str) -> ET.Element | None:
    return next((element for element in root.iter() if _local(element) == name), None)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
