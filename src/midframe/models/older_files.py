"""Reading files that torch before 1.6 saved: a row of pickles, then raw tensors. Only torch itself reads them."""

from __future__ import annotations

import pickle
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from midframe.errors import WeightsError
from midframe.models.torch_pickle import BadPickleError, SpecialTensorError

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
        SpecialTensorError: A sparse or quantised tensor, or another type of numbers.
        OSError: The file cannot be opened.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise WeightsError(
            f"{file} is in the format of torch before 1.6, which only torch reads: pip install 'midframe[torch]', or "
            "get the weights in a newer format.",
            path=file,
        ) from error
    with file.open("rb") as stream, warnings.catch_warnings():
        # torch comments on the pickle's age and on trusted sources; errors say what matters.
        warnings.simplefilter("ignore")
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
        ) as error:
            raise BadPickleError(str(error)) from error
    if not isinstance(content, dict):
        return content
    return {key: _array(value) if isinstance(value, torch.Tensor) else value for key, value in content.items()}


def _array(tensor: Tensor) -> NDArray[Any]:
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized:
        raise SpecialTensorError("a sparse or quantised tensor")
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    try:
        array: NDArray[Any] = tensor.detach().contiguous().numpy()
    except (TypeError, RuntimeError) as error:
        raise SpecialTensorError(f"numbers of the type {str(tensor.dtype).removeprefix('torch.')}") from error
    return array
