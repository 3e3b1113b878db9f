"""What becomes of single pairs of an item, as people decide it in the preview."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from midframe.app.items import Item
from midframe.app.job_options import make_engine
from midframe.app.looks import Looks
from midframe.app.roots import Roots
from midframe.app.store import Store
from midframe.errors import InputError, OptionError
from midframe.evaluation.review.alternatives import ALTERNATIVES, AS_IT_IS, Alternative, alternatives_for
from midframe.jobs.choices import Choices, InputFacts, PairChoice, pair_names
from midframe.jobs.job import Job


@dataclass(frozen=True)
class _Names:
    """How the pairs of a job are named.

    Attributes:
        job: The job.
        facts: Of its input.
        pairs: A choice for each pair of the part that it uses; they change nothing.
    """

    job: Job
    facts: InputFacts
    pairs: tuple[PairChoice, ...]


class Decisions:
    """Reads and changes the choices of items. All methods may be called from any thread.

    Args:
        store: The queue.
        looks: Opens inputs.
        roots: Where a model may lie.
    """

    def __init__(self, store: Store, looks: Looks, roots: Roots) -> None:
        self._store = store
        self._looks = looks
        self._roots = roots
        self._lock = threading.Lock()
        self._latest: _Names | None = None

    def state(self, item_id: str) -> dict[str, Any]:
        """What can become of a pair, and what was decided, as JSON has it.

        Returns:
            `alternatives`, pairs of names and labels; `decided`, names of alternatives by the number of the pair in the
            part that the job uses; `count`, of all decisions, also of pairs outside.

        Raises:
            MidframeError: The item cannot be read, or its options are wrong.
        """
        item = self._store.item(item_id)
        offered = alternatives_for(make_engine(item, self._roots))
        choices = Choices.of_document(item.choices).pairs if item.choices else ()
        decided: dict[int, str] = {}
        if choices:
            numbers = {_name(pair): number for number, pair in enumerate(self._names(item_id).pairs)}
            decided = {
                numbers[_name(each)]: alternative.name
                for each in choices
                if _name(each) in numbers and (alternative := _alternative_of(each)) is not None
            }
        used = set(decided.values())
        alternatives = [each for each in ALTERNATIVES if each in offered or each.name in used]
        return {
            "alternatives": [[each.name, each.label] for each in alternatives],
            "decided": decided,
            "count": len(choices),
        }

    def decide(self, item_id: str, pair: Any, name: Any) -> dict[str, Any]:
        """Decide what becomes of a pair of an item that is not started.

        Args:
            item_id: The item.
            pair: Number of the pair in the part that the job uses.
            name: Of one of `ALTERNATIVES`.

        Returns:
            See `state`.

        Raises:
            OptionError: There is no such pair or alternative, or the item takes its choices from a file.
            MidframeError: See `state`.
        """
        alternative = next((each for each in ALTERNATIVES if each.name == name), None)
        if alternative is None:
            raise OptionError("This cannot become of a pair.", option="choices")
        names = self._names(item_id)
        if type(pair) is not int or not 0 <= pair < len(names.pairs):
            raise OptionError(f"`pair` must be from 0 to {len(names.pairs) - 1}.", option="pair")
        place = names.pairs[pair]

        def decided(item: Item) -> Item:
            if item.options.get("choices"):
                raise OptionError(
                    "The choices of this job are in the file that `choices` names. Leave that out to decide here.",
                    option="choices",
                )
            before = Choices.of_document(item.choices).pairs if item.choices else ()
            entry = alternative.entry(place)
            others = tuple(each for each in before if _name(each) != _name(place))
            pairs = others if entry is None else tuple(sorted((*others, entry), key=_order))
            return replace(item, choices=_document(Choices(pairs, names.facts)) if pairs else None)

        self._store.change(item_id, decided, when=("draft",))
        return self.state(item_id)

    def forget(self, item_id: str) -> dict[str, Any]:
        """Forget all decisions about an item; see `decide`."""
        self._store.change(item_id, lambda item: replace(item, choices=None), when=("draft",))
        return self.state(item_id)

    def file(self, item_id: str) -> str:
        """The content of a file of choices (docs/choices.md).

        Raises:
            InputError: Nothing was decided.
        """
        item = self._store.item(item_id)
        if not item.choices:
            raise InputError("No pair was decided.")
        return Choices.of_document(item.choices).to_json()

    def _names(self, item_id: str) -> _Names:
        job = self._looks.undecided_job(item_id)
        with self._lock:
            if self._latest is not None and self._latest.job == job:
                return self._latest
        with self._looks.opened(job) as opened:
            source = opened.whole_source.seekable
            if source is None:
                raise InputError("The frames of a pipe have no times or numbers that last.")
            used = opened.used_frames
            found = _Names(job, InputFacts.of(source), pair_names(source)[used.start : used.stop - 1])
        with self._lock:
            self._latest = found
        return found


def _name(choice: PairChoice) -> tuple[Any, Any]:
    return choice.time, choice.frame


def _order(choice: PairChoice) -> Any:
    return choice.frame if choice.time is None else choice.time


def _alternative_of(choice: PairChoice) -> Alternative | None:
    """What a choice is called here; None for one that is not offered."""
    return next(
        (
            each
            for each in ALTERNATIVES
            if each is not AS_IT_IS and (each.choice, each.options) == (choice.choice, choice.options)
        ),
        None,
    )


def _document(choices: Choices) -> Mapping[str, Any]:
    document: dict[str, Any] = json.loads(choices.to_json())
    return document
