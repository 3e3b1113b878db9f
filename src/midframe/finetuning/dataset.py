"""From clips to patches: which frames are read, which triplets are used, and which of them are held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np

from midframe.detection.rules import PairClass, PairRules
from midframe.executors.base import ClassifiedPair, PreparedFrame
from midframe.finetuning.patches import Patch, cut_patches, differ_by_noise
from midframe.media.pixels import ViewTransform
from midframe.media.protocols import FrameSource
from midframe.runtime.classification import PairClassifier
from midframe.runtime.similarity import seen_alike, view_of
from midframe.runtime.view_fitting import fit_view
from midframe.types import Frame

HELD_OUT = ((Fraction(2, 5), Fraction(1, 2)), (Fraction(9, 10), Fraction(1)))
"""Stretches of each clip, as shares of its length, that are not trained on: their frames decide about acceptance."""

SHORT_CLIP = 60
"""Clips with fewer frames have one held-out stretch, their last fifth."""

HELD_OUT_SHORT = ((Fraction(4, 5), Fraction(1)),)

READ_PIXELS = 120_000_000
"""Largest number of pixels read from all clips together: some seconds on two cores. Longer ones are read in windows."""

FEWEST_FRAMES, MOST_FRAMES = 48, 400
"""Smallest and largest number of frames read from all clips together."""

WINDOW = 12
"""Consecutive frames that are read where a clip is too long to be read as a whole."""

PATCH_SIZE = 256
"""Side of a patch in pixels, larger than a training crop."""

TRAINING_PATCHES = 192
"""Training patches from all clips together: as many as a minute of training uses, in about 226 MB."""

MOST_PER_TRIPLET = 6
"""Largest number of training patches from one triplet; more would overlap."""

VALIDATION_PATCHES = 16
"""Largest number of validation patches from all clips together: they are interpolated at every validation."""

VALIDATION_PATCHES_PER_TRIPLET = 2

FEWEST_PATCHES_OF_STRETCH = 3
"""Validation patches kept of a held-out stretch, where it has as many."""

RULES = PairRules(dedup=True)
"""Rules with detection of repeated frames, which would otherwise be taken for ground truth."""


@dataclass(frozen=True, eq=False)
class TrainingClip:
    """One input.

    Attributes:
        name: Name for messages and provenance, without folders.
        source: The open source.
    """

    name: str
    source: FrameSource


@dataclass
class TrainingData:
    """Patches for training and validation, and where they come from.

    Attributes:
        training: Training patches.
        validation: Validation patches, one list for each held-out stretch that has any.
        triplets: Triplets (three consecutive frames) used for training.
        held_out: Triplets used for validation.
        frames: Frames read.
        pair_classes: Number of pairs of each class.
        repeats: Frames left out because they repeat the one before.
        noisy: Triplets left out because their frames differ by noise alone.
    """

    training: list[Patch] = field(default_factory=list)
    validation: list[list[Patch]] = field(default_factory=list)
    triplets: int = 0
    held_out: int = 0
    frames: int = 0
    pair_classes: Counter[PairClass] = field(default_factory=Counter)
    repeats: int = 0
    noisy: int = 0


def collect_training_data(
    clips: Sequence[TrainingClip], rng: np.random.Generator, on_read: Callable[[int, int], None]
) -> TrainingData:
    """Read the clips, or windows of long ones, and cut patches where there is motion.

    No patch spans a cut, a static pair or a repeated frame; no training patch shares a frame with a held-out one.

    Args:
        clips: Clips of one domain.
        rng: Source of the random positions of patches.
        on_read: Called with the number of frames read so far and the number of frames that are read in all.

    Raises:
        UnreadableFileError: A frame cannot be read.
    """
    plans = [windows(len(clip.source), frames_to_read(clips)) for clip in clips]
    total = sum(last - first for plan in plans for first, last in plan)
    data = TrainingData()

    def read(source: FrameSource, first: int, last: int) -> Iterator[Frame]:
        for index in range(first, last):
            yield source.read(index)
            data.frames += 1
            on_read(data.frames, total)

    per_triplet = min(MOST_PER_TRIPLET, max(1, -(-TRAINING_PATCHES // total)))
    for number, (clip, plan) in enumerate(zip(clips, plans, strict=True)):
        stretches = held_out_stretches(len(clip.source))
        held_out: list[list[Patch]] = [[] for _ in stretches]
        classifier = PairClassifier(fit_view(clip.source), RULES)
        for first, last in plan:
            for triplet in _triplets(classifier.classify(read(clip.source, first, last)), data):
                part = part_of(triplet.left.frame.index, triplet.right.frame.index, stretches)
                if part == "neither":
                    continue
                seen = ViewTransform.fit([prepared.frame for prepared in triplet])
                views = [view_of(seen_alike(prepared, seen)) for prepared in triplet]
                if differ_by_noise(views[0], views[2]):
                    data.noisy += 1
                    continue
                count = per_triplet if part == "training" else VALIDATION_PATCHES_PER_TRIPLET
                patches = cut_patches(views, count, PATCH_SIZE, rng, source=number, index=triplet.middle.frame.index)
                if part == "training":
                    data.training += patches
                    data.triplets += bool(patches)
                else:
                    held_out[part] += patches
                    data.held_out += bool(patches)
        data.validation += [patches for patches in held_out if patches]
    _thin_out(data, rng)
    return data


class _Triplet(NamedTuple):
    left: PreparedFrame
    middle: PreparedFrame
    right: PreparedFrame


def _triplets(pairs: Iterable[ClassifiedPair], data: TrainingData) -> Iterator[_Triplet]:
    """Triplets at equal distances with motion on both sides of the middle frame."""
    previous: ClassifiedPair | None = None
    for pair in pairs:
        data.pair_classes[pair.verdict] += 1
        data.repeats += pair.repeats
        if pair.verdict != "moving":
            previous = None
            continue
        if previous is not None and previous.repeats == pair.repeats:
            yield _Triplet(previous.left, pair.left, pair.right)
        previous = pair


def part_of(first: int, last: int, stretches: Sequence[tuple[int, int]]) -> int | Literal["training", "neither"]:
    """Which part frames `first` to `last` of a clip belong to: training, or the held-out stretch of that index."""
    for number, (start, end) in enumerate(stretches):
        if start <= first and last < end:
            return number
        if first < end and start <= last:
            return "neither"
    return "training"


def held_out_stretches(count: int) -> tuple[tuple[int, int], ...]:
    """First frame and frame after the last one of each held-out stretch of a clip of `count` frames."""
    shares = HELD_OUT_SHORT if count < SHORT_CLIP else HELD_OUT
    return tuple((int(count * start), int(count * end)) for start, end in shares)


def frames_to_read(clips: Sequence[TrainingClip]) -> int:
    """Largest number of frames read from each clip."""
    pixels = max(clip.source.format.width * clip.source.format.height for clip in clips)
    return max(2 * WINDOW, min(MOST_FRAMES, max(FEWEST_FRAMES, READ_PIXELS // pixels)) // len(clips))


def windows(count: int, most: int) -> list[tuple[int, int]]:
    """First frame and frame after the last one of each window that is read: the clip, or windows all over it."""
    if count <= most:
        return [(0, count)]
    number = max(2, most // WINDOW)
    starts = np.linspace(0, count - WINDOW, number).astype(int).tolist()
    return [(start, start + WINDOW) for start in starts]


def _thin_out(data: TrainingData, rng: np.random.Generator) -> None:
    """Reduce the patches to the largest numbers: at random for training, evenly in time for validation."""
    if len(data.training) > TRAINING_PATCHES:
        chosen = np.sort(rng.choice(len(data.training), TRAINING_PATCHES, replace=False))
        data.training = [data.training[index] for index in chosen]
    if data.validation:
        most = max(FEWEST_PATCHES_OF_STRETCH, VALIDATION_PATCHES // len(data.validation))
        data.validation = [
            [patches[index] for index in np.linspace(0, len(patches) - 1, min(most, len(patches))).astype(int)]
            for patches in data.validation
        ]
