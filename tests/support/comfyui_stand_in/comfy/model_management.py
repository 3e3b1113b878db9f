"""Interruptions, the device, and its memory."""

from __future__ import annotations

from typing import Any

import torch


class InterruptProcessingException(Exception):  # noqa: N818 - as there
    """The user has interrupted the workflow."""


interrupted = False
device = torch.device("cpu")
freed: list[tuple[float, torch.device]] = []
"""The memory that was asked for."""


def interrupt_current_processing(value: bool = True) -> None:
    global interrupted
    interrupted = value


def throw_exception_if_processing_interrupted() -> None:
    global interrupted
    if interrupted:
        interrupted = False
        raise InterruptProcessingException


def get_torch_device() -> torch.device:
    return device


def free_memory(memory_required: float, device: torch.device, keep_loaded: Any = ()) -> None:
    freed.append((memory_required, device))


def soft_empty_cache(force: bool = False) -> None:
    pass
