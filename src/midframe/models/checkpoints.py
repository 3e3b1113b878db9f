"""Reading RIFE checkpoints: safely, completely, and whatever they are called.

A checkpoint is data. It is read with torch's tensors-only unpickler or as safetensors; its version is told from
the keys and shapes inside, never from its name, and Python files lying beside it are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from midframe.errors import (
    CheckpointMismatchError,
    UnknownModelError,
    UnrecognisedCheckpointError,
    WeightsError,
)
from midframe.models.adapted import digest
from midframe.models.cache import file_sha256
from midframe.models.provenance import METADATA_KEY, Provenance
from midframe.models.rife.network import IFNet
from midframe.models.rife.spec import ROWS, Shape, Spec
from midframe.models.safe_unpickler import unpickle_tensors

CHECKPOINT_NAMES = ("flownet.pkl", "model.pkl", "flownet.pth", "model.pth", "flownet.safetensors", "model.safetensors")
"""What is looked for in a folder, in this order."""

CHECKPOINT_SUFFIXES = (".pkl", ".pth", ".pt", ".safetensors")

TRAINING_PREFIXES = ("teacher.", "caltime.", "block_tea.", "contextnet.", "unet.")
"""Parts of published checkpoints that only training (or RIFE before 4) uses."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Weights that are known to be complete.

    Attributes:
        path: The file they came from.
        sha256: Of that file, in hexadecimal.
        spec: The architecture, as recognised.
        tensors: Float32, exactly the keys of `spec.state_shapes()`.
        notes: Sentences for the user about what was ignored.
        provenance: Of adapted weights; None for all others.
    """

    path: Path
    sha256: str
    spec: Spec
    tensors: dict[str, Tensor]
    notes: tuple[str, ...] = ()
    provenance: Provenance | None = None

    def network(self) -> IFNet:
        """The network with these weights, in evaluation mode and without gradients."""
        network = IFNet(self.spec)
        network.load_state_dict(self.tensors, strict=True)
        return network.eval().requires_grad_(False)


def find_checkpoint(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The checkpoint file that a path stands for: the file itself, or the one inside a folder.

    Returns:
        The file, and notes about other things in the folder.

    Raises:
        UnknownModelError: Neither file nor folder, or a folder without a checkpoint.
    """
    if path.is_file():
        return path, ()
    if not path.is_dir():
        raise UnknownModelError(f"There is no checkpoint at {path}.")
    found = [path / name for name in CHECKPOINT_NAMES if (path / name).is_file()]
    if not found:
        found = sorted(
            entry for entry in path.iterdir() if entry.is_file() and entry.suffix.lower() in CHECKPOINT_SUFFIXES
        )
        if len(found) != 1:
            what = f"{len(found)} files that could be one" if found else "no checkpoint"
            raise UnknownModelError(
                f"The folder {path} holds {what}; put the weights there as {CHECKPOINT_NAMES[0]} or "
                f"{CHECKPOINT_NAMES[1]}, or name the file itself."
            )
    notes = []
    if len(found) > 1:
        notes.append(f"Using {found[0].name}; {', '.join(other.name for other in found[1:])} beside it is not read.")
    scripts = sorted(entry.name for entry in path.glob("*.py"))
    if scripts:
        notes.append(f"Python files in {path} are ignored ({', '.join(scripts)}): midframe has the networks built in.")
    return found[0], tuple(notes)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read, recognise and verify a checkpoint.

    Args:
        path: A ``.pkl``, ``.pth``, ``.pt`` or ``.safetensors`` file, or a folder that holds one.

    Raises:
        UnknownModelError: There is nothing at that path.
        UnsafeCheckpointError: A pickle that holds more than tensors.
        UnrecognisedCheckpointError: Not a RIFE 4 checkpoint; RIFE 1 to 3 are named as such.
        CheckpointMismatchError: A tensor is missing, misshapen, left over or not finite; the message names it.
        WeightsError: The file is damaged or not a checkpoint at all, or its provenance does not fit its tensors.
    """
    file, notes = find_checkpoint(path)
    content, words = _read_tensors(file)
    provenance = None if words is None else _provenance(words, content, file)
    tensors = _inference_tensors(content)
    spec = recognise({key: tuple(tensor.shape) for key, tensor in tensors.items()}, file)
    tensors = {key: tensor.to(torch.float32).contiguous() for key, tensor in tensors.items()}
    for key, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise CheckpointMismatchError(f"{file}: the tensor {key} holds NaN or infinity; the file is damaged.")
    if provenance is not None:
        notes = (*notes, provenance.sentence)
    return Checkpoint(file, file_sha256(file), spec, tensors, notes, provenance)


def recognise(shapes: dict[str, Shape], file: Path) -> Spec:
    """Tell the architecture from keys and shapes, which must match one row completely.

    Args:
        shapes: Of all tensors that inference could use.
        file: For messages.

    Raises:
        UnrecognisedCheckpointError: No row comes near.
        CheckpointMismatchError: One row comes near, and this is what differs.
    """
    for row in ROWS:
        if shapes == row.state_shapes():
            return row
    _refuse_older_versions(shapes, file)

    def likeness(row: Spec) -> float:
        wanted = row.state_shapes()
        same = sum(shapes.get(key) == shape for key, shape in wanted.items())
        return same / len(wanted.keys() | shapes.keys())

    nearest = max(ROWS, key=likeness)
    if likeness(nearest) < 0.5:
        raise UnrecognisedCheckpointError(
            f"{file} is not a RIFE 4 checkpoint: its {len(shapes)} tensors belong to no known version."
        )
    raise CheckpointMismatchError(f"{file} looks like {nearest.description}, but {_difference(shapes, nearest)}.")


def _difference(shapes: dict[str, Shape], spec: Spec) -> str:
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
            f"{_count(misshapen, 'has', 'have')} another shape ({_shape(shapes[key])} instead of {_shape(wanted[key])})"
        )
    if surplus:
        parts.append(f"{_count(surplus, 'is', 'are')} not part of it")
    return " and ".join(parts)


def _count(keys: list[str], singular: str, plural: str) -> str:
    if len(keys) == 1:
        return f"the tensor {keys[0]} {singular}"
    return f"{len(keys)} tensors (the first is {keys[0]}) {plural}"


def _shape(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "a single number"


def _refuse_older_versions(shapes: dict[str, Shape], file: Path) -> None:
    """RIFE 1 to 3 take no time: their first block sees the two images and nothing else."""
    older = None
    if "block0.res0.conv1.0.weight" in shapes:
        older = "RIFE 1"
    elif shapes.get("block0.conv0.0.0.weight", (0, 0))[1] == 6:
        blocks = len({key.split(".")[0] for key in shapes if key.startswith("block")})
        older = "RIFE 2" if blocks >= 4 else "RIFE 3 (or the network of the RIFE paper)"
    if older:
        raise UnrecognisedCheckpointError(
            f"{file} is a checkpoint of {older}, which can only draw the middle of a pair; midframe runs "
            f"RIFE 4.0 and later. See `midframe models list` for weights that it can fetch."
        )


def _inference_tensors(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Drop the prefix that distributed training leaves, and the parts that only training uses."""
    plain = {key.removeprefix("module."): tensor for key, tensor in tensors.items()}
    return {key: tensor for key, tensor in plain.items() if not key.startswith(TRAINING_PREFIXES)}


