"""RIFE 4 as an architecture: its checkpoints are recognised by the keys and shapes inside, never by their name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from midframe.errors import CheckpointMismatchError, OptionError, UnrecognisedCheckpointError
from midframe.models.rife.spec import ROWS, Shape, Spec
from midframe.models.state_dicts import finite_float32, shapes_of
from midframe.text import shortened

if TYPE_CHECKING:
    from midframe.models.registry import NetworkModel
    from midframe.models.rife.network import IFNet

NAME = "rife"

TRAINING_PREFIXES = ("teacher.", "caltime.", "block_tea.", "contextnet.", "unet.")
"""Parts of published checkpoints that only training (or RIFE before 4) uses."""

_PREFIXES = re.compile(r"^(?:(?:module|flownet)\.)+")
"""What may stand before every key: distributed training puts the first there, a network around this one the second."""

_LISTED_BLOCK = re.compile(r"^blocks\.(\d+)\.")
"""How ComfyUI's files begin the keys of a block, which are called ``block0.`` and so on in the published ones."""

RECOGNISABLE = 0.5
"""Share of tensors in common from which a checkpoint counts as a damaged or unknown variant of a row."""


@dataclass(frozen=True, eq=False)
class RifeModel:
    """Weights of one row; see `midframe.models.registry.NetworkModel`.

    Attributes:
        spec: The row.
        tensors: Contiguous arrays, exactly the keys of `spec.state_shapes()`.
    """

    spec: Spec
    tensors: Mapping[str, NDArray[np.float32]]

    @property
    def architecture(self) -> str:
        """Its name in the registry."""
        return NAME

    @property
    def row(self) -> str:
        """Name of the row in `midframe.models.rife.spec.ROWS`."""
        return self.spec.name

    @property
    def description(self) -> str:
        """Such as "RIFE 4.25 or 4.26"."""
        return self.spec.description

    @property
    def parameters(self) -> int:
        """How many numbers the network consists of."""
        return self.spec.parameters

    def check(self, *, flow_scale: float, ensemble: bool) -> None:  # noqa: ARG002 - every flow scale will do
        """Refuse ensemble for versions without it.

        Raises:
            OptionError: The version was published without an ensemble mode.
        """
        check_ensemble(self.spec, ensemble=ensemble)

    def network(self) -> IFNet:
        """The network of torch with a copy of these weights, in evaluation mode and without gradients."""
        from midframe.models.rife.network import make_network

        return make_network(self.spec, self.tensors)


def check_ensemble(spec: Spec, *, ensemble: bool) -> None:
    """Refuse ensemble for versions without it.

    Raises:
        OptionError: Ensemble is requested, and the version was published without it.
    """
    if ensemble and not spec.ensemble:
        raise OptionError(
            f"{spec.description} has no ensemble mode; it exists for RIFE 4.0 to 4.20 and 4.24.", option="ensemble"
        )


def check_row(row: str, ensemble: bool) -> None:
    """Refuse ensemble for a row without it; see `midframe.models.registry.Architecture`.

    Raises:
        OptionError: Ensemble is requested, and the versions of the row were published without it.
    """
    for spec in ROWS:
        if spec.name == row:
            check_ensemble(spec, ensemble=ensemble)


def require_rife(model: NetworkModel) -> RifeModel:
    """The same model, if it is RIFE.

    Raises:
        OptionError: It is of another architecture.
    """
    if isinstance(model, RifeModel):
        return model
    raise OptionError(f"Only RIFE can be adapted; {model.description} is of another architecture.", option="model")


def detect(tensors: Mapping[str, NDArray[Any]]) -> bool:
    """Whether tensors are those of a row, of RIFE 1 to 3, or resemble a row."""
    shapes = shapes_of(_inference_tensors(tensors))
    return _older_version(shapes) is not None or max(_likeness(shapes, row) for row in ROWS) >= RECOGNISABLE


def load(tensors: Mapping[str, NDArray[Any]], file: Path) -> RifeModel:
    """Recognise the row, which must match completely, and take its tensors.

    Raises:
        UnrecognisedCheckpointError: RIFE 1 to 3, or nothing that resembles RIFE.
        CheckpointMismatchError: A tensor is missing, misshapen, left over or not finite; the message names it.
    """
    doubled = _doubled(tensors)
    if doubled:
        names = " and ".join(map(shortened, doubled))
        raise CheckpointMismatchError(
            f"{file} contains a tensor twice, as {names}. Save the network's weights alone.", path=file
        )
    used = _inference_tensors(tensors)
    return RifeModel(recognise(shapes_of(used), file), finite_float32(used, file))


