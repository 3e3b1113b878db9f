"""Writing adapted weights: a safetensors file with its provenance, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from midframe.atomic import special_kind, write_bytes_atomically
from midframe.errors import OptionError, OutputExistsError, WriteError
from midframe.models.provenance import METADATA_KEY, Provenance
from midframe.paths import user_path

SUFFIX = ".safetensors"


def digest(tensors: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of names, shapes, types and values, in the order of the names: 64 hexadecimal digits."""
    # Types have torch's names, and numbers are little-endian, in every file there is.
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        total.update(f"{name}\0{tensor.shape}\0torch.{tensor.dtype.name}\0".encode())
        total.update(tensor.tobytes())
    return total.hexdigest()


def check_place(path: Path, *, replace: bool) -> None:
    """Refuse a place for adapted weights before any work is done for it.

    Raises:
        OptionError: Not a .safetensors file, no such folder, or something that is never replaced.
        OutputExistsError: The file exists and is not to be replaced.
    """
    if path.suffix.lower() != SUFFIX:
        raise OptionError(f"Adapted weights are written as {SUFFIX}, not {path.name!r}.", option="output", path=path)
    if not user_path(path, option="output").absolute().parent.is_dir():
        folder = path.absolute().parent
        raise OptionError(f"The folder {folder} for the adapted weights does not exist.", option="output", path=folder)
    kind = special_kind(path)
    if kind is not None:
        raise OptionError(f"{path} is {kind}, which cannot be replaced.", option="output", path=path)
    if path.exists() and not replace:
        raise OutputExistsError(
            f"{path} exists. Choose another name, or replace it with `overwrite`.", option="overwrite", path=path
        )


def write_adapted(path: Path, tensors: Mapping[str, NDArray[np.float32]], provenance: Provenance) -> None:
    """Write weights to a temporary name and rename them.

    Args:
        path: Checked by `check_place`; what is there is replaced.
        tensors: The model's tensors, by key.
        provenance: Its `tensors_sha256` is the digest of `tensors`.

    Raises:
        WriteError: The file cannot be written.
    """
    plain = {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}
    try:
        # Not `save_file`: only the owner may read its files.
        content = save(plain, metadata={"format": "pt", METADATA_KEY: provenance.to_json()})
        write_bytes_atomically(path, content)
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error
