"""Names of methods, and what users may ask for; knowing them needs no torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from midframe.engines.options import EngineOptions, Precision, Quality
from midframe.errors import OptionError
from midframe.evaluation.methods.names import BASELINE_NAMES, model_label
from midframe.models.catalog import MODEL_SUFFIXES
from midframe.timing.steps import Mode


@dataclass(frozen=True)
class ModelVariant:
    """One way to run one model."""

    options: EngineOptions
    mode: Mode = "direct"

    @property
    def model(self) -> str:
        """The model as people call it: its version, or the name of its file."""
        given = str(self.options.model)
        return Path(given).name if self._is_file else given

    @property
    def name(self) -> str:
        """Short, and different for variants with different frames, such as "4.25 scale=0.5"."""
        return " ".join((self.model, *(f"{word}={value}" for word, value, _ in self._unusual)))

    @property
    def label(self) -> str:
        """The name for people, such as "midframe" or "RIFE 4.25 as published, flow scale 0.5"."""
        name = model_label(self.model, self.options.quality, is_file=self._is_file)
        return ", ".join((name, *(phrase for _, _, phrase in self._unusual if phrase)))

    @property
    def settings(self) -> dict[str, str]:
        """All that decides what is interpolated, but for the weights themselves."""
        return {
            "model": str(self.options.model),
            "flow_scale": f"{self.options.flow_scale:g}",
            "mode": self.mode,
            "precision": self.options.precision,
            "ensemble": "yes" if self.options.ensemble else "no",
            "quality": self.options.quality,
        }

    @property
    def _is_file(self) -> bool:
        given = str(self.options.model)
        return any(mark in given for mark in "/\\") or given.lower().endswith(MODEL_SUFFIXES)

    @property
    def _unusual(self) -> list[tuple[str, str, str]]:
        """Word, value and phrase of every setting that is not the default; no phrase for what the name says."""
        options, usual = self.options, EngineOptions()
        settings = []
        if options.flow_scale != usual.flow_scale:
            settings.append(("scale", f"{options.flow_scale:g}", f"flow scale {options.flow_scale:g}"))
        if self.mode != "direct":
            settings.append(("mode", self.mode, f"{self.mode} mode"))
        if options.precision != usual.precision:
            settings.append(("precision", options.precision, f"{options.precision} precision"))
        if options.quality != usual.quality:
            settings.append(("quality", options.quality, ""))
        if options.ensemble:
            settings.append(("ensemble", "yes", "ensemble"))
        return settings


@dataclass(frozen=True)
class MethodSelection:
    """Which methods are to be compared.

    Attributes:
        options: How models are run, unless an attribute below says otherwise; its model is the one under test.
        flow_scales: Flow scales to run that model at; the first one for all other models too.
        modes: Modes to run that model in; the first one for all other models too.
        precisions: Precisions, used as `modes` are.
        qualities: Qualities, used as `modes` are.
        against: Names of `BASELINE_NAMES`, models, and paths to checkpoints.
    """

    options: EngineOptions
    flow_scales: tuple[float, ...] = (1.0,)
    modes: tuple[Mode, ...] = ("direct",)
    precisions: tuple[Precision, ...] = ("exact",)
    qualities: tuple[Quality, ...] = ("default",)
    against: tuple[str, ...] = ("blend",)

    @property
    def rows(self) -> tuple[ModelVariant | str, ...]:
        """Models and names of baselines in the order of tables, the model with the first of every setting first.

        Raises:
            OptionError: Something is named twice, or modes that cannot differ.
        """
        own = [
            ModelVariant(replace(self.options, flow_scale=scale, precision=precision, quality=quality), mode)
            for precision, mode, scale, quality in product(
                self.precisions, self.modes, self.flow_scales, self.qualities
            )
        ]
        others = [
            name if name in BASELINE_NAMES else replace(own[0], options=replace(own[0].options, model=name))
            for name in self.against
        ]
        rows = (*own, *others)
        twice = [name for name, count in Counter(map(method_name, rows)).items() if count > 1]
        if twice:
            raise OptionError(f"{twice[0]} is named twice; names of methods must be unique.", option="against")
        return rows


def method_name(row: ModelVariant | str) -> str:
    """Name of a method in tables."""
    return row if isinstance(row, str) else row.name
