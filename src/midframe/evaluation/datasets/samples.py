"""What a benchmark asks for: two frames, and the frames between them that are to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from midframe.errors import DatasetError, OptionError


@dataclass(frozen=True)
class Target:
    """A frame that is to be drawn.

    Attributes:
        truth: The file that holds it.
        time: Where it stands between the two frames that are given, in (0, 1).
    """

    truth: Path
    time: Fraction


@dataclass(frozen=True)
class Sample:
    """Two frames of a benchmark and what is wanted between them.

    Attributes:
        name: As the benchmark calls it, such as "00001/0389".
        left: The file of the frame at time 0.
        right: The file of the frame at time 1.
        targets: In order of time, at least one.
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
        samples: In the benchmark's order.
        notes: Sentences for the user about what was left out.
    """

    samples: tuple[Sample, ...]
    notes: tuple[str, ...] = ()


def select(samples: Sequence[Sample], label: str, limit: int | None) -> Selection:
    """Choose what is evaluated, and make sure that it is there.

    Args:
        samples: All of the benchmark.
        label: The benchmark's name, for messages.
        limit: None for all samples, each of which must be whole. Else at most so many, spread evenly over those that
            are whole: neighbours often come from one scene, and the first ones would not stand for the rest.

    Raises:
        OptionError: A limit below 1.
        DatasetError: A file is missing; with a limit, no sample is whole.
    """
    if limit is not None and limit < 1:
        raise OptionError(f"--limit must be at least 1, not {limit}.")
    gaps = [missing for missing in (sample.missing() for sample in samples) if missing is not None]
    if gaps and limit is None:
        others = f", and {len(gaps) - 1} more samples of {label} lack a file" if len(gaps) > 1 else ""
        raise DatasetError(
            f"{gaps[0]} is missing{others}. Unpack {label} again, or evaluate a part of what is there with --limit N."
        )
    whole = [sample for sample in samples if sample.missing() is None] if gaps else list(samples)
    if not whole:
        raise DatasetError(f"{gaps[0]} is missing, and no other sample of {label} is whole either. Unpack it again.")
    notes = [f"{len(gaps)} samples of {label} were passed over, as they lack files such as {gaps[0]}."] if gaps else []
    if limit is not None and limit < len(whole):
        whole = [whole[number * len(whole) // limit] for number in range(limit)]
    return Selection(tuple(whole), tuple(notes))
