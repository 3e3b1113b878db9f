"""What each channel of a frame is used for. The one place that decides it.

Some channels are in the view, and so steer the motion of all; and each has a rule by which its samples are
interpolated. Both follow from the names that a file gives its channels, and from what the caller says instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, get_args

from midframe.errors import OptionError
from midframe.media.channel_names import (
    COMPONENTS,
    LUMINANCE,
    alpha_of,
    beauty_rank,
    colour_of,
    eye_of,
    kinds_of,
    layers_of,
    split_name,
)
from midframe.types import ChannelKind, FrameFormat
from midframe.wording import enumerated

ChannelRule = Literal["blend", "nearest", "copy"]
"""How the samples of a channel are interpolated. "blend": both frames are warped and mixed. "nearest": the sample that
the flow points to, from the frame that agrees better; never a value that is in neither frame. "copy": the sample at the
same place in the frame that is nearer in time."""

ChannelRules = Mapping[str, str] | Mapping[int, str] | Sequence[str]
"""Rules as callers write them: patterns of names (or numbers) and rules, or texts such as "Z=nearest"."""

DEFAULT_RULES: Mapping[ChannelKind, ChannelRule] = {
    "colour": "blend",
    "alpha": "blend",
    "id": "nearest",
    "depth": "nearest",
    "vector": "nearest",
    "data": "blend",
}
"""The rule of each kind of channel. What is not light is not blended: the mean of two IDs is a third one."""

MOST_NAMED = 6
"""Largest number of channels that a sentence names one by one."""


@dataclass(frozen=True)
class ChannelUse:
    """What each channel of a format is used for.

    Attributes:
        view: Numbers of the channels that the network sees, in the order of R, G, B.
        rules: The rule of each channel.
        is_light: Whether the channels of the view hold light or coverage, and not distances or directions.
    """

    view: tuple[int, ...]
    rules: tuple[ChannelRule, ...]
    is_light: bool = True

    @property
    def blended(self) -> tuple[int, ...]:
        """Numbers of the channels that are warped and mixed."""
        return tuple(number for number, rule in enumerate(self.rules) if rule == "blend")

    @property
    def kept(self) -> tuple[int, ...]:
        """Numbers of the channels whose samples are taken over as they are: all others."""
        return tuple(number for number, rule in enumerate(self.rules) if rule != "blend")

    @property
    def all_blended(self) -> ChannelUse:
        """The same view, with all channels blended: where nothing but views is looked at."""
        blend: ChannelRule = "blend"
        return replace(self, rules=(blend,) * len(self.rules))


@dataclass(frozen=True)
class ChannelOptions:
    """What a caller says about channels, instead of what their names do.

    Attributes:
        rules: Patterns of names, layers or components (of numbers, where channels have no names) and rules; the last
            that fits counts.
        steer: A layer, a pattern of names, or several between commas: what the view is made of. None for the default.
    """

    rules: tuple[tuple[str, ChannelRule], ...] = ()
    steer: str | None = None


def parse_channel_rules(given: ChannelRules) -> tuple[tuple[str, ChannelRule], ...]:
    """Rules as the rest of the package takes them.

    Raises:
        OptionError: A rule that does not exist, or a text without one.
    """
    if isinstance(given, Mapping):
        pairs = [(str(pattern), rule) for pattern, rule in given.items()]
    else:
        pairs = []
        for text in [given] if isinstance(given, str) else given:
            pattern, separator, rule = str(text).rpartition("=")
            if not separator:
                raise OptionError(
                    f"A channel rule must be a name and a rule, such as 'Z=nearest', not {text!r}.",
                    option="channel_rules",
                )
            pairs.append((pattern, rule))
    rules: list[tuple[str, ChannelRule]] = []
    for pattern, rule in pairs:
        known = next((choice for choice in get_args(ChannelRule) if choice == rule), None)
        if known is None or not pattern:
            raise OptionError(
                f"The rule of a channel must be one of {', '.join(get_args(ChannelRule))}, not {rule!r} for "
                f"{pattern!r}.",
                option="channel_rules",
            )
        rules.append((pattern, known))
    return tuple(rules)


@lru_cache(maxsize=64)
def channel_use(frame_format: FrameFormat, options: ChannelOptions = ChannelOptions()) -> ChannelUse:
    """What each channel of a format is used for.

    Args:
        frame_format: Its labels decide. Without labels, all channels but alpha are in the view, and all are blended.
        options: What is said instead.

    Raises:
        OptionError: A pattern that matches no channel, or a video of which not all is to be seen.
    """
    if options.steer is not None and frame_format.coding is not None:
        raise OptionError("`steer` is for pictures: motion in videos is estimated on all colours.", option="steer")
    names = frame_format.channel_names
    kinds = kinds_of(frame_format.labels)
    rules = [DEFAULT_RULES[kind] for kind in kinds] or ["blend"] * frame_format.channels
    for pattern, rule in options.rules:
        for number in _matching(pattern, names, "channel_rules")[0]:
            rules[number] = rule
    view = _default_view(frame_format, kinds) if options.steer is None else _steering(options.steer, names, kinds)
    is_light = not kinds or any(kinds[number] in ("colour", "alpha", "data") for number in view)
    return ChannelUse(view, tuple(rules), is_light)


def alpha_groups(frame_format: FrameFormat) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Alpha channels, and the numbers of the channels that each is the coverage of.

    Without labels, the alpha is that of all other channels; with labels, each layer's alpha is that of its colours.
    """
    if frame_format.alpha is None:
        return ()
    own = frame_format.alpha.channel
    if not frame_format.labels:
        return ((own, tuple(number for number in range(frame_format.channels) if number != own)),)
    kinds = kinds_of(frame_format.labels)
    groups = []
    for components in layers_of(frame_format.channel_names).values():
        alpha = alpha_of(components)
        if own in components.values():
            alpha = own
        if alpha is not None:
            colours = tuple(number for number in components.values() if kinds[number] == "colour")
            groups.append((alpha, colours))
    return tuple(groups)


