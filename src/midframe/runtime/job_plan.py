"""What a job comes to."""

from __future__ import annotations

from dataclasses import dataclass, field

from midframe.media.facts import MediaFacts
from midframe.runtime.analysis import Analysis


@dataclass(frozen=True)
class JobPlan:
    """A job in figures.

    Attributes:
        source_facts: What the input is; of a part of it, the time and the frames of that part.
        output_facts: What the output becomes.
        sources: Source frames; None where that is unknown before the input ends.
        format: What each of them is, in words.
        codec: Their file format.
        outputs: Output frames; None where that is unknown before the input ends.
        synthesised: Those that stand between source frames, also where static pairs and cuts will hold a frame instead:
            `analysis` says how many do. None where that is unknown before the input ends.
        replaces_repeats: Whether repeated frames are replaced with interpolated ones, not counted in `synthesised`.
        interpolated: Those that the network is asked for, as far as `analysis` shows; None if there is none.
        output: Where they go.
        first_name: Name of the first output frame.
        last_name: Name of the last one.
        end: "drop", "hold" or "loop"; see `midframe.Job`.
        disk_bytes: What the output needs if its frames compress like the source's; None if unknown.
        free_bytes: What is free there.
        seconds: Time that interpolation takes, with preparing the engine, estimated from the first pair; None if it was
            not measured.
        device: What it was tried on, or None.
        analysis: Cuts, still pairs and repeated frames; None if they were not looked for.
        notes: Sentences for the user.
        view_channels: The channels that the motion is seen in, by name, or by number from 0 where they have none.
        channel_rules: How each channel is interpolated: "blend", "nearest" or "copy".
    """

    source_facts: MediaFacts = field(repr=False)
    output_facts: MediaFacts = field(repr=False)
    sources: int | None
    format: str
    codec: str
    outputs: int | None
    synthesised: int | None
    interpolated: int | None
    output: str
    first_name: str
    last_name: str
    end: str
    disk_bytes: int | None
    free_bytes: int
    seconds: float | None
    device: str | None
    analysis: Analysis | None
    notes: tuple[str, ...]
    replaces_repeats: bool = False
    view_channels: tuple[str, ...] = ()
    channel_rules: dict[str, str] = field(default_factory=dict)
