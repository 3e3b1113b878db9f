"""From clips to patches: which frames are read, which rows of three count, and which of them are held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np

from midframe.detection.rules import PairRules, Verdict
from midframe.executors.base import ClassifiedPair, PreparedFrame
from midframe.finetuning.patches import Patch, cut_patches, only_noise
from midframe.media.protocols import FrameSource
from midframe.runtime.classification import Judge
from midframe.runtime.similarity import view_of
from midframe.runtime.views import fit_view
from midframe.types import Frame

HELD_OUT = ((Fraction(2, 5), Fraction(1, 2)), (Fraction(9, 10), Fraction(1)))
"""Stretches of each clip, as shares of its length, that are never trained on and decide whether adapting helps."""

SHORT = 60
"""Clips with fewer frames have one stretch held out, their last fifth."""

HELD_OUT_SHORT = ((Fraction(4, 5), Fraction(1)),)

READ_PIXELS = 120_000_000
"""Pixels that are read of all clips together: some seconds on two cores. Longer clips are read in windows."""

FEWEST_FRAMES, MOST_FRAMES = 48, 400
"""Frames that are read of all clips together, at least and at most."""

WINDOW = 12
"""Frames read in a row, where a clip is too long to be read as a whole."""

PATCH_SIZE = 256
"""Side of a patch in pixels: a training crop has room to move in it."""

TRAINING_PATCHES = 192
"""For training, of all clips together: what a minute of training can see, in about 226 MB."""

MOST_PER_TRIPLET = 6
"""Training patches of one row of three frames; more would show the same again."""

VALIDATION_PATCHES = 16
"""For validation, of all clips together, at most: they are drawn again after every few steps."""

VALIDATION_PATCHES_PER_TRIPLET = 2

FEWEST_OF_STRETCH = 3
"""Validation patches of a held-out stretch, where it has as many."""

RULES = PairRules(dedup=True)
"""Repeated frames are looked for, or they would be taken for frames that show no motion between two that do."""


@dataclass(frozen=True, eq=False)
class Clip:
    """One input.

    Attributes:
        name: For messages and provenance, without folders.
        source: Open; stays open.
    """

    name: str
    source: FrameSource


@dataclass
class Material:
    """What there is to learn from.

    Attributes:
        training: Patches to learn from.
        validation: Patches of held-out stretches: a row for each stretch that has any.
        triplets: Rows of three frames found for training.
        held_out: Rows of three frames found for validation.
        frames: Frames read.
        verdicts: How many pairs were of each kind.
        repeats: Frames left out because they repeat the one before.
        noisy: Rows of three frames left out because nothing but noise tells them apart.
    """

    training: list[Patch] = field(default_factory=list)
    validation: list[list[Patch]] = field(default_factory=list)
    triplets: int = 0
    held_out: int = 0
    frames: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    repeats: int = 0
    noisy: int = 0


def gather(clips: Sequence[Clip], rng: np.random.Generator, on_read: Callable[[int, int], None]) -> Material:
    """Read the clips, or windows of long ones, and cut patches out of what moves.

    Frames on both sides of a cut, still pairs and repeated frames never come together in a patch; no training patch
    shares a frame with a held-out one.

    Args:
        clips: Of one domain.
        rng: Decides which places are cut out.
        on_read: Called with the number of frames read so far, and of all.

    Raises:
        UnreadableFileError: A frame cannot be read.
    """
    plans = [windows(len(clip.source), frames_to_read(clips)) for clip in clips]
    total = sum(last - first for plan in plans for first, last in plan)
    material = Material()

    def read(source: FrameSource, first: int, last: int) -> Iterator[Frame]:
        for index in range(first, last):
            yield source.read(index)
            material.frames += 1
            on_read(material.frames, total)

    per_triplet = min(MOST_PER_TRIPLET, max(1, -(-TRAINING_PATCHES // total)))
    for number, (clip, plan) in enumerate(zip(clips, plans, strict=True)):
        stretches = held_out_stretches(len(clip.source))
        kept: list[list[Patch]] = [[] for _ in stretches]
        judge = Judge(fit_view(clip.source), RULES)
        for first, last in plan:
            for triplet in _triplets(judge.pairs(read(clip.source, first, last)), material):
                part = part_of(triplet.left.frame.index, triplet.right.frame.index, stretches)
                if part == "neither":
                    continue
                views = [view_of(each) for each in triplet]
                if only_noise(views[0], views[2]):
                    material.noisy += 1
                    continue
                count = per_triplet if part == "training" else VALIDATION_PATCHES_PER_TRIPLET
                patches = cut_patches(views, count, PATCH_SIZE, rng, source=number, index=triplet.middle.frame.index)
                if part == "training":
                    material.training += patches
                    material.triplets += bool(patches)
                else:
                    kept[part] += patches
                    material.held_out += bool(patches)
        material.validation += [row for row in kept if row]
    _thin_out(material, rng)
    return material


class _Triplet(NamedTuple):
    left: PreparedFrame
    middle: PreparedFrame
    right: PreparedFrame


def _triplets(pairs: Iterable[ClassifiedPair], material: Material) -> Iterator[_Triplet]:
    """Frames at even distances with motion on both sides of the middle one."""
    before: ClassifiedPair | None = None
    for pair in pairs:
        material.verdicts[pair.verdict] += 1
        material.repeats += pair.repeats
        if pair.verdict != "moving":
            before = None
            continue
        if before is not None and before.repeats == pair.repeats:
            yield _Triplet(before.left, pair.left, pair.right)
        before = pair


def part_of(first: int, last: int, stretches: Sequence[tuple[int, int]]) -> int | Literal["training", "neither"]:
    """What frames `first` to `last` of a clip may be used for: training, or one of the held-out stretches."""
    for number, (start, end) in enumerate(stretches):
        if start <= first and last < end:
            return number
        if first < end and start <= last:
            return "neither"
    return "training"


def held_out_stretches(count: int) -> tuple[tuple[int, int], ...]:
    """First frame and frame behind the last one of each stretch that is held out of a clip of `count` frames."""
    shares = HELD_OUT_SHORT if count < SHORT else HELD_OUT
    return tuple((int(count * start), int(count * end)) for start, end in shares)


def frames_to_read(clips: Sequence[Clip]) -> int:
    """How many frames are read of each clip, at most."""
    pixels = max(clip.source.format.width * clip.source.format.height for clip in clips)
    return max(2 * WINDOW, min(MOST_FRAMES, max(FEWEST_FRAMES, READ_PIXELS // pixels)) // len(clips))


def windows(count: int, most: int) -> list[tuple[int, int]]:
    """Which frames of a clip are read: all, or windows spread evenly over it; (first, behind the last) of each."""
    if count <= most:
        return [(0, count)]
    number = max(2, most // WINDOW)
    starts = np.linspace(0, count - WINDOW, number).astype(int).tolist()
    return [(start, start + WINDOW) for start in starts]


def _thin_out(material: Material, rng: np.random.Generator) -> None:
    """Bring the numbers of patches down to what is wanted: at random for training, evenly in time for validation."""
    if len(material.training) > TRAINING_PATCHES:
        chosen = np.sort(rng.choice(len(material.training), TRAINING_PATCHES, replace=False))
        material.training = [material.training[each] for each in chosen]
    if material.validation:
        most = max(FEWEST_OF_STRETCH, VALIDATION_PATCHES // len(material.validation))
        material.validation = [
            [row[each] for each in np.linspace(0, len(row) - 1, min(most, len(row))).astype(int)]
            for row in material.validation
        ]
