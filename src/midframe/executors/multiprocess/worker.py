"""The worker process: makes an engine, then interpolates chunk after chunk until the pipe is closed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import Connection

import numpy as np

from midframe.engines.protocols import EngineMaker
from midframe.executors.chunks import interpolate_pairs
from midframe.executors.multiprocess.messages import ChunkMessage, EngineReady, PairDone, WorkerNotice
from midframe.executors.multiprocess.shared_frames import SharedFrames
from midframe.executors.remote_errors import RemoteFailure
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode


def serve(
    connection: Connection, frames: SharedFrames, maker: EngineMaker, transform: ViewTransform, mode: Mode
) -> None:
    """Run a worker.

    Args:
        connection: Receives `ChunkMessage`, sends `WorkerMessage`. The worker ends when it is closed.
        frames: Holds samples and results.
        maker: Makes the engine.
        transform: Makes views.
        mode: How several frames in a pair are interpolated.
    """
    # Ctrl+C is sent to every process of a terminal; the main process stops its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="midframe-parent-watch", daemon=True).start()
    try:
        engine = maker.make_engine(lambda text: connection.send(WorkerNotice(text)))
        connection.send(EngineReady(engine.device_name))
        while True:
            message: ChunkMessage = connection.recv()
            started = time.perf_counter()
            interpolated = interpolate_pairs(engine, transform, mode, message.pairs, frames.view)
            for position, blocks, pair_frames in zip(message.positions, message.results, interpolated, strict=True):
                for block, samples in zip(blocks, pair_frames, strict=True):
                    np.copyto(frames.view(block), samples)
                connection.send(PairDone(message.chunk, position, time.perf_counter() - started))
                started = time.perf_counter()
    except (EOFError, ConnectionError):
        # The main process has closed the pipe, or has ended.
        return
    # Every error is raised in the main process.
    except Exception as error:  # noqa: BLE001
        with contextlib.suppress(OSError):  # the main process may have ended
            connection.send(RemoteFailure.current(error))


def _end_with_parent() -> None:
    """End this process as soon as the main process has ended, also in the middle of a pair."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