def recognise(shapes: Mapping[str, Shape], file: Path) -> Spec:
    """The row that a checkpoint belongs to, by its keys and shapes, which must match one row completely.

    Args:
        shapes: Shapes of all tensors that inference could use.
        file: The file, for messages.

    Raises:
        UnrecognisedCheckpointError: No row comes near.
        CheckpointMismatchError: One row comes near, and this is what differs.
    """
    for row in ROWS:
        if shapes == row.state_shapes():
            return row
    older = _older_version(shapes)
    if older is not None:
        raise UnrecognisedCheckpointError(
            f"{file} is a checkpoint of {older}, which can only interpolate the middle of a pair; midframe runs "
            f"RIFE 4.0 and later. See `midframe models list` for weights that it can download.",
            path=file,
        )
    nearest = max(ROWS, key=lambda row: _likeness(shapes, row))
    if _likeness(shapes, nearest) < RECOGNISABLE:
        raise UnrecognisedCheckpointError(
            f"{file} is not a RIFE 4 checkpoint: its {len(shapes)} tensors do not match any known version.", path=file
        )
    raise CheckpointMismatchError(
        f"{file} looks like {nearest.description}, but {_difference(shapes, nearest)}.", path=file
    )


def _likeness(shapes: Mapping[str, Shape], row: Spec) -> float:
    """Share of tensors, of all in either, that a checkpoint and a row have in common: 1 if they are the same."""
    wanted = row.state_shapes()
    same = sum(shapes.get(key) == shape for key, shape in wanted.items())
    return same / len(wanted.keys() | shapes.keys())


def _difference(shapes: Mapping[str, Shape], spec: Spec) -> str:
    """What stands between a checkpoint and a row, naming the first tensor of each kind."""
    wanted = spec.state_shapes()
    missing = [key for key in wanted if key not in shapes]
    surplus = [key for key in shapes if key not in wanted]
    misshapen = [key for key, shape in wanted.items() if key in shapes and shapes[key] != shape]
    parts = []
    if missing:
        parts.append(f"{_count(missing, 'is', 'are')} missing")
    if misshapen:
        key = misshapen[0]
        parts.append(
            f"{_count(misshapen, 'has', 'have')} a different shape ({_shape(shapes[key])} instead of "
            f"{_shape(wanted[key])})"
        )
    if surplus:
        parts.append(f"{_count(surplus, 'is', 'are')} not part of it")
    return " and ".join(parts)


def _count(keys: list[str], singular: str, plural: str) -> str:
    if len(keys) == 1:
        return f"the tensor {shortened(keys[0])} {singular}"
    return f"{len(keys)} tensors (the first is {shortened(keys[0])}) {plural}"


def _shape(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "a single number"


def _older_version(shapes: Mapping[str, Shape]) -> str | None:
    """Which of RIFE 1 to 3 it is, if any. They take no time: their first block sees the two images alone."""
    if "block0.res0.conv1.0.weight" in shapes:
        return "RIFE 1"
    if shapes.get("block0.conv0.0.0.weight", ())[1:2] == (6,):
        blocks = len({key.split(".")[0] for key in shapes if key.startswith("block")})
        return "RIFE 2" if blocks >= 4 else "RIFE 3 (or the network of the RIFE paper)"
    return None


def _inference_tensors(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The tensors that inference may use, under the keys of the published checkpoints."""
    plain = {_plain_key(key): tensor for key, tensor in tensors.items()}
    return {key: tensor for key, tensor in plain.items() if not key.startswith(TRAINING_PREFIXES)}


def _plain_key(key: str) -> str:
    """A key as the published checkpoints have it: without prefixes, and with its block named as theirs are."""
    return _LISTED_BLOCK.sub(r"block\1.", _PREFIXES.sub("", key))


def _doubled(tensors: Mapping[str, NDArray[Any]]) -> tuple[str, str] | None:
    """The keys of two tensors of inference that mean the same, if there are such."""
    seen: dict[str, str] = {}
    for key in tensors:
        plain = _plain_key(key)
        if plain in seen and not plain.startswith(TRAINING_PREFIXES):
            return seen[plain], key
        seen[plain] = key
    return None