def _read_tensors(file: Path) -> tuple[dict[str, Tensor], str | None]:
    """All tensors, and what the metadata say of provenance, if anything."""
    words = None
    try:
        if file.stat().st_size == 0:
            raise WeightsError(f"{file} is empty; fetch it again.")
        content: object
        if file.suffix.lower() == ".safetensors":
            with safe_open(file, framework="pt") as opened:
                words = (opened.metadata() or {}).get(METADATA_KEY)
                content = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - not a dict
        else:
            content = unpickle_tensors(file)
    except OSError as error:
        raise WeightsError(f"{file} cannot be read: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise WeightsError(f"{file} is not a whole safetensors file ({error}); fetch it again.") from error
    if (
        not isinstance(content, dict)
        or not content
        or not all(isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items())
    ):
        raise WeightsError(f"{file} holds no named tensors; a checkpoint of the network alone is needed.")
    return content, words


def _provenance(words: str, tensors: dict[str, Tensor], file: Path) -> Provenance:
    """What a file says of itself, held to what is in it."""
    try:
        provenance = Provenance.from_json(words)
    except ValueError as error:
        raise WeightsError(
            f"{file} is not a file of adapted weights that this midframe can read ({error}); adapt again."
        ) from error
    if provenance.tensors_sha256 != digest(tensors):
        raise WeightsError(f"{file} was damaged or changed after midframe adapted it: its hash differs; adapt again.")
    return provenance
