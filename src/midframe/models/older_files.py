"""Reading files that torch before 1.6 saved: a row of pickles, then raw tensors. Only torch itself reads them."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from midframe.errors import WeightsError
from midframe.extras import has_torch, missing_torch, prepare_torch
from midframe.models.torch_pickle import BadPickleError, UnsupportedContentError
from midframe.models.torch_zip import READ_AS, allowance

if TYPE_CHECKING:
    from torch import Tensor

MAGIC = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
"""The number that such files begin with, pickled; two bytes with the pickle's protocol come before it."""


def is_older_file(file: Path) -> bool:
    """Whether a file begins as torch before 1.6 began its own.

    Raises:
        OSError: The file cannot be read.
    """
    with file.open("rb") as stream:
        return stream.read(2 + len(MAGIC))[2:] == MAGIC


def read_older_file(file: Path) -> object:
    """What such a file holds; the tensors of a dictionary are contiguous numpy arrays, those further inside torch's.

    Raises:
        WeightsError: torch is not installed.
        BadPickleError: It is damaged, or holds more than tensors and plain containers.
        UnsupportedContentError: A sparse or quantised tensor, or another type of numbers.
        OSError: The file cannot be opened.
    """
    if not has_torch():
        raise WeightsError(
            f"{file} is in the format of torch before 1.6. {missing_torch('Reading it')}",
            path=file,
        )
    prepare_torch()
    import torch

    with file.open("rb") as stream:
        try:
            content = torch.load(stream, map_location="cpu", weights_only=True)
        except (
            pickle.UnpicklingError,
            struct.error,
            OSError,
            RuntimeError,
            EOFError,
            KeyError,
            ValueError,
            IndexError,
            AttributeError,
            TypeError,
            AssertionError,
            OverflowError,
            MemoryError,
        ) as error:
            raise BadPickleError(str(error)) from error
    if not isinstance(content, dict):
        return content
    tensors = [value for value in content.values() if isinstance(value, torch.Tensor)]
    if sum(tensor.numel() * tensor.element_size() for tensor in tensors) > allowance(file.stat().st_size):
        raise BadPickleError("tensors of far more bytes than the file has")
    return {key: _array(value) if isinstance(value, torch.Tensor) else value for key, value in content.items()}


def _array(tensor: Tensor) -> NDArray[Any]:
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized:
        raise UnsupportedContentError("a sparse or quantised tensor")
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    dtype = str(tensor.dtype).removeprefix("torch.")
    if dtype not in READ_AS:
        raise UnsupportedContentError(f"numbers of the type {dtype}")
    array: NDArray[Any] = tensor.detach().contiguous().numpy()
    return array
