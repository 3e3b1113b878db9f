"""What the queue holds: one item for each job, from being added to its result."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

State = Literal["draft", "waiting", "running", "paused", "cancelled", "failed", "done"]
"""draft: added and looked at, not started. paused: stopped, and keeps its place. cancelled: stopped for good, unless it
is resumed."""

STARTABLE: tuple[State, ...] = ("draft", "paused", "cancelled", "failed")
"""States in which an item can be put into the queue."""


@dataclass(frozen=True)
class Failure:
    """Why an item failed.

    Attributes:
        message: What is wrong.
        advice: What to do; "" where the message says it.
        option: The option that it is about, or None.
    """

    message: str
    advice: str = ""
    option: str | None = None


@dataclass(frozen=True)
class Item:
    """One job of the queue. Changed by replacing it, see `dataclasses.replace`.

    Attributes:
        id: A random name, safe in paths and addresses.
        name: What people call it.
        sources: The input: one path, or pictures in order.
        state: See `State`.
        options: Options of the job and of the engine by name, without those of `midframe.app.job_options.OWN`.
        choices: What was decided about single pairs, as a file of choices has it (docs/choices.md); None for nothing.
        upload: Whether the input was uploaded, and lies in the app's own folder.
        output: The output's path; None until it is started.
        done: Output frames that are finished.
        total: Output frames in all; None if unknown.
        seconds: Time that it has run, over all runs.
        notes: Sentences for the user.
        failure: Why it failed, where it did.
        summary: What it did, when it is done; see `midframe.JobSummary`.
        created: Seconds since the epoch.
        ended: The same, of its end; None before.
    """

    id: str
    name: str
    sources: tuple[str, ...]
    state: State = "draft"
    options: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Any] | None = None
    upload: bool = False
    output: str | None = None
    done: int = 0
    total: int | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    failure: Failure | None = None
    summary: Mapping[str, Any] | None = None
    created: float = field(default_factory=time.time)
    ended: float | None = None

    @property
    def source(self) -> str | tuple[str, ...]:
        """The input as `midframe.Job` takes it."""
        return self.sources[0] if len(self.sources) == 1 else self.sources

    def to_json(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Item:
        """From what `to_json` gave, maybe by another version: what is unknown is left out."""
        known = {each.name: values[each.name] for each in fields(cls) if each.name in values}
        failure = known.get("failure")
        return cls(
            **{
                **known,
                "sources": tuple(known["sources"]),
                "notes": tuple(known.get("notes", ())),
                "failure": None if failure is None else Failure(**failure),
            }
        )


def new_id() -> str:
    """A random name in lower-case hexadecimal digits."""
    return secrets.token_hex(8)
