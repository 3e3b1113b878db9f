"""What a benchmark measures, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from midframe.engines.devices import CPU, check_device_names
from midframe.engines.inventory import Inventory
from midframe.engines.options import AUTO, PRECISIONS, QUALITIES, EngineOptions, Provider
from midframe.engines.registry import engine_names, find_engine
from midframe.errors import OptionError
from midframe.evaluation.speed.results import Setting, Size
from midframe.text import quoted
from midframe.wording import enumerated

NAMED_SIZES = {
    "480p": Size(854, 480),
    "720p": Size(1280, 720),
    "1080p": Size(1920, 1080),
    "1440p": Size(2560, 1440),
    "2160p": Size(3840, 2160),
    "4k": Size(3840, 2160),
}

LARGEST_SIDE = 16384
"""Pixels."""

DEFAULT_SIZES = ("480p", "720p", "1080p")

DEFAULT_SECONDS = 120.0

QUICK_SIZES, QUICK_SECONDS = ("480p", "720p"), 30.0

ONNX = "onnx"
"""The engine that has providers."""

DEFAULT_CLIP = "bigbuckbunny"

PATTERN = "pattern"
"""The value of `clip` for frames that need no download."""

_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True)
class BenchmarkOptions:
    """What is measured, and for how long.

    Attributes:
        engine: The model and other options; device, engine, quality and precision are not used.
        devices: Names of devices; empty for all except software.
        engines: Names of engines; empty for all that can be used.
        sizes: Names in `NAMED_SIZES`, or such as "640x360".
        qualities: See `midframe.engines.options.Quality`.
        precisions: See `midframe.engines.options.Precision`. Engines that are not the first choice of their device are
            measured with the first one alone.
        provider: Of the engine onnx, see `midframe.engines.options.Provider`.
        clip: A clip of the catalogue, or "pattern" for a moving pattern.
        seconds: How long all may take, at least 1; None for a default. What was started is finished.
        quick: Whether to measure the first engine of each device alone, at two sizes, in a shorter time.

    Raises:
        OptionError: A value that does not exist or is out of range.
    """

    engine: EngineOptions = field(default_factory=EngineOptions)
    devices: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ("default",)
    precisions: tuple[str, ...] = ("exact", "fast")
    provider: Provider = "auto"
    clip: str = DEFAULT_CLIP
    seconds: float | None = None
    quick: bool = False

    def __post_init__(self) -> None:
        _checked(self.qualities, QUALITIES, "quality")
        _checked(self.precisions, PRECISIONS, "precision")
        if self.devices:
            check_device_names(",".join(self.devices))
        for name in self.engines:
            find_engine(name)
        for name in self.sizes:
            _size(name)
        if self.provider != AUTO:
            EngineOptions(engine=ONNX, provider=self.provider)
        if self.seconds is not None and not self.seconds >= 1:
            raise OptionError(f"`time` must be at least 1 second, not {self.seconds:g}.", option="time")

    @property
    def frame_sizes(self) -> tuple[Size, ...]:
        """Sizes of frames, the smallest first."""
        names = self.sizes or (QUICK_SIZES if self.quick else DEFAULT_SIZES)
        return tuple(sorted(set(map(_size, names)), key=lambda size: (size.pixels, size.width)))

    @property
    def limit(self) -> float:
        """Seconds that all may take."""
        return self.seconds or (QUICK_SECONDS if self.quick else DEFAULT_SECONDS)

    def settings(self, inventory: Inventory) -> tuple[Setting, ...]:
        """The settings to measure on a machine, the most interesting first.

        Raises:
            OptionError: None of the engines can be used on any of the devices.
        """
        found: list[tuple[int, Setting]] = []
        for device in inventory.devices:
            name = device.found.name
            if not (_is_named(name, self.devices) if self.devices else not device.found.is_software):
                continue
            engines = [engine for engine in device.engines if not self.engines or engine in self.engines]
            for place, engine in enumerate(engines[:1] if self.quick else engines):
                precisions = self.precisions if place == 0 else self.precisions[:1]
                provider: Provider = self.provider if engine == ONNX else "auto"
                found += [
                    (place, Setting(name, engine, precision, quality, provider))
                    for quality in _checked(self.qualities, QUALITIES, "quality")
                    for precision in _checked(precisions, PRECISIONS, "precision")
                ]
        if not found:
            named = enumerated(self.engines or engine_names()[1:], "or")
            places = enumerated(self.devices, "or") if self.devices else "any device"
            raise OptionError(
                f"This machine cannot use {named} on {places}; see what there is with `midframe devices`.",
                option="engine" if self.engines else "device",
            )
        # Stable: first what the others are compared with, last what is not the first choice of its device.
        return tuple(setting for _, setting in sorted(found, key=lambda each: (each[0], not _is_reference(each[1]))))


def _is_reference(setting: Setting) -> bool:
    """Whether it is exact, and the same on all machines but for rounding."""
    return setting.device == CPU and setting.precision == "exact"


def _is_named(device: str, names: Iterable[str]) -> bool:
    """Whether a device is one of those that were named; the first of a kind may have its number or not."""
    return device.removesuffix(":0") in {name.removesuffix(":0") for name in names}


def _checked(words: Iterable[str], known: tuple[_Word, ...], option: str) -> tuple[_Word, ...]:
    """Words that are known, in the order of those, once each."""
    chosen = set(words)
    wrong = sorted(chosen - set(known))
    if wrong or not chosen:
        given = quoted(wrong[0]) if wrong else "nothing"
        raise OptionError(f"`{option}` must be some of {', '.join(known)}, not {given}.", option=option)
    return tuple(word for word in known if word in chosen)


def _size(name: str) -> Size:
    """A size by its name or its pixels."""
    text = name.strip().lower()
    if text in NAMED_SIZES:
        return NAMED_SIZES[text]
    match = re.fullmatch(r"([1-9]\d{0,4})[x×]([1-9]\d{0,4})", text)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= side <= LARGEST_SIDE for side in sides):
        raise OptionError(
            f"`size` must be some of {', '.join(NAMED_SIZES)}, or pixels such as 640x360, not {quoted(name)}.",
            option="size",
        )
    return Size(*sides)
