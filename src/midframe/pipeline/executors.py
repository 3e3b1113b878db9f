"""Which executor draws a job."""

from __future__ import annotations

import os

from midframe.errors import OptionError
from midframe.media.pixels import ViewTransform
from midframe.pipeline.network import Network, Tell, unheard
from midframe.pipeline.workers import Executor, InlineExecutor
from midframe.policy.recursion import Mode


def make_executor(network: Network, transform: ViewTransform, mode: Mode, tell: Tell = unheard) -> Executor:
    """One device is used from this process, several each from a process of its own.

    Args:
        network: Makes the engines.
        transform: Makes the views.
        mode: How several frames in a pair are drawn.
        tell: Is given a sentence when an engine in this process steps down because memory has run out; those of
            workers are among the executor's notes.

    Raises:
        EngineError: The network does not fit on its device.
        OptionError: Several devices, on Windows.
    """
    if len(network.makers) < 2:
        return InlineExecutor(network.make_engine(tell), transform, mode)
    if os.name == "nt":
        raise OptionError("Several devices in one job are not supported on Windows; name one with --device.")
    # On Windows, this cannot even be imported.
    from midframe.pipeline.processes.executor import ProcessExecutor

    return ProcessExecutor(network.makers, transform, mode)
