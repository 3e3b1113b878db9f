"""Which pairs of an item may look wrong: found in the background, when people ask for it."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from midframe.app.broadcast import Broadcast
from midframe.app.failures import failure_of
from midframe.app.items import Item
from midframe.app.looks import Looks, input_states
from midframe.app.sessions import Sessions
from midframe.app.store import Store
from midframe.engines.options import EngineOptions
from midframe.errors import CancelledError, InputError
from midframe.evaluation.review.results import PairReview, Review
from midframe.evaluation.review.review import review
from midframe.evaluation.review.words import when, why
from midframe.jobs.job import Job
from midframe.runtime.events import Advanced, Event, Started
from midframe.signals import CancelToken

MOST_SHOWN = 12
"""Pairs that are shown, the worst of them."""

MOST_KEPT = 32
"""Results that are kept, by item."""

SEND_SECONDS = 0.25
"""Between two times that the progress is sent."""

OF_THE_OUTPUT = frozenset(
    {
        *("output", "name", "start_number", "keep_free", "codec", "crf", "preset", "pix_fmt", "choices"),
        *("factor", "insert", "fps", "slowmo", "slowmo_audio", "end", "mode"),
    }
)
"""Options that a review does not look at: it is about the frames half-way."""

ReviewState = Literal["", "running", "failed", "done"]


@dataclass(frozen=True)
class ReviewProgress:
    """How far the review of an item is, or what it has found.

    Attributes:
        state: "" if there is none.
        done: Pairs that were looked at.
        total: Pairs in all; 0 where that is not known yet.
        message: Why it failed.
        scored: Pairs that are interpolated.
        worst: The worst of them, the worst first: `pair`, counted in the part that the job uses, `time`, `why` and
            `score`.
    """

    state: ReviewState = ""
    done: int = 0
    total: int = 0
    message: str = ""
    scored: int = 0
    worst: tuple[dict[str, Any], ...] = ()


@dataclass
class _Running:
    item_id: str
    key: Hashable
    cancel: CancelToken = field(default_factory=CancelToken)
    thread: threading.Thread | None = None


class Reviews:
    """Reviews of items, one at a time. All methods may be called from any thread.

    Args:
        store: The queue.
        looks: Opens inputs.
        sessions: Loaded models.
        broadcast: Is sent how far a review is, as "review ITEM".
        spell: Makes messages name options as the page does.
    """

    def __init__(
        self, store: Store, looks: Looks, sessions: Sessions, broadcast: Broadcast, spell: Callable[[str], str]
    ) -> None:
        self._store = store
        self._looks = looks
        self._sessions = sessions
        self._broadcast = broadcast
        self._spell = spell
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._found: dict[str, tuple[Hashable, ReviewProgress]] = {}

    def state(self, item_id: str) -> dict[str, Any]:
        """How far the review of an item is, as JSON has it; of its input and options as they are now.

        Raises:
            UnknownItemError: There is no such item.
        """
        key = _key(self._store.item(item_id))
        with self._lock:
            known, progress = self._found.get(item_id, (None, ReviewProgress()))
        return asdict(progress if known == key else ReviewProgress())

    def start(self, item_id: str) -> None:
        """Begin the review of an item; one that is running, or is done, is not begun again.

        Raises:
            InputError: Another item is being reviewed.
            MidframeError: The item cannot be read, or its options are wrong.
        """
        key = _key(self._store.item(item_id))
        job, engine = self._looks.reviewable(item_id)
        with self._lock:
            running = self._running
        if running is not None and (running.cancel.cancelled or (running.item_id == item_id and running.key != key)):
            self._end(running)
        with self._lock:
            if self._running is not None:
                if self._running.item_id == item_id:
                    return
                raise InputError("Such frames are being looked for in another input. Wait, or stop that first.")
            known = self._found.get(item_id)
            if known is not None and known[0] == key and known[1].state == "done":
                return
            running = self._running = _Running(item_id, key)
            running.thread = threading.Thread(
                target=self._work, args=(running, job, engine), name="review", daemon=True
            )
            self._keep(running, ReviewProgress("running"))
            running.thread.start()

    def stop(self, item_id: str) -> None:
        """Stop the review of an item, if it is running."""
        with self._lock:
            if self._running is not None and self._running.item_id == item_id:
                self._running.cancel.cancel()

    def remove(self, item_id: str) -> None:
        """Forget an item."""
        self.stop(item_id)
        with self._lock:
            self._found.pop(item_id, None)

    def options_changed(self, item: Item) -> None:
        """Forget what does not hold any more of an item whose options have changed."""
        with self._lock:
            known = self._found.get(item.id)
        if known is not None and known[0] != _key(item):
            self.remove(item.id)
            self._broadcast.send(f"review {item.id}", asdict(ReviewProgress()))

    def close(self) -> None:
        """Stop what is running, and wait for its end."""
        with self._lock:
            running = self._running
        if running is not None:
            self._end(running)

    def _end(self, running: _Running) -> None:
        running.cancel.cancel()
        if running.thread is not None:
            running.thread.join()

    def _work(self, running: _Running, job: Job, engine: EngineOptions) -> None:
        progress = _Progress(lambda each: self._note(running, each))
        try:
            with self._sessions.session(engine) as session:
                found = review(job, session=session, on_event=progress, cancel=running.cancel)
            ended = _found_json(found)
        except CancelledError:
            ended = ReviewProgress()
        except Exception as error:  # noqa: BLE001 - a defect must end the review, and say so on the page
            failure = failure_of(error, self._spell)
            if failure.message.startswith("Internal error"):
                traceback.print_exc()
            ended = ReviewProgress("failed", message=f"{failure.message} {failure.advice}".strip())
        with self._lock:
            self._running = None
            if running.cancel.cancelled:
                ended = ReviewProgress()
            self._keep(running, ended)

    def _note(self, running: _Running, progress: ReviewProgress) -> None:
        with self._lock:
            if not running.cancel.cancelled:
                self._keep(running, progress)

    def _keep(self, running: _Running, progress: ReviewProgress) -> None:
        """Keep and send how far it is; nothing of an item that was removed. The lock is held."""
        if running.cancel.cancelled:
            known = self._found.get(running.item_id)
            if known is None or known[0] != running.key:
                return
        self._found[running.item_id] = running.key, progress
        while len(self._found) > MOST_KEPT:
            del self._found[next(iter(self._found))]
        self._broadcast.send(f"review {running.item_id}", asdict(progress))


class _Progress:
    """Turns the events of a review into its progress, now and then."""

    def __init__(self, note: Callable[[ReviewProgress], None]) -> None:
        self._note = note
        self._latest = ReviewProgress("running")
        self._next = 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._latest = replace(self._latest, total=event.totals.get("interpolate") or 0)
        elif isinstance(event, Advanced):
            self._latest = replace(self._latest, done=event.done)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + SEND_SECONDS
            self._note(self._latest)


def _key(item: Item) -> Hashable:
    """What the result depends on: the input, and the options that matter."""
    options = {name: value for name, value in item.options.items() if name not in OF_THE_OUTPUT}
    return item.sources, input_states(item), tuple(sorted(options.items()))


def _found_json(found: Review) -> ReviewProgress:
    first = found.pairs[0].left if found.pairs else 0
    worst = tuple(_pair_json(pair, first) for pair in found.worst(MOST_SHOWN))
    return ReviewProgress("done", len(found.pairs), len(found.pairs), scored=len(found.scored), worst=worst)


def _pair_json(pair: PairReview, first: int) -> dict[str, Any]:
    return {"pair": pair.left - first, "time": when(pair), "why": why(pair), "score": round(pair.score or 0.0, 2)}
