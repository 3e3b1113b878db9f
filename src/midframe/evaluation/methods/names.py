"""Names of contenders, and what users may ask for; knowing them needs no torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from midframe.engines.options import EngineOptions, Precision, Quality
from midframe.errors import OptionError
from midframe.timing.steps import Mode

PLAIN_NAMES = ("blend", "hold", "minterpolate", "dis")
"""Contenders that are no networks."""

QUALITY_PHRASES: dict[Quality, str] = {
    "fast": "the network alone",
    "default": "default quality",
    "best": "best quality",
}
"""How the label of a network says how its frames are drawn."""


@dataclass(frozen=True)
class Variant:
    """One way to run one network."""

    options: EngineOptions
    mode: Mode = "direct"

    @property
    def model(self) -> str:
        """The model as people call it: its version, or the name of its file."""
        given = str(self.options.model)
        return Path(given).name if any(mark in given for mark in "/\\") else given

    @property
    def name(self) -> str:
        """Short, and different for what draws differently, such as "4.25 scale=0.5"."""
        return " ".join((self.model, *(f"{word}={value}" for word, value, _ in self._unusual)))

    @property
    def label(self) -> str:
        """For people, such as "4.25 at flow scale 0.5"."""
        return ", ".join((self.model, *(phrase for _, _, phrase in self._unusual))).replace(", at", " at", 1)

    @property
    def settings(self) -> dict[str, str]:
        """All that decides what is drawn, but for the weights themselves."""
        return {
            "model": str(self.options.model),
            "flow_scale": f"{self.options.flow_scale:g}",
            "mode": self.mode,
            "precision": self.options.precision,
            "ensemble": "yes" if self.options.ensemble else "no",
            "quality": self.options.quality,
        }

    @property
    def _unusual(self) -> list[tuple[str, str, str]]:
        """Word, value and phrase of every setting that is not the default."""
        options, usual = self.options, EngineOptions()
        told = []
        if options.flow_scale != usual.flow_scale:
            told.append(("scale", f"{options.flow_scale:g}", f"at flow scale {options.flow_scale:g}"))
        if self.mode != "direct":
            told.append(("mode", self.mode, f"{self.mode} mode"))
        if options.precision != usual.precision:
            told.append(("precision", options.precision, f"{options.precision} precision"))
        if options.quality != usual.quality:
            told.append(("quality", options.quality, QUALITY_PHRASES[options.quality]))
        if options.ensemble:
            told.append(("ensemble", "yes", "ensemble"))
        return told


@dataclass(frozen=True)
class Wanted:
    """Who is to be compared.

    Attributes:
        options: How networks are run, as far as nothing below says otherwise; its model is what it is about.
        flow_scales: Of that model; the first one for all other models too.
        modes: Likewise.
        precisions: Likewise.
        qualities: Likewise.
        against: Names of `PLAIN_NAMES`, models, and paths to checkpoints.
    """

    options: EngineOptions
    flow_scales: tuple[float, ...] = (1.0,)
    modes: tuple[Mode, ...] = ("direct",)
    precisions: tuple[Precision, ...] = ("exact",)
    qualities: tuple[Quality, ...] = ("default",)
    against: tuple[str, ...] = ("blend",)

    @property
    def rows(self) -> tuple[Variant | str, ...]:
        """Networks and names of others in the order of tables; the first is the model with the first of every setting.

        Raises:
            OptionError: Something is named twice, or modes that cannot differ.
        """
        own = [
            Variant(replace(self.options, flow_scale=scale, precision=precision, quality=quality), mode)
            for precision, mode, scale, quality in product(
                self.precisions, self.modes, self.flow_scales, self.qualities
            )
        ]
        others = [
            name if name in PLAIN_NAMES else replace(own[0], options=replace(own[0].options, model=name))
            for name in self.against
        ]
        rows = (*own, *others)
        twice = [name for name, count in Counter(map(row_name, rows)).items() if count > 1]
        if twice:
            raise OptionError(f"{twice[0]} is named twice; every contender needs a name of its own.")
        return rows


def row_name(row: Variant | str) -> str:
    """What a contender is called."""
    return row if isinstance(row, str) else row.name
