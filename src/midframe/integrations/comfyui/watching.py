"""Work in a thread of its own, while the node's thread shows how far it is and notices interruptions.

ComfyUI knows which node a call belongs to by the thread that calls, and stops a node by an exception in that thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midframe.integrations.comfyui import host
from midframe.signals import CancelToken

Result = TypeVar("Result")

LOOK_SECONDS = 0.1
"""How often the node's thread looks for an interruption."""


class Progress:
    """How far work is. Written by the working thread, read by the node's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = 0
        self._total = 1
        self._picture: NDArray[np.uint8] | None = None
        self._text: str | None = None

    def expect(self, total: int | None) -> None:
        """So many units there are; None if that is not known."""
        with self._lock:
            self._total = total or 1

    def report(self, done: int) -> None:
        """So many units are finished."""
        with self._lock:
            self._done = done

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture, (height, width, 3), R, G, B, with the next look."""
        with self._lock:
            self._picture = picture

    def say(self, text: str) -> None:
        """Show a sentence with the next look."""
        with self._lock:
            self._text = text

    def take(self) -> tuple[int, int, NDArray[np.uint8] | None, str | None]:
        """Units that are finished, all units, and the newest picture and text unless they were taken before."""
        with self._lock:
            picture, self._picture = self._picture, None
            text, self._text = self._text, None
            return self._done, self._total, picture, text


def run_watched(work: Callable[[Progress, CancelToken], Result]) -> Result:
    """Do work in another thread until it ends or the user interrupts it.

    Args:
        work: Called with a progress to report to, and a token that is cancelled if the user interrupts.

    Returns:
        What `work` returned.

    Raises:
        Exception: What `work` raised, or ComfyUI's own for an interruption; `work` has ended then.
    """
    progress, cancel = Progress(), CancelToken()
    bar = host.ProgressBar()
    with ThreadPoolExecutor(1, "midframe") as pool:
        running = pool.submit(work, progress, cancel)
        try:
            shown = (-1, 1)
            while wait([running], LOOK_SECONDS).not_done:
                host.raise_if_interrupted()
                shown = _show(bar, progress, shown)
        except BaseException:
            cancel.cancel()
            raise
        result = running.result()
    _show(bar, progress, shown)
    return result


def _show(bar: host.ProgressBar, progress: Progress, shown: tuple[int, int]) -> tuple[int, int]:
    """Bring the bar up to date; return what it shows."""
    done, total, picture, text = progress.take()
    if text is not None:
        host.show_text(text)
    if picture is not None or (done, total) != shown:
        bar.show(done, total, None if picture is None else Image.fromarray(picture))
    return done, total
