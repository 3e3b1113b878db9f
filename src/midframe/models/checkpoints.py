"""Reading checkpoints: safely, completely, and whatever they are called.

A checkpoint is data. It is read by a reader that knows tensors alone, or as safetensors; its architecture and row are
recognised by the keys and shapes inside, never by its name, and Python files next to it are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.errors import UnknownModelError, UnrecognisedCheckpointError, WeightsError
from midframe.models.adapted import digest
from midframe.models.cache import file_sha256
from midframe.models.provenance import METADATA_KEY, Provenance
from midframe.models.registry import ARCHITECTURES, Architecture, NetworkModel
from midframe.models.safe_unpickler import unpickle_tensors
from midframe.models.safetensors_files import read_safetensors
from midframe.paths import user_path

CHECKPOINT_NAMES = ("flownet.pkl", "model.pkl", "flownet.pth", "model.pth", "flownet.safetensors", "model.safetensors")
"""What is looked for in a folder, in this order."""

LARGEST_CHECKPOINT = 1 << 30
"""Bytes; the largest network's weights have 140 MB."""

CHECKPOINT_SUFFIXES = (".pkl", ".pth", ".pt", ".safetensors")


@dataclass(frozen=True, eq=False)
class LoadedCheckpoint:
    """A checkpoint that was read, recognised and found complete.

    Attributes:
        path: The file.
        sha256: SHA-256 of that file, in hexadecimal.
        architecture: Architecture of the tensors.
        model: Its weights.
        notes: Sentences for the user about what was ignored.
        provenance: Provenance of adapted weights; None for all others.
    """

    path: Path
    sha256: str
    architecture: Architecture
    model: NetworkModel
    notes: tuple[str, ...] = ()
    provenance: Provenance | None = None


def find_checkpoint(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The checkpoint file that a path stands for: the file itself, or the one inside a folder.

    Returns:
        The file, and notes about other things in the folder.

    Raises:
        UnknownModelError: Neither file nor folder, or a folder without a checkpoint.
        WeightsError: An ONNX file.
    """
    if user_path(path, option="model").is_file():
        if path.suffix.lower() == ".onnx":
            raise WeightsError(
                f"{path} is an ONNX file, which is for other programs; give the checkpoint that it was made of, or a "
                "name from `midframe models list`.",
                option="model",
                path=path,
            )
        return path, ()
    if not path.is_dir():
        raise UnknownModelError(f"There is no checkpoint at {path}.", option="model", path=path)
    found = [path / name for name in CHECKPOINT_NAMES if (path / name).is_file()]
    if not found:
        found = sorted(
            entry for entry in path.iterdir() if entry.is_file() and entry.suffix.lower() in CHECKPOINT_SUFFIXES
        )
        if len(found) != 1:
            what = f"{len(found)} files that could be one" if found else "no checkpoint"
            raise UnknownModelError(
                f"The folder {path} contains {what}; put the weights there as {CHECKPOINT_NAMES[0]} or "
                f"{CHECKPOINT_NAMES[1]}, or name the file itself.",
                option="model",
                path=path,
            )
    notes = []
    if len(found) > 1:
        notes.append(f"Using {found[0].name}; {', '.join(other.name for other in found[1:])} next to it is not read.")
    scripts = sorted(entry.name for entry in path.glob("*.py"))
    if scripts:
        notes.append(f"Python files in {path} are ignored ({', '.join(scripts)}): midframe has the networks built in.")
    return found[0], tuple(notes)


def load_checkpoint(path: Path, architectures: Iterable[Architecture] = ARCHITECTURES) -> LoadedCheckpoint:
    """Read, recognise and verify a checkpoint.

    Args:
        path: A ``.pkl``, ``.pth``, ``.pt`` or ``.safetensors`` file, or a folder that holds one.
        architectures: Architectures to try; the first one that recognises the tensors is taken.

    Raises:
        UnknownModelError: There is nothing at that path.
        UnsafeCheckpointError: A pickle that holds more than tensors.
        UnrecognisedCheckpointError: A checkpoint of no known architecture, or of a version that cannot be run.
        CheckpointMismatchError: A tensor is missing, misshapen, left over or not finite; the message names it.
        WeightsError: The file is damaged or not a checkpoint at all, or its provenance does not fit its tensors.
    """
    file, notes = find_checkpoint(path)
    tensors, metadata = _read_tensors(file)
    provenance = None if metadata is None else _provenance(metadata, tensors, file)
    known = tuple(architectures)
    architecture = next((candidate for candidate in known if candidate.detect(tensors)), None)
    if architecture is None:
        raise UnrecognisedCheckpointError(
            f"{file} is not a {' or '.join(candidate.description for candidate in known)} checkpoint: its "
            f"{len(tensors)} tensors do not match any known version.",
            path=file,
        )
    model = architecture.load(tensors, file)
    if provenance is not None:
        notes = (*notes, provenance.sentence)
    return LoadedCheckpoint(file, file_sha256(file), architecture, model, notes, provenance)


def _read_tensors(file: Path) -> tuple[dict[str, NDArray[Any]], str | None]:
    """All tensors, and the provenance in the metadata as JSON, if there is one."""
    metadata = None
    try:
        size = file.stat().st_size
        if size == 0:
            raise WeightsError(f"{file} is empty; download it again.", path=file)
        if size > LARGEST_CHECKPOINT:
            raise WeightsError(
                f"{file} has {size} bytes, far more than any network's weights; a checkpoint of the network alone is "
                "needed.",
                path=file,
            )
        content: object
        if file.suffix.lower() == ".safetensors":
            content, notes = read_safetensors(file)
            metadata = notes.get(METADATA_KEY)
        else:
            content = unpickle_tensors(file)
    except OSError as error:
        raise WeightsError(f"{file} cannot be read: {error.strerror or error}.", path=file) from error
    if (
        not isinstance(content, dict)
        or not content
        or not all(isinstance(key, str) and isinstance(value, np.ndarray) for key, value in content.items())
    ):
        raise WeightsError(f"{file} contains no named tensors; a checkpoint of the network alone is needed.", path=file)
    return content, metadata


def _provenance(text: str, tensors: dict[str, NDArray[Any]], file: Path) -> Provenance:
    """The provenance that a file states, checked against its tensors."""
    try:
        provenance = Provenance.from_json(text)
    except ValueError as error:
        raise WeightsError(
            f"{file} is not a file of adapted weights that this version of midframe can read ({error}); adapt again.",
            path=file,
        ) from error
    if provenance.tensors_sha256 != digest(tensors):
        raise WeightsError(
            f"{file} was damaged or changed after midframe adapted it: its hash differs; adapt again.", path=file
        )
    return provenance
