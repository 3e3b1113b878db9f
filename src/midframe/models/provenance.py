"""Where adapted weights come from: what stands next to the tensors in a file that `midframe adapt` writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from midframe.text import json_text, parse_json, shortened

METADATA_KEY = "midframe.finetuning"
"""Key of a `Provenance`, as JSON, in the metadata of a safetensors file."""

FORM = 1
"""Number of the JSON object's format. A file of another form is refused: what it means is not known here."""


NAMED_CLIPS = 10
"""Clips that a sentence names."""


@dataclass(frozen=True)
class Provenance:
    """How adapted weights came about.

    Attributes:
        midframe: Version that made them.
        base: What the user named as the model.
        base_sha256: SHA-256 of the file with the weights that adapting began with, 64 hexadecimal digits.
        row: Name of the architecture's row in `midframe.models.rife.spec.ROWS`.
        tensors_sha256: SHA-256 of the adapted tensors, see `midframe.models.adapted.digest`.
        inputs: One for each clip: its name without folders, and its fingerprint.
        settings: All that decides the result.
        gains: What held-out frames gained over the base, by name of the measure; empty if the base is returned.
    """

    midframe: str
    base: str
    base_sha256: str
    row: str
    tensors_sha256: str
    inputs: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any]
    gains: Mapping[str, float]

    @property
    def adapted(self) -> bool:
        """Whether the weights differ from those of the base."""
        return bool(self.gains)

    @property
    def sentence(self) -> str:
        """Sentence for the user, where such weights are loaded."""
        names = [shortened(str(clip.get("name", "?"))) for clip in self.inputs[:NAMED_CLIPS]]
        clips = ", ".join([*names, *(["others"] if len(self.inputs) > NAMED_CLIPS else [])])
        base = shortened(self.base)
        if not self.adapted:
            return f"These are the weights of {base}: adapting to {clips} did not improve them."
        gain = self.gains.get("gain")
        words = "" if gain is None else f", {gain:+.2f} dB on held-out frames"
        return f"The weights of {base} were adapted to {clips} (midframe {shortened(self.midframe)}{words})."

    def to_json(self) -> str:
        """JSON for the metadata of a file."""
        return json_text({"form": FORM, **asdict(self)}, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Provenance:
        """Read what `to_json` has written.

        Raises:
            ValueError: Not JSON, another form, or a field that is missing or of the wrong type; the message says which.
        """
        document = parse_json(text)
        if not isinstance(document, dict) or document.get("form") != FORM:
            raise ValueError(f"its notes on provenance do not have the form {FORM}")
        words = {name: _of_type(document, name, str) for name in _WORDS}
        inputs = _of_type(document, "inputs", list)
        gains = _of_type(document, "gains", dict)
        if not all(isinstance(clip, dict) for clip in inputs) or not all(
            isinstance(value, (int, float)) for value in gains.values()
        ):
            raise ValueError("its notes on provenance are damaged: inputs or gains")
        return Provenance(
            **words,
            inputs=tuple(inputs),
            settings=_of_type(document, "settings", dict),
            gains={name: float(value) for name, value in gains.items()},
        )


_WORDS = ("midframe", "base", "base_sha256", "row", "tensors_sha256")


def _of_type(document: dict[str, Any], name: str, kind: type) -> Any:
    value = document.get(name)
    if not isinstance(value, kind):
        raise ValueError(f"its notes on provenance are damaged: {name}")  # noqa: TRY004 - wrong content of a file
    return value
