"""Reading safetensors files with numpy, which has no bfloat16."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize, safe_open

from midframe.errors import WeightsError
from midframe.models.torch_storages import widened

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "u1",
}
"""How numbers of a type are read."""


def read_safetensors(file: Path) -> tuple[dict[str, NDArray[Any]], Mapping[str, str]]:
    """All tensors of a file by key, in the order of keys, and its metadata.

    Tensors are contiguous arrays of their type; bfloat16 becomes float32.

    Raises:
        WeightsError: It is damaged or no such file, or holds numbers of another type.
        OSError: The file cannot be read.
    """
    try:
        with safe_open(file, framework="numpy") as opened:
            metadata = opened.metadata() or {}
        contents = deserialize(file.read_bytes())  # type: ignore[no-untyped-call]
        # In the order of names: that of the library is another one each time.
        return {name: _array(content, file) for name, content in sorted(contents, key=itemgetter(0))}, metadata
    except (SafetensorError, ValueError) as error:
        # ValueError: a shape that numpy cannot have.
        raise WeightsError(
            f"{file} is not a complete safetensors file ({error}); download it again.", path=file
        ) from error


def _array(content: Mapping[str, Any], file: Path) -> NDArray[Any]:
    kind = content["dtype"]
    if kind not in _DTYPES:
        raise WeightsError(
            f"{file} contains numbers of the type {kind}, which midframe cannot read; save the network's weights as "
            "plain tensors.",
            path=file,
        )
    dtype = np.dtype(_DTYPES[kind])
    array: NDArray[Any] = np.frombuffer(content["data"], dtype).reshape(content["shape"])
    array = array.astype(dtype.newbyteorder("="), copy=False)
    if kind == "BF16":
        return widened(array)
    return array != 0 if kind == "BOOL" else array
