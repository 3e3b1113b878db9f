"""Motion in files: Middlebury's .flo, and .npz with everything.

A .flo file (vision.middlebury.edu/flow) is little endian: the float 202021.25, width and height as 32-bit integers,
then row by row x and y offsets as 32-bit floats. Values above 1e9 mean that the motion is unknown.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.atomic import atomic_path, write_bytes_atomically
from midframe.errors import UnreadableFileError, WriteError

FLO_MAGIC = 202021.25
FLO_HEADER_BYTES = 12
UNKNOWN = 1e9
"""Offsets of more pixels than this mean that the motion is unknown."""


def is_known(flow: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(height, width) of a (height, width, 2) flow: where both offsets are finite and at most 1e9."""
    # NaN is not less than anything.
    known: NDArray[np.bool_] = np.abs(flow).max(axis=-1) <= UNKNOWN
    return known


def write_flo(path: Path, flow: NDArray[np.float32]) -> None:
    """Write offsets. Written whole or not at all.

    Args:
        path: The file.
        flow: (height, width, 2): x to the right and y downwards, in pixels.

    Raises:
        WriteError: It cannot be written.
    """
    height, width, _ = flow.shape
    header = np.array([FLO_MAGIC], "<f4").tobytes() + np.array([width, height], "<i4").tobytes()
    try:
        write_bytes_atomically(path, header + np.ascontiguousarray(flow, "<f4").tobytes())
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error


def read_flo(path: Path) -> NDArray[np.float32]:
    """Read offsets.

    Returns:
        (height, width, 2) float32, as `write_flo` takes them.

    Raises:
        UnreadableFileError: The file cannot be opened, is not a .flo file, or has another size than it states.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror or error}.", path=path) from error
    if len(content) < FLO_HEADER_BYTES or np.frombuffer(content, "<f4", 1)[0] != FLO_MAGIC:
        raise UnreadableFileError(
            f"{path} is not a .flo file: it does not start with the number {FLO_MAGIC}.", path=path
        )
    width, height = (int(length) for length in np.frombuffer(content, "<i4", 2, offset=4))
    stated, found = 8 * width * height, len(content) - FLO_HEADER_BYTES
    if width < 1 or height < 1 or found != stated:
        raise UnreadableFileError(
            f"{path} is damaged: it states {width}×{height} pixels, and {found} bytes follow. Make or copy it again.",
            path=path,
        )
    offsets = np.frombuffer(content, "<f4", offset=FLO_HEADER_BYTES)
    return offsets.reshape(height, width, 2).astype(np.float32)


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays under their names, compressed. Written whole or not at all.

    Raises:
        WriteError: It cannot be written.
    """
    named: dict[str, Any] = dict(arrays)
    try:
        with atomic_path(path) as temporary, temporary.open("wb") as stream:
            np.savez_compressed(stream, **named)
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Read arrays by name.

    Raises:
        UnreadableFileError: The file cannot be opened, is damaged, or is not a .npz file.
    """
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            return {name.removesuffix(".npy"): _array(archive.read(name)) for name in names}
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror or error}.", path=path) from error
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UnreadableFileError(
            f"{path} is not a .npz file of arrays, or it is damaged. Make or copy it again.", path=path
        ) from error


def _array(content: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.load(BytesIO(content), allow_pickle=False)
    return array