def describe_use(frame_format: FrameFormat, use: ChannelUse) -> tuple[str, ...]:
    """Sentences about what is not plain: channels outside the view, and channels that are not blended."""
    sentences = []
    names = frame_format.channel_names
    others = frame_format.channels - len(use.view) - (frame_format.alpha is not None)
    if others > 0 and frame_format.coding is None:
        sentences.append(f"Motion is estimated on {listed(names, use.view)}, of {frame_format.channels} channels.")
    eyes = dict.fromkeys(eye_of(split_name(name)[0]) for name in names) if frame_format.labels else {}
    if {"left", "right"} <= eyes.keys():
        seen = eye_of(split_name(names[use.view[0]])[0]) or "one"
        sentences.append(
            f"Both eyes follow the motion of {seen}; to give each its own motion, interpolate them as separate files."
        )
    for rule, words in (
        ("nearest", "taken from the more reliable frame along the motion, not blended"),
        ("copy", "copied from the frame nearer in time"),
    ):
        numbers = [number for number, each in enumerate(use.rules) if each == rule]
        if numbers:
            verb = "is" if len(numbers) == 1 else "are"
            subject = listed(names, numbers)
            if not frame_format.labels:
                subject = subject.capitalize()
            sentences.append(f"{subject} {verb} {words} (`channel_rules`).")
    return tuple(sentences)


def listed(names: Sequence[str], numbers: Sequence[int]) -> str:
    """Channels in words: by name, or by number where they have none; whole layers where there are many."""
    chosen = [names[number] for number in numbers]
    if all(name.isdigit() for name in chosen):
        return f"channel{'' if len(chosen) == 1 else 's'} {_enumerated(chosen)}"
    if len(chosen) > MOST_NAMED:
        layers = dict.fromkeys(split_name(name)[0] for name in chosen)
        by_layer = [[name for name in chosen if split_name(name)[0] == layer] for layer in layers]
        chosen = [group[0] if len(group) == 1 else f"{split_name(group[0])[0]}.*".lstrip(".") for group in by_layer]
    return _enumerated(chosen)


