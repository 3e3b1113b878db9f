"""OME's document for a stack with other frames."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

from midframe.media.images.tiff.ome_xml import (
    count_images,
    files_of_set,
    is_part_of_set,
    names_outside,
    single_xml,
    stack_xml,
)
from midframe.media.images.tiff.stack_positions import StackPositions

SPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


def document(planes: str = "", data: str = "", more: str = "") -> str:
    return (
        f'<OME xmlns="{SPACE}" UUID="urn:uuid:1"><Instrument ID="Instrument:0"/><Image ID="Image:0" Name="cells">'
        '<Pixels ID="Pixels:0" DimensionOrder="XYZTC" Type="uint16" SizeX="4" SizeY="3" SizeZ="1" SizeC="2" SizeT="2" '
        'TimeIncrement="0.5"><Channel ID="Channel:0:0" Name="DAPI" Color="-1" SamplesPerPixel="1"/>'
        f'<Channel ID="Channel:0:1" Name="GFP" SamplesPerPixel="1"/>{data}{planes}</Pixels></Image>{more}</OME>'
    )


def plane(time: int, channel: int, delta: float) -> str:
    return f'<Plane TheZ="0" TheT="{time}" TheC="{channel}" DeltaT="{delta}" ExposureTime="0.1"/>'


def test_channels_and_instruments_stay_and_planes_lie_between() -> None:
    planes = "".join(plane(time, channel, time + channel / 10) for time in (0, 1) for channel in (0, 1))
    text = stack_xml(document(planes), "T", 3, 1, StackPositions(2, 0, Fraction(1, 2)))
    assert text is not None
    root = ET.fromstring(text.encode())
    assert "UUID" not in root.attrib
    assert root.find(f"{{{SPACE}}}Instrument") is not None
    pixels = next(root.iter(f"{{{SPACE}}}Pixels"))
    assert (pixels.get("SizeT"), pixels.get("TimeIncrement"), pixels.get("DimensionOrder")) == ("3", "0.25", "XYCZT")
    assert [each.get("Name") for each in pixels.iter(f"{{{SPACE}}}Channel")] == ["DAPI", "GFP"]
    made = [(each.get("TheT"), each.get("TheC"), each.get("DeltaT")) for each in pixels.iter(f"{{{SPACE}}}Plane")]
    assert made == [
        ("0", "0", "0.0"),
        ("0", "1", "0.1"),
        ("1", "0", "0.5"),
        ("1", "1", "0.6000000000000001"),
        ("2", "0", "1.0"),
        ("2", "1", "1.1"),
    ]


def test_sets_of_files() -> None:
    data = "".join(f'<TiffData IFD="0"><UUID FileName="{name}">u</UUID></TiffData>' for name in ("a.tif", "b.tif"))
    text = document(data=data)
    assert files_of_set(text) == ("a.tif", "b.tif")
    assert is_part_of_set(text, "a.tif")
    alone = single_xml(text)
    assert files_of_set(alone) == ()
    assert not is_part_of_set(alone, "a.tif")


def test_names_that_lead_out_of_the_folder() -> None:
    names = ("a.tif", "../b.tif", "/c.tif", "sub/d.tif", "..\\e.tif", "C:f.tif", "..")
    data = "".join(f'<TiffData IFD="0"><UUID FileName="{name}">u</UUID></TiffData>' for name in names)
    assert names_outside(document(data=data)) == names[1:-1]
    assert names_outside(None) == ()


def test_only_the_first_image_stays() -> None:
    text = document(more='<Image ID="Image:1"><Pixels/></Image>')
    assert count_images(text) == 2
    assert count_images(single_xml(text)) == 1


def test_no_document() -> None:
    assert stack_xml("<not xml", "T", 1, 1, StackPositions(1, 0, Fraction(1))) is None
    assert stack_xml(None, "T", 1, 1, StackPositions(1, 0, Fraction(1))) is None
    assert files_of_set("") == ()


def test_positions_end_with_the_last_frame() -> None:
    positions = StackPositions(3, 1, Fraction(1, 2))
    assert [positions.at(number) for number in range(4)] == [
        (1, Fraction(0)),
        (1, Fraction(1, 2)),
        (2, Fraction(0)),
        (2, Fraction(0)),
    ]
