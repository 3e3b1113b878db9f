"""Maps what torch, numpy and the system raise to the errors that users see."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from midframe.errors import EngineError, OutOfMemoryError

OUT_OF_MEMORY_WORDS = (
    *("not enough memory", "can't allocate memory", "out of memory"),
    *("failed to allocate memory", "bad allocation", "bad_alloc"),
)
"""What errors of torch say where the host or a device has no more, and what those of ONNX Runtime and OpenVINO do."""


@contextmanager
def mapped_errors(device: object) -> Iterator[None]:
    """Turn errors of memory and driver into `EngineError` and `OutOfMemoryError`, with advice.

    Args:
        device: Its name, or what becomes it as a string, such as a `torch.device`.

    Raises:
        OutOfMemoryError: The device, or the host, has no memory left.
        EngineError: torch failed otherwise.
    """
    try:
        yield
    except MemoryError as error:
        raise out_of_memory(device) from error
    except OSError as error:
        if error.errno != errno.ENOMEM:
            raise
        raise out_of_memory(device) from error
    except RuntimeError as error:
        if any(words in str(error).lower() for words in OUT_OF_MEMORY_WORDS):
            raise out_of_memory(device) from error
        raise EngineError(
            f"The network failed on {device}: {str(error).rstrip('.')}. `midframe doctor` tries all engines."
        ) from error


def out_of_memory(device: object) -> OutOfMemoryError:
    """The error for a device without memory left, with advice."""
    other = "" if str(device) == "cpu" else ", or use `device=cpu`"
    return OutOfMemoryError(
        f"Out of memory on {device}: try `flow_scale=0.5` (or 0.25), close other programs that use memory{other}."
    )
