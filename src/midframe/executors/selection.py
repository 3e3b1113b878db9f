"""Choosing the executor of a job."""

from __future__ import annotations

import os
from typing import Protocol, runtime_checkable

from midframe.engines.protocols import JobModel, Notify, ignore_notice
from midframe.errors import OptionError
from midframe.executors.base import Executor
from midframe.executors.inline import InlineExecutor
from midframe.executors.options import ExecutorKind
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode


@runtime_checkable
class ExecutorProvider(Protocol):
    """A network that has an executor of its own, such as one on a cluster."""

    def make_executor(self, transform: ViewTransform, mode: Mode) -> Executor:
        """The executor for a job."""
        ...


def make_executor(
    network: JobModel,
    transform: ViewTransform,
    mode: Mode,
    notify: Notify = ignore_notice,
    kind: ExecutorKind = "auto",
    *,
    keep_motion: bool = False,
) -> Executor:
    """Make an executor: with `auto`, this process for one device, and a process each for several.

    Args:
        network: Makes the engines.
        transform: Makes the views.
        mode: How several frames in a pair are interpolated.
        notify: Is called with a sentence when an engine in this process steps down because memory has run out; those of
            workers are among the executor's notes.
        kind: See `ExecutorKind`; without effect on a network with an executor of its own.
        keep_motion: Whether the motion of interpolated frames is requested too.

    Raises:
        EngineError: The network does not fit on its device.
        OptionError: Processes, on Windows; motion from anywhere but this process.
    """
    inline = kind == "inline" or (kind == "auto" and len(network.makers) < 2)
    if keep_motion and (isinstance(network, ExecutorProvider) or not inline):
        raise OptionError(
            "`flow_folder` works on one device in one process only. Use `executor=inline`.", option="flow_folder"
        )
    if isinstance(network, ExecutorProvider):
        return network.make_executor(transform, mode)
    if inline:
        return InlineExecutor(network.make_engine(notify), transform, mode, keep_motion=keep_motion)
    if os.name == "nt":
        raise OptionError(
            "Worker processes are not supported on Windows; name one device with `device`.", option="device"
        )
    # On Windows, this cannot even be imported.
    from midframe.executors.multiprocess.executor import ProcessExecutor

    return ProcessExecutor(network.makers, transform, mode)