def _enumerated(words: Sequence[str]) -> str:
    if len(words) > 2 * MOST_NAMED:
        words = [*words[: 2 * MOST_NAMED - 1], f"{len(words) - 2 * MOST_NAMED + 1} more"]
    return enumerated(words)


def _default_view(frame_format: FrameFormat, kinds: Sequence[ChannelKind]) -> tuple[int, ...]:
    """R, G, B, else Y, else the layer that holds the whole picture, else all light, else a matte, else all."""
    if not kinds:
        hidden = frame_format.alpha.channel if frame_format.alpha else None
        return tuple(number for number in range(frame_format.channels) if number != hidden) or (0,)
    layers = layers_of(frame_format.channel_names)
    candidates = []
    for order, (layer, components) in enumerate(layers.items()):
        rank = beauty_rank(layer)
        seen = _seen_of(components, kinds)
        if rank is not None and seen:
            candidates.append((rank, len(seen) == 1, order, seen))
    if candidates:
        return min(candidates)[-1]
    light = [number for number, kind in enumerate(kinds) if kind == "colour"]
    if light:
        # By layer and in the order of R, G, B, so that the groups of a view hold one colour each.
        by_place = {number: COMPONENTS.get(name, 3) for each in layers.values() for name, number in each.items()}
        order_of = {number: order for order, each in enumerate(layers.values()) for number in each.values()}
        return tuple(sorted(light, key=lambda number: (order_of[number], by_place[number])))
    for wanted in ("alpha", "data"):
        found = tuple(number for number, kind in enumerate(kinds) if kind == wanted)
        if found:
            return found
    shapes = tuple(number for number, kind in enumerate(kinds) if kind in ("depth", "vector"))
    return shapes or tuple(range(len(kinds)))


def _seen_of(components: dict[str, int], kinds: Sequence[ChannelKind]) -> tuple[int, ...] | None:
    """The colour of a layer, else its luminance."""
    colour = colour_of(components)
    if colour is not None and all(kinds[number] == "colour" for number in colour):
        return colour
    luminance = components.get(LUMINANCE)
    return (luminance,) if luminance is not None and kinds[luminance] == "colour" else None


def _steering(steer: str, names: Sequence[str], kinds: Sequence[ChannelKind]) -> tuple[int, ...]:
    """The channels that a caller names: whole layers, or patterns of channels."""
    layers = layers_of(names)
    chosen: list[int] = []
    for part in filter(None, (part.strip() for part in steer.split(","))):
        numbers, are_layers = _matching(part, names, "steer")
        if are_layers:
            for layer in dict.fromkeys(split_name(names[number])[0] for number in numbers):
                chosen += _seen_of(layers[layer], kinds) or layers[layer].values()
        else:
            chosen += numbers
    if not chosen:
        raise OptionError("`steer` names a layer or channels, such as 'beauty' or 'R,G,B'.", option="steer")
    return tuple(dict.fromkeys(chosen))


def _matching(pattern: str, names: Sequence[str], option: str) -> tuple[list[int], bool]:
    """The channels that a pattern fits, and whether it names layers.

    It is a pattern of whole names; where none fits, of layers, then of components, then of the last parts of layers.
    """
    split = [split_name(name) for name in names]
    for texts, are_layers in (
        (names, False),
        ([layer for layer, _ in split], True),
        ([component for _, component in split], False),
        ([layer.rpartition(".")[2] for layer, _ in split], True),
    ):
        found = [number for number, text in enumerate(texts) if text and fnmatchcase(text, pattern)]
        if found:
            return found, are_layers
    raise OptionError(
        f"No channel is called {pattern!r} (`{option}`); there {'are' if len(names) > 1 else 'is'} "
        f"{listed(names, range(len(names)))}.",
        option=option,
    )
