"""The executor on a Ray cluster: chunks out to wherever Ray has placed workers, results in, in order."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator

from ray.exceptions import RayError

from midframe.engines.memory_info import available_memory
from midframe.engines.protocols import EngineMaker
from midframe.errors import EngineError
from midframe.executors.chunks import chunked
from midframe.executors.ray.dispatch import Dispatch
from midframe.executors.ray.ordered_queue import ChunkRow
from midframe.executors.ray.worker_pool import Crew
from midframe.executors.tasks import PairResult, PairTask
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode

MOST_CHUNKS = 4
"""Chunks for each worker that may be on their way, finished ones that wait for their turn included."""

CHUNK_BYTES = 128 << 20
"""Bytes of samples, read and drawn, after which a chunk ends."""

SHARE = 0.5
"""Of the memory that is free when drawing begins, how much frames on their way may take."""

POLL_SECONDS = 5.0
"""How long to wait at a time."""


class RayExecutor:
    """Draws with workers of a Ray cluster. `run` starts and ends them; the connection to the cluster must be there."""

    def __init__(
        self,
        maker: EngineMaker,
        crew: Crew,
        transform: ViewTransform,
        mode: Mode,
        *,
        shared_input: bool = False,
        most_bytes: int | None = None,
    ) -> None:
        """Choose.

        Args:
            maker: Makes the engines. Travels to each node once.
            crew: Workers; some of them may be starting already.
            transform: Makes the views.
            mode: How several frames in a pair are drawn.
            shared_input: Whether to send the names of frames that have files of their own, and not the samples.
            most_bytes: Bytes of frames that may be on their way; None for half of the memory that is free.
        """
        self._maker = maker
        self._crew = crew
        self._transform = transform
        self._mode = mode
        self._most_bytes = most_bytes
        self._dispatch = Dispatch(crew, shared_input=shared_input)

    @property
    def engine_seconds(self) -> float:
        """Wall time spent drawing so far, on average over the workers."""
        return self._dispatch.seconds / max(1, self._dispatch.names.total())

    @property
    def device_name(self) -> str:
        """All workers in words, such as "3 × cpu (1 thread) on Ray"."""
        names = self._dispatch.names or Counter({self._maker.device: self._crew.size})
        return " + ".join(f"{number} × {name}" for name, number in names.items()) + " on Ray"

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about workers and nodes that were lost, and files that they could not see."""
        return self._dispatch.notes

    def run(self, tasks: Iterable[PairTask]) -> Generator[PairResult, None, None]:
        """Draw. See `midframe.executors.inline.Executor`."""
        most_bytes = self._most_bytes or int(available_memory() * SHARE)
        row = ChunkRow(chunked(tasks, CHUNK_BYTES, self._crew.size), MOST_CHUNKS * self._crew.size, most_bytes)
        try:
            self._crew.tell(self._maker, self._transform, self._mode)
            yield from self._results(row)
        except RayError as error:
            sentence = " ".join(str(error).split()[:60])
            raise EngineError(f"The Ray cluster failed ({type(error).__name__}): {sentence}") from error
        finally:
            # Where the cluster itself has gone, there is nobody left to stop.
            with contextlib.suppress(RayError):
                self._crew.stop()

    def _results(self, row: ChunkRow) -> Iterator[PairResult]:
        while True:
            yield from row.finished()
            if row.ended and row.is_empty:
                break
            if not row.ended and row.has_room:
                row.take()
                self._dispatch.hand_out(row)
                self._dispatch.listen(row, 0.0)
            else:
                self._dispatch.hand_out(row)
                self._dispatch.listen(row, POLL_SECONDS)
        if row.last_error is not None:
            raise row.last_error
