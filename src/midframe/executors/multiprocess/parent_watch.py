"""What the server that workers are forked from imports first: it makes the server end with the main process, at once.

The server itself looks at its pipe from the main process only when it has imported everything, which takes seconds with
torch. The kernel can send it a signal that ends it, whatever it does, as soon as the pipe's other end is closed.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
from types import FrameType

SERVER = "multiprocessing.forkserver"


def end_with_main_process(descriptor: int) -> None:
    """End this process when no process can write to a pipe any more, also where that has happened already.

    Args:
        descriptor: The end of the pipe that is read; nothing is ever written into the other one.
    """
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    # SIGIO is sent when the state of the pipe changes; what it does unless it is handled is to end the process.
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([descriptor], [], [], 0)[0]:
        os._exit(1)


def _pipe_of_server() -> int | None:
    """The pipe by which the standard library's server knows that its main process lives; None anywhere else."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == SERVER and isinstance(frame.f_locals.get("alive_r"), int):
            return int(frame.f_locals["alive_r"])
        frame = frame.f_back
    return None


_pipe = _pipe_of_server()
if _pipe is not None:
    end_with_main_process(_pipe)
