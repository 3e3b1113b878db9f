"""Samples of a benchmark: two frames, and the frames between them that are to be interpolated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from midframe.errors import DatasetError, OptionError


@dataclass(frozen=True)
class Target:
    """A frame that is to be interpolated.

    Attributes:
        truth: The file that holds it.
        time: Where it stands between the two frames that are given, in (0, 1).
    """

    truth: Path
    time: Fraction


@dataclass(frozen=True)
class Sample:
    """Two frames of a benchmark and its targets between them.

    Attributes:
        name: Name that the benchmark uses, such as "00001/0389".
        left: The file of the frame at time 0.
        right: The file of the frame at time 1.
        targets: Targets in order of time, at least one.
    """

    name: str
    left: Path
    right: Path
    targets: tuple[Target, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """All its files, in order of time."""
        return (self.left, *(target.truth for target in self.targets), self.right)

    def missing(self) -> Path | None:
        """The first of its files that does not exist, or None."""
        return next((path for path in self.files if not path.is_file()), None)


@dataclass(frozen=True)
class Selection:
    """The samples that are evaluated.

    Attributes:
        samples: Samples in the benchmark's order.
        notes: Sentences for the user about what was left out.
    """

    samples: tuple[Sample, ...]
    notes: tuple[str, ...] = ()


def select_samples(samples: Sequence[Sample], label: str, limit: int | None) -> Selection:
    """Choose what is evaluated, and make sure that it is there.

    Args:
        samples: All of the benchmark.
        label: The benchmark's name, for messages.
        limit: None for all samples, each of which must be whole. Otherwise at most this many, spread evenly over those
            that are whole: neighbours often come from one scene, and the first ones would not stand for the rest.

    Raises:
        OptionError: A limit below 1.
        DatasetError: A file is missing; with a limit, no sample is whole.
    """
    if limit is not None and limit < 1:
        raise OptionError(f"`limit` must be at least 1, not {limit}.", option="limit")
    absent = [missing for missing in (sample.missing() for sample in samples) if missing is not None]
    if absent and limit is None:
        others = f", and {len(absent) - 1} more samples of {label} are incomplete" if len(absent) > 1 else ""
        raise DatasetError(
            f"{absent[0]} is missing{others}. Unpack {label} again, or evaluate some of the complete samples with "
            "`limit=N`.",
            path=absent[0],
        )
    whole = [sample for sample in samples if sample.missing() is None] if absent else list(samples)
    if not whole:
        message = f"{absent[0]} is missing, and no other sample of {label} is complete either. Unpack it again."
        raise DatasetError(message, path=absent[0])
    notes = (
        [f"{len(absent)} samples of {label} were skipped, because files such as {absent[0]} are missing."]
        if absent
        else []
    )
    if limit is not None and limit < len(whole):
        whole = [whole[number * len(whole) // limit] for number in range(limit)]
    return Selection(tuple(whole), tuple(notes))
