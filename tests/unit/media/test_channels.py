"""What channels are used for: by their names, and by what is said instead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midframe.errors import OptionError
from midframe.media.channels import (
    ChannelOptions,
    alpha_groups,
    channel_use,
    describe_use,
    parse_channel_rules,
)
from midframe.types import Alpha, ChannelLabel, FrameFormat, SampleCoding


def named(names: str, alpha: int | None = None) -> FrameFormat:
    labels = tuple(map(ChannelLabel, names.split()))
    stated = None if alpha is None else Alpha(alpha, premultiplied=True)
    return FrameFormat(4, 3, len(labels), np.dtype("float32"), stated, "linear", labels=labels)


def plain(channels: int, alpha: int | None = None) -> FrameFormat:
    stated = None if alpha is None else Alpha(alpha, premultiplied=False)
    return FrameFormat(4, 3, channels, np.dtype("uint8"), stated)


@pytest.mark.parametrize(
    ("names", "view"),
    [
        ("R G B A Z N.X N.Y N.Z", "R G B"),
        ("B G R", "R G B"),
        ("Y Z", "Y"),
        ("Y RY BY A", "Y"),
        ("A diffuse.R diffuse.G diffuse.B beauty.B beauty.G beauty.R", "beauty.R beauty.G beauty.B"),
        ("ViewLayer.Combined.R ViewLayer.Combined.G ViewLayer.Combined.B ViewLayer.Depth.Z", "ViewLayer.Combined.*"),
        ("right.R right.G right.B left.R left.G left.B", "left.R left.G left.B"),
        ("key.B key.G key.R fill.B fill.G fill.R Z", "key.R key.G key.B fill.R fill.G fill.B"),
        ("A", "A"),
        ("A Z id", "A"),
        ("mask Z", "mask"),
        ("Z", "Z"),
        ("id", "id"),
    ],
)
def test_the_view_is_what_is_seen(names: str, view: str) -> None:
    layout = named(names)
    wanted = [name for name in names.split() if name.startswith(view[:-1])] if view.endswith("*") else view.split()
    assert [layout.channel_names[number] for number in channel_use(layout).view] == wanted


def test_depth_alone_is_not_light() -> None:
    assert not channel_use(named("Z")).is_light
    assert channel_use(named("A Z")).is_light


def test_without_names_all_but_alpha_is_seen_and_all_is_blended() -> None:
    assert channel_use(plain(4, 3)).view == (0, 1, 2)
    assert channel_use(plain(5)).view == (0, 1, 2, 3, 4)
    assert channel_use(plain(1, 0)).view == (0,)
    assert channel_use(plain(4, 3)).rules == ("blend",) * 4


def test_what_is_not_light_is_not_blended() -> None:
    use = channel_use(named("R G B A Z id N.X N.Y N.Z AO.R"))
    assert use.rules == ("blend",) * 4 + ("nearest",) * 5 + ("blend",)
    assert use.kept == (4, 5, 6, 7, 8)
    assert use.blended == (0, 1, 2, 3, 9)
    assert use.all_blended.kept == ()


def test_rules_of_the_caller_count_and_the_last_of_them_most() -> None:
    rules = parse_channel_rules(["N.*=blend", "*=copy", "Z=nearest", "[RGB]=blend"])
    assert channel_use(named("R G B Z N.X"), ChannelOptions(rules)).rules == (*["blend"] * 3, "nearest", "copy")


def test_channels_without_names_have_numbers() -> None:
    assert channel_use(plain(5), ChannelOptions(parse_channel_rules({3: "nearest"}))).kept == (3,)
    assert channel_use(plain(5), ChannelOptions(steer="4, 0")).view == (4, 0)


@pytest.mark.parametrize(
    ("steer", "view"), [("diffuse", (3, 4, 5)), ("diffuse.G", (4,)), ("R,Z", (0, 6)), ("diffuse.*", (3, 4, 5))]
)
def test_the_caller_may_say_what_steers(steer: str, view: tuple[int, ...]) -> None:
    assert channel_use(named("R G B diffuse.R diffuse.G diffuse.B Z"), ChannelOptions(steer=steer)).view == view


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("View.Depth.Z", "View.Depth.Z"),
        ("*.Z", "View.Depth.Z View.Normal.Z"),
        ("View.Normal", "View.Normal.X View.Normal.Y View.Normal.Z"),
        ("Z", "View.Depth.Z View.Normal.Z"),
        ("Normal", "View.Normal.X View.Normal.Y View.Normal.Z"),
        ("Norm*", "View.Normal.X View.Normal.Y View.Normal.Z"),
        ("R", "R"),
    ],
)
def test_a_pattern_fits_names_then_layers_then_components(pattern: str, fits: str) -> None:
    layout = named("R View.Combined.R View.Depth.Z View.Normal.X View.Normal.Y View.Normal.Z")
    use = channel_use(layout, ChannelOptions((("*", "blend"), (pattern, "copy"))))
    assert [layout.channel_names[number] for number in use.kept] == fits.split()


def test_a_layer_steers_by_its_colour() -> None:
    layout = named("A.Combined.R A.Combined.G A.Combined.B A.Combined.A B.Key.B B.Key.G B.Key.R B.Key.A")
    for steer in ("B.Key", "Key"):
        assert channel_use(layout, ChannelOptions(steer=steer)).view == (6, 5, 4)


@pytest.mark.parametrize(
    "options",
    [
        ChannelOptions((("Zz", "nearest"),)),
        ChannelOptions(steer="beauty"),
        ChannelOptions(steer=" , "),
    ],
)
def test_names_that_do_not_exist_are_refused(options: ChannelOptions) -> None:
    with pytest.raises(OptionError, match=r"R, G, B and Z|such as") as raised:
        channel_use(named("R G B Z"), options)
    assert raised.value.option in ("channel_rules", "steer")


def test_a_video_is_seen_as_a_whole() -> None:
    layout = replace(plain(3), coding=SampleCoding("bt709", full_range=False, bits=8))
    assert channel_use(layout, ChannelOptions((("1", "copy"),))).kept == (1,)
    with pytest.raises(OptionError, match="all colours"):
        channel_use(layout, ChannelOptions(steer="0"))


@pytest.mark.parametrize("text", ["Z", "Z=far", "=blend", "Z=", ""])
def test_texts_that_are_no_rules_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="channel") as raised:
        parse_channel_rules([text])
    assert raised.value.option == "channel_rules"


def test_a_mapping_and_texts_say_the_same() -> None:
    assert parse_channel_rules({"a=b": "copy"}) == parse_channel_rules(["a=b=copy"]) == (("a=b", "copy"),)
    assert parse_channel_rules("Z=nearest") == (("Z", "nearest"),)


def test_alpha_is_that_of_its_layer() -> None:
    assert alpha_groups(plain(5, 1)) == ((1, (0, 2, 3, 4)),)
    assert alpha_groups(plain(3)) == ()
    layout = named("R G B A Z spec.R spec.G spec.B spec.A N.X", alpha=3)
    assert alpha_groups(layout) == ((3, (0, 1, 2)), (8, (5, 6, 7)))


def test_sentences_name_what_steers_and_what_is_not_blended() -> None:
    layout = named("R G B A Z crypto00.r crypto00.g mask")
    use = channel_use(layout, ChannelOptions((("mask", "copy"),)))
    assert describe_use(layout, use) == (
        "Motion is estimated on R, G and B, of 8 channels.",
        (
            "Z, crypto00.r and crypto00.g are taken from the more reliable frame along the motion, not blended "
            "(`channel_rules`)."
        ),
        "mask is copied from the frame nearer in time (`channel_rules`).",
    )


@pytest.mark.parametrize("layout", [plain(3), plain(4, 3), plain(5), named("R G B A", 3), named("Y")])
def test_there_is_nothing_to_say_about_plain_pictures(layout: FrameFormat) -> None:
    assert describe_use(layout, channel_use(layout)) == ()


def test_stereo_says_that_one_eye_steers() -> None:
    layout = named("left.R left.G left.B right.R right.G right.B")
    assert any("motion of left" in sentence for sentence in describe_use(layout, channel_use(layout)))
    steered = channel_use(layout, ChannelOptions(steer="right"))
    assert any("motion of right" in sentence for sentence in describe_use(layout, steered))


def test_channels_without_names_are_counted() -> None:
    use = channel_use(plain(3), ChannelOptions((("[01]", "copy"),)))
    assert describe_use(plain(3), use) == (
        "Channels 0 and 1 are copied from the frame nearer in time (`channel_rules`).",
    )


def test_many_channels_are_named_by_layer() -> None:
    layout = named("R G B " + " ".join(f"crypto0{rank}.{component}" for rank in range(3) for component in "rgba"))
    assert "crypto00.*, crypto01.* and crypto02.* are taken" in describe_use(layout, channel_use(layout))[1]
