"""From choices, which name pairs as people and pages do, to decisions about the pairs of a job."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from midframe.engines.options import PairOptions
from midframe.errors import OptionError, ResumeError
from midframe.executors.base import PairDecision
from midframe.jobs.choices import Choices, InputFacts, PairChoice
from midframe.jobs.time import source_clock
from midframe.media.protocols import FrameInput, FrameSource

CLOSE = Fraction(1, 2000)
"""Seconds that a time may differ from that of its frame: half a millisecond, as times may be rounded to these."""

UNKNOWN = "unknown"
"""In the place of a choice: which one the frames are of is not known, as a job was stopped that replaced them."""

NAMED = 3
"""Pairs that a notice lists."""


@dataclass(frozen=True)
class Decisions:
    """What was decided about pairs of a job.

    Attributes:
        by_frame: By the number of the left frame, counted in the part of the input that the job uses.
        places: For each of them, its choice.
        notes: Sentences for the user about choices that name no pair of the job.
    """

    by_frame: Mapping[int, PairDecision] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[int, PairChoice] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()

    @property
    def settings(self) -> dict[str, object]:
        """What decides what the output is, in types that JSON has; nothing if there are none."""
        entries = [self.places[frame].to_dict() for frame in sorted(self.places)]
        return {"choices": entries} if entries else {}

    @property
    def pair_options(self) -> tuple[PairOptions, ...]:
        """The options of the engine that single pairs have, each once."""
        found = (decision.options for decision in self.by_frame.values())
        return tuple(dict.fromkeys(options for options in found if not options.is_default))


NONE = Decisions()


def decide(choices: Choices | None, source: FrameInput, used: range, *, looped: bool) -> Decisions:
    """Find the pairs that choices name.

    Args:
        choices: The choices; None for none.
        source: All of the input.
        used: Numbers of its frames that the job uses.
        looped: Whether the last frame and the first one are a pair too.

    Raises:
        OptionError: The choices are for another input; or the input is a pipe.
    """
    if choices is None:
        return NONE
    frames = source.seekable
    if frames is None:
        raise OptionError(
            "`choices` needs files: the frames of a pipe have no times or numbers that last.", option="choices"
        )
    changed = _require_same_input(choices, frames)
    places = _Places(frames)
    by_frame: dict[int, PairDecision] = {}
    chosen: dict[int, PairChoice] = {}
    missing, outside = [], []
    last = used.stop if looped else used.stop - 1
    for choice in choices.pairs:
        found = places.find(choice)
        if found is None:
            missing.append(choice.place)
        elif not used.start <= found < last:
            outside.append(choice.place)
        else:
            by_frame[found - used.start] = PairDecision(choice.choice, choice.options)
            chosen[found - used.start] = choice
    notes = [changed] if changed is not None else []
    if missing:
        notes.append(f"No pair of the input begins at {_listed(missing)}; these choices are left out.")
    if outside:
        notes.append(f"Choices for pairs that the job does not use are left out: {_listed(outside)}.")
    return Decisions(by_frame, chosen, tuple(notes))


def changed_pairs(
    before: Sequence[Mapping[str, Any]], now: Decisions, source: FrameInput, used: range
) -> frozenset[int]:
    """The pairs for which something else was chosen before.

    Args:
        before: Entries of choices, as `PairChoice.to_dict` makes them; `UNKNOWN` ones differ from all.
        now: What was decided since.
        source: All of the input.
        used: Numbers of its frames that the job uses.

    Returns:
        Numbers of the left frames, counted in the part of the input that is used.

    Raises:
        ResumeError: An entry that no job has written.
    """
    frames = source.seekable
    assert frames is not None
    places = _Places(frames)
    then: dict[int, dict[str, Any]] = {}
    unknown = set()
    for entry in before:
        try:
            time = Fraction(entry["time"]) if "time" in entry else None
            found = places.find(PairChoice(time=time, frame=entry.get("frame")))
        except (ValueError, TypeError, OptionError) as error:
            raise ResumeError("The journal of the output is damaged. Remove it to begin again.") from error
        if found is not None:
            then[found - used.start] = _without_place(entry)
            unknown |= {found - used.start} if entry.get("choice") == UNKNOWN else set()
    chosen = {frame: _without_place(choice.to_dict()) for frame, choice in now.places.items()}
    differing = {frame for frame in then.keys() | chosen.keys() if then.get(frame) != chosen.get(frame)}
    return frozenset(frame for frame in differing | unknown if 0 <= frame < len(used))


def _without_place(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in ("time", "frame")}


class _Places:
    """Where the frames of an input are found that choices name."""

    def __init__(self, source: FrameSource) -> None:
        video = source.video_index is not None
        times = source_clock(source).times if video else ()
        self._times = tuple(time - times[0] for time in times)
        numbers = source.frame_numbers or range(len(source))
        self._numbers = {} if video else {number: place for place, number in enumerate(numbers)}

    def find(self, choice: PairChoice) -> int | None:
        """Number of a pair's left frame; None where there is no such frame."""
        if choice.time is None:
            return None if choice.frame is None else self._numbers.get(choice.frame)
        near = bisect_left(self._times, choice.time - CLOSE)
        around = [place for place in (near, near + 1) if place < len(self._times)]
        closest = min(around, key=lambda place: abs(self._times[place] - (choice.time or 0)), default=None)
        if closest is None or abs(self._times[closest] - choice.time) > CLOSE:
            return None
        return closest


def _require_same_input(choices: Choices, source: FrameSource) -> str | None:
    """Refuse choices for another input; a sentence for the user where it has changed since they were made.

    Raises:
        OptionError: They are.
    """
    stated, found = choices.input or InputFacts(), InputFacts.of(source)
    differing = {
        each.name
        for each in fields(InputFacts)
        if getattr(stated, each.name) is not None and getattr(stated, each.name) != getattr(found, each.name)
    }
    if source.frame_numbers is not None:
        # Numbers name the same frames in a sequence that has grown since.
        differing.discard("frames")
    size = bool({"width", "height"} & differing)
    # A renamed file has the same size.
    renamed = "name" in differing and (stated.bytes is None or "bytes" in differing)
    if size or renamed or "frames" in differing:
        where = "The choices" if choices.path is None else f"The choices in {choices.path}"
        raise OptionError(
            f"{where} are for {_described(stated)}, and the input is {_described(found)}. Use those of this input; or "
            "remove `input` from the file if it is the same film.",
            option="choices",
            path=choices.path,
        )
    if "bytes" in differing:
        return f"{found.name} has changed since the choices were made; they are taken for the same frames."
    return None


def _described(facts: InputFacts) -> str:
    words = facts.name or "another input"
    about = [f"{facts.width}×{facts.height}"] if facts.width and facts.height else []
    about += [f"{facts.frames} frames"] if facts.frames else []
    return f"{words} ({', '.join(about)})" if about else words


def _listed(places: Sequence[str]) -> str:
    return ", ".join(places[:NAMED]) + (f" and {len(places) - NAMED} more" if len(places) > NAMED else "")
