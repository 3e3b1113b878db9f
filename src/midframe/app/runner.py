"""Runs the queue: one job at a time, in a thread, in the order of the items that wait."""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

from midframe.app.broadcast import Broadcast
from midframe.app.failures import failure_of
from midframe.app.items import STARTABLE, Item
from midframe.app.job_options import free_output, make_engine, make_job
from midframe.app.pictures import encode_picture
from midframe.app.roots import Roots
from midframe.app.sessions import Sessions
from midframe.app.store import Store, UnknownItemError
from midframe.errors import CancelledError, InputError, MidframeError, WriteError
from midframe.runtime.events import Advanced, Event, FramePreview, Notice, Planned, Started
from midframe.signals import CancelToken

PREVIEW_SECONDS = 1.0
"""Between two frames of a running job that are shown."""

PREVIEW_SIDE = 640
"""Pixels of the longer side of such frames."""

STORE_SECONDS = 0.5
"""Between two times that the progress of a job is stored and sent."""

RETRY_SECONDS = 5.0
"""After which the list of jobs is used again when it could not be."""

MOST_NOTES = 50

Stop = Literal["paused", "cancelled", "waiting"]
"""What becomes of an item that is stopped; waiting where the server ends."""


class Runner:
    """The thread that runs jobs.

    Args:
        store: The queue.
        sessions: Loaded models.
        roots: Where jobs may read and write.
        data: The app's folder.
        broadcast: Is sent the preview frames.
        spell: Makes messages name options as the page does.
    """

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        roots: Roots,
        data: Path,
        broadcast: Broadcast,
        spell: Callable[[str], str],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._roots = roots
        self._data = data
        self._broadcast = broadcast
        self._spell = spell
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._closing = False
        self._running: str | None = None
        self._cancel = CancelToken()
        self._stop: Stop | None = None
        self._thread = threading.Thread(target=self._work, name="queue", daemon=True)
        self.frame: tuple[str, bytes] | None = None
        """The latest preview frame: of which item, and as a picture."""

    @property
    def results(self) -> Path:
        """Folder of the results of uploads."""
        return self._data / "results"

    def report_path(self, item_id: str) -> Path:
        """Where the run report of an item is."""
        return self._data / "reports" / f"{item_id}.json"

    def start(self) -> None:
        """Begin to work. What was running when the process ended continues first."""
        for item in self._store.items():
            if item.state == "running":
                self._store.set_state(item.id, "waiting", when=("running",))
        self._thread.start()

    def close(self) -> None:
        """End the work: a job that runs stops with whole frames, and continues with the next start."""
        with self._lock:
            self._closing = True
            self._stop_running("waiting")
            self._wake.notify()
        self._thread.join()

    def enqueue(self, item_id: str) -> Item:
        """Start an item, or continue it.

        Raises:
            MidframeError: Its options are wrong, its output has no free name, or it is running.
        """
        item = self._store.item(item_id)
        job = make_job(item, self._roots, self.results)
        make_engine(item, self._roots)
        named = Path(job.output or job.default_output)
        free = named if item.output is not None else free_output(named, self._store.outputs())
        # Everything that can be wrong with the job is determined now.
        replace(job, output=free, resume=True).plan(analyze=False)

        def started(each: Item) -> Item:
            if each.options != item.options:
                raise InputError(f"{each.name} was changed meanwhile. Start it again.")
            # Others may have been started in the meantime: what is free is determined once more.
            output = each.output or str(free_output(named, self._store.outputs()))
            return replace(each, state="waiting", output=output, failure=None, notes=(), ended=None)

        changed = self._store.change(item_id, started, when=STARTABLE)
        with self._lock:
            self._wake.notify()
        return changed

    def stop(self, item_id: str, stop: Literal["paused", "cancelled"]) -> None:
        """Pause or cancel an item that waits, runs or is paused. Frames that are finished stay.

        Raises:
            InputError: It does none of these.
        """
        with self._lock:
            if self._running == item_id:
                self._stop_running(stop)
                return
        self._store.change(
            item_id,
            lambda item: replace(item, state=stop, ended=time.time() if stop == "cancelled" else None),
            when=("waiting", "paused"),
        )

    def _stop_running(self, stop: Stop) -> None:
        if self._running is not None:
            self._stop = stop
            self._cancel.cancel()

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._closing:
                    return
                try:
                    item = self._store.take_waiting()
                except WriteError:
                    traceback.print_exc()
                    self._wake.wait(RETRY_SECONDS)
                    continue
                if item is None:
                    self._wake.wait()
                    continue
                self._running, self._cancel, self._stop = item.id, CancelToken(), None
                cancel = self._cancel
            started = time.time()
            changed = self._run(item, cancel)
            with self._lock:
                self._running = None
                stop: Stop | None = self._stop
            if changed is None and stop is None:
                stop = "cancelled"
            seconds = time.time() - started
            # Where the end of the process comes first, the item counts as running, and continues with the next start.
            while not self._end(item.id, changed, stop, seconds) and self._waits():
                pass

    def _waits(self) -> bool:
        """Wait a while. False at the end of the process."""
        with self._lock:
            if not self._closing:
                self._wake.wait(RETRY_SECONDS)
            return not self._closing

    def _end(self, item_id: str, changed: Callable[[Item], Item] | None, stop: Stop | None, seconds: float) -> bool:
        """Store how a job has ended. False if that failed: the disk of the list may be full."""

        def end(item: Item) -> Item:
            item = replace(item, seconds=item.seconds + seconds)
            if changed is not None:
                return replace(changed(item), ended=time.time())
            return replace(item, state=stop or "cancelled", ended=time.time() if stop == "cancelled" else None)

        try:
            self._store.change(item_id, end)
        except UnknownItemError:
            pass
        except WriteError:
            traceback.print_exc()
            return False
        finally:
            self.frame = None
        return True

    def _run(self, item: Item, cancel: CancelToken) -> Callable[[Item], Item] | None:
        """Run the job of an item. Returns how the item changes by that; None if it was stopped."""
        try:
            job = make_job(item, self._roots, self.results, running=True)
            report = self.report_path(item.id)
            _make_folder(report.parent, 0o700)
            _make_folder(Path(job.options.output or "").parent)
            with self._sessions.session(make_engine(item, self._roots)) as session:
                summary = session.run(
                    replace(job, report=report),
                    on_event=_Progress(item.id, self._store, self._show, self._note),
                    cancel=cancel,
                    preview_interval=PREVIEW_SECONDS,
                    spell=self._spell,
                )
        except CancelledError as stopped:
            with contextlib.suppress(WriteError):
                self._note(item.id, str(stopped))
            return None
        except MidframeError as error:
            failure = failure_of(error, self._spell)
            return lambda each: replace(each, state="failed", failure=failure)
        except Exception as error:  # noqa: BLE001 - a defect must end one job, and not the queue
            traceback.print_exc()
            failure = failure_of(error, self._spell)
            return lambda each: replace(each, state="failed", failure=failure)
        return lambda each: replace(
            each, state="done", summary=asdict(summary), done=summary.outputs, total=summary.outputs
        )

    def _note(self, item_id: str, text: str) -> None:
        """Keep a sentence for the user, such as where unfinished work is."""
        spelled = self._spell(text)

        def note(item: Item) -> Item:
            return replace(item, notes=(*(each for each in item.notes if each != spelled), spelled)[-MOST_NOTES:])

        self._store.change(item_id, note)

    def _show(self, item_id: str, preview: FramePreview) -> None:
        self.frame = item_id, encode_picture(preview.image, PREVIEW_SIDE)
        self._broadcast.send("frame", {"id": item_id, "number": preview.number})


def _make_folder(folder: Path, mode: int = 0o777) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
    except OSError as error:
        raise WriteError(f"{folder} cannot be made: {error.strerror or error}.", path=folder) from error


class _Progress:
    """Writes the events of a job into its item."""

    def __init__(
        self,
        item_id: str,
        store: Store,
        show: Callable[[str, FramePreview], None],
        note: Callable[[str, str], None],
    ) -> None:
        self._id = item_id
        self._store = store
        self._show = show
        self._note = note
        self._next = 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, FramePreview):
            self._show(self._id, event)
        elif isinstance(event, Started):
            total = event.totals.get("write")
            self._store.change(self._id, lambda item: replace(item, total=total))
        elif isinstance(event, Advanced) and event.stage == "write":
            now = time.monotonic()
            if now >= self._next:
                self._next = now + STORE_SECONDS
                self._store.change(self._id, lambda item: replace(item, done=event.done))
        elif isinstance(event, Notice):
            self._note(self._id, event.text)
        elif isinstance(event, Planned):
            for note in event.plan.notes:
                self._note(self._id, note)
