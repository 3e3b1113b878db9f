"""Which samples of an OpenEXR file stand where in a frame: channels by name, windows by what is shown.

A frame holds the channels of all parts. The channels of the picture come first, as R, G, B (or Y) and A; the rest
follows by name. Several files are laid out alike where they hold the same channels, in whatever order, type, part and
data window: a half channel becomes float where it is float in another file, and smaller data windows are surrounded
with zeros, which is what OpenEXR says of pixels outside them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from midframe.errors import SequenceError
from midframe.media.channel_names import alpha_of, layers_of, split_name
from midframe.media.channels import channel_use
from midframe.media.images.exr.header import ExrChannel, ExrHeader, Window
from midframe.types import Alpha, ChannelLabel, FrameFormat

TYPES = ("float16", "float32", "uint32")


@dataclass(frozen=True)
class LaidOutChannel:
    """A channel of a frame.

    Attributes:
        label: Its name in the frame.
        part: Number of the part that holds it.
        stored: How the part holds it.
    """

    label: ChannelLabel
    part: int
    stored: ExrChannel


@dataclass(frozen=True)
class ExrLayout:
    """The layout of a file, or of several alike.

    Attributes:
        channels: In the order of frames.
        extent: What frames cover, counted from the left top corner of what is shown.
        shown: Width and height of what is shown.
    """

    channels: tuple[LaidOutChannel, ...]
    extent: Window
    shown: tuple[int, int]

    @staticmethod
    def of(header: ExrHeader) -> ExrLayout:
        """The layout of one file; deep parts are left out."""
        flat = [(number, part) for number, part in enumerate(header.parts) if not part.deep]
        names = [(number, part.name, channel) for number, part in flat for channel in part.channels]
        plain = Counter(channel.name for _, _, channel in names)
        clash = any(count > 1 for count in plain.values())
        found = []
        for number, part, channel in names:
            name = channel.name
            if clash and not name.startswith(f"{part}."):
                name = f"{part}.{name}"
            layers = header.parts[number].id_layers
            is_id = channel.dtype == "uint32" or any(
                re.match(rf"{re.escape(layer)}\d*\.", channel.name) for layer in layers
            )
            found.append(LaidOutChannel(ChannelLabel(name, "id" if is_id else None), number, channel))
        if len({channel.label.name for channel in found}) < len(found):
            found = [
                replace(each, label=replace(each.label, name=f"part{each.part}.{each.stored.name}")) for each in found
            ]
        display = flat[0][1].display_window
        return ExrLayout(
            _in_frame_order(found),
            _hull([part.shown_window for _, part in flat]),
            (display[2] - display[0] + 1, display[3] - display[1] + 1),
        )

    @property
    def format(self) -> FrameFormat:
        """The format of frames. Integers beyond 2^24 need float64."""
        left, top, right, bottom = self.extent
        labels = tuple(channel.label for channel in self.channels)
        types = {channel.stored.dtype for channel in self.channels}
        dtype = "float64" if "uint32" in types else ("float32" if "float32" in types else "float16")
        alpha = _alpha(labels)
        return FrameFormat(
            right - left + 1,
            bottom - top + 1,
            len(labels),
            np.dtype(dtype),
            None if alpha is None else Alpha(alpha, premultiplied=True),
            "linear",
            labels=labels,
        )

    @property
    def is_sampled(self) -> bool:
        """Whether channels have fewer samples than there are pixels."""
        return any(channel.stored.sampling != (1, 1) for channel in self.channels)

    def difference(self, other: ExrLayout) -> str | None:
        """What keeps a file from being laid out like this one, in words; None if nothing does."""
        own, others = ({channel.label.name: channel for channel in layout.channels} for layout in (self, other))
        missing, more = own.keys() - others.keys(), others.keys() - own.keys()
        if missing or more:
            words = [f"without {_listed(missing)}"] if missing else []
            words += [f"with {_listed(more)}"] if more else []
            return f"has different channels, {' and '.join(words)}"
        for name, channel in own.items():
            stored, theirs = channel.stored, others[name].stored
            if stored.sampling != theirs.sampling:
                return f"has a different resolution in the channel {name}"
            if (stored.dtype == "uint32") != (theirs.dtype == "uint32"):
                return f"has {theirs.dtype} samples in the channel {name} instead of {stored.dtype}"
        if self.shown != other.shown:
            return f"shows {other.shown[0]}×{other.shown[1]} pixels instead of {self.shown[0]}×{self.shown[1]}"
        if self.is_sampled and self.extent != other.extent:
            return "has a different data window, and channels of lower resolution"
        return None


@dataclass(frozen=True)
class CommonLayout:
    """The layout of several files, and what differs between them.

    Attributes:
        layout: Of all of them.
        notes: Sentences for the user.
    """

    layout: ExrLayout
    notes: tuple[str, ...]


def common_layout(layouts: Sequence[ExrLayout]) -> CommonLayout:
    """The layout of several files. Those that differ too much from most of the others are left out of it.

    Args:
        layouts: Of each file; at least one.
    """
    names = [tuple(sorted(channel.label.name for channel in layout.channels)) for layout in layouts]
    usual = Counter(names).most_common(1)[0][0]
    model = layouts[names.index(usual)]
    alike = [layout for layout in layouts if model.difference(layout) is None]
    types = [{channel.label.name: TYPES.index(channel.stored.dtype) for channel in layout.channels} for layout in alike]
    widest = {name: TYPES[max(each[name] for each in types)] for name in types[0]}
    channels = tuple(
        replace(channel, stored=replace(channel.stored, dtype=widest[channel.label.name])) for channel in model.channels
    )
    notes = []
    promoted = [name for name in widest if any(each[name] != types[0][name] for each in types)]
    if promoted:
        notes.append(f"{_listed(promoted)}: half in some frames and float in others; interpolated frames have float.")
    extent = _hull([layout.extent for layout in alike])
    if any(layout.extent != extent for layout in alike):
        notes.append(
            f"The data windows differ between frames; they are aligned by their position, on "
            f"{extent[2] - extent[0] + 1}×{extent[3] - extent[1] + 1} pixels."
        )
    return CommonLayout(ExrLayout(channels, extent, model.shown), tuple(notes))


def require_alike(path: Path, layout: ExrLayout, common: ExrLayout) -> None:
    """Refuse a file that does not fit a common layout.

    Raises:
        SequenceError: It does not; the message says what differs.
    """
    difference = common.difference(layout)
    if difference is not None:
        raise SequenceError(
            f"{path} {difference} than the other frames do. All frames of a sequence must have the same channels and "
            "size; write them again, or choose the frames with a pattern.",
            path=path,
        )


def _in_frame_order(channels: Sequence[LaidOutChannel]) -> tuple[LaidOutChannel, ...]:
    """The picture first, then its alpha, then the rest by name."""
    by_name = sorted(channels, key=lambda channel: channel.label.name)
    labels = tuple(channel.label for channel in by_name)
    view = channel_use(FrameFormat(1, 1, len(labels), np.dtype("float32"), labels=labels)).view
    first = list(view) if len({split_name(labels[number].name)[0] for number in view}) == 1 and len(view) <= 3 else []
    alpha = _alpha(labels)
    if first and alpha is not None:
        first.append(alpha)
    return tuple(by_name[number] for number in (*first, *(set(range(len(labels))) - set(first))))


def _alpha(labels: tuple[ChannelLabel, ...]) -> int | None:
    """The alpha of the picture: that of its layer, else the one that no layer has."""
    names = [label.name for label in labels]
    view = channel_use(FrameFormat(1, 1, len(labels), np.dtype("float32"), labels=labels)).view
    layers = layers_of(names)
    for layer in (split_name(names[view[0]])[0], ""):
        alpha = alpha_of(layers.get(layer, {}))
        if alpha is not None and alpha not in view and labels[alpha].kind is None:
            return alpha
    return None


def _hull(windows: Sequence[Window]) -> Window:
    lefts, tops, rights, bottoms = zip(*windows, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _listed(names: Sequence[str] | set[str]) -> str:
    several = sorted(names)
    return ", ".join(several[:6]) + (f" and {len(several) - 6} more" if len(several) > 6 else "")
