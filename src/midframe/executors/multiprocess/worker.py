"""What runs in a worker process: make an engine, then draw chunk after chunk until the pipe closes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from multiprocessing.connection import Connection

import numpy as np

from midframe.engines.protocols import EngineMaker
from midframe.executors.chunks import draw_pairs
from midframe.executors.multiprocess.messages import Drawn, Failed, Order, Ready, Told
from midframe.executors.multiprocess.shared_frames import SharedFrames
from midframe.executors.remote_errors import portable
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode


def serve(
    connection: Connection, frames: SharedFrames, maker: EngineMaker, transform: ViewTransform, mode: Mode
) -> None:
    """The life of a worker.

    Args:
        connection: Orders come in, replies go out. The worker ends when it closes.
        frames: Where samples lie and results go.
        maker: Makes the engine.
        transform: Makes views.
        mode: How several frames in a pair are drawn.
    """
    # Ctrl+C goes to every process of a terminal; what becomes of the workers is for the main process to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="midframe-parent-watch", daemon=True).start()
    try:
        engine = maker.make_engine(lambda sentence: connection.send(Told(sentence)))
        connection.send(Ready(engine.device_name))
        while True:
            order: Order = connection.recv()
            orders = [pair for _, pair in order.pairs]
            started = time.perf_counter()
            drawn = draw_pairs(engine, transform, mode, orders, frames.view)
            for (position, _), blocks, pictures in zip(order.pairs, order.results, drawn, strict=True):
                for block, picture in zip(blocks, pictures, strict=True):
                    np.copyto(frames.view(block), picture)
                connection.send(Drawn(order.chunk, position, time.perf_counter() - started))
                started = time.perf_counter()
    except (EOFError, ConnectionError):
        # The main process is done with us, or gone.
        return
    # Whatever goes wrong belongs to the main process, which raises it.
    except Exception as error:  # noqa: BLE001
        with contextlib.suppress(OSError):  # if it still is there
            connection.send(Failed(portable(error), traceback.format_exc()))


def _end_with_parent() -> None:
    """No worker outlives a main process that was killed, not even until it has drawn what it is at."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
