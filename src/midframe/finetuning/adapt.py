"""From clips and a model to adapted weights."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.devices import describe_device, resolve_devices, set_threads
from midframe.engines.options import EngineOptions, Quality
from midframe.finetuning.acceptance import GateRules, Verdict, both
from midframe.finetuning.dataset import Clip, Material, gather
from midframe.finetuning.events import AdaptListener, Reading, Told
from midframe.finetuning.memory import batch_within
from midframe.finetuning.patches import Patch, floats
from midframe.finetuning.sampling import Sampler, crop_size
from midframe.finetuning.scoring import Scorer
from midframe.finetuning.search import Budget, Found, search
from midframe.finetuning.training import Drawer, Trainer, TrainingSettings
from midframe.jobs.fingerprint import fingerprint
from midframe.models.adapted import digest
from midframe.models.checkpoints import LoadedCheckpoint
from midframe.models.provenance import Provenance
from midframe.models.rife.architecture import require_rife

FEWEST_TRIPLETS = 8
"""Rows of three frames for training; fewer would be learnt by heart."""

FEWEST_HELD_OUT = 3
"""Rows of three frames for validation; fewer prove nothing."""

SHOWN = 4
"""Held-out patches that are shown before and after."""


@dataclass(frozen=True)
class AdaptOptions:
    """What a user may say about adapting, with the defaults.

    Attributes:
        budget: How long.
        seed: Of all chance. The same seed, threads and steps give the same weights.
        training: How the network is trained.
        rules: What makes weights better than the base.
    """

    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    training: TrainingSettings = field(default_factory=TrainingSettings)
    rules: GateRules = field(default_factory=GateRules)


@dataclass(frozen=True, eq=False)
class Shown:
    """A held-out place before and after. Pictures are (height, width, 3) float32 in [0, 1].

    Attributes:
        clip: Name of its clip.
        index: Of the frame in its clip.
        truth: As it is.
        before: As the base draws it.
        after: As the adapted weights draw it.
    """

    clip: str
    index: int
    truth: NDArray[np.float32]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Adapted:
    """What adapting has come to.

    Attributes:
        tensors: The weights: adapted ones, or those of the base.
        provenance: Of these.
        better: Whether they are adapted ones.
        sentence: For the user: what was gained, or why nothing was.
        interrupted: Whether the user stopped it.
        steps: Taken in all.
        best_step: After how many of them the weights were reached; 0 for the base.
        seconds: Wall time.
        device: What the network was trained on, in words.
        shown: Held-out places before and after; empty for the base.
    """

    tensors: Mapping[str, Any]
    provenance: Provenance
    better: bool
    sentence: str
    interrupted: bool
    steps: int
    best_step: int
    seconds: float
    device: str
    shown: tuple[Shown, ...] = ()


def adapt(
    clips: Sequence[Clip],
    checkpoint: LoadedCheckpoint,
    network: EngineOptions,
    options: AdaptOptions,
    listener: AdaptListener,
) -> Adapted:
    """Adapt weights to clips of one domain; never to worse ones.

    Args:
        clips: At least one. They stay open.
        checkpoint: What to begin with.
        network: Its model, device (the first of several), threads and memory are used, and its quality: held-out
            frames are drawn as a job would draw them ("best" as "default").
        options: See `AdaptOptions`.
        listener: Hears of all that happens.

    Raises:
        OptionError: The libraries that measure are not installed, or the model is not RIFE.
        UnreadableFileError: A frame cannot be read.
        DeviceError: No such device.
        OutOfMemoryError: The memory does not hold what is needed.
        EngineError: The device failed.
    """
    started = time.monotonic()
    set_threads(network.threads)
    device = resolve_devices(network.device)[0]
    model = require_rife(checkpoint.model)
    training = batch_within(options.training, network.memory)
    balanced = gate_quality(network) != "fast"
    # Reading and training each have their own row of chances: how many are drawn in one must not change the other.
    reading, sampling = (np.random.default_rng(each) for each in np.random.SeedSequence(options.seed).spawn(2))

    def finished(found: Found | None, sentence: str, shown: tuple[Shown, ...] = ()) -> Adapted:
        better = found is not None and found.weights is not None
        tensors = found.weights if found is not None and found.weights is not None else model.tensors
        provenance = Provenance(
            midframe=version("midframe"),
            base=str(network.model),
            base_sha256=checkpoint.sha256,
            row=model.row,
            tensors_sha256=digest(tensors),
            inputs=tuple({"name": clip.name, **fingerprint(clip.source)} for clip in clips),
            settings={
                "quality": gate_quality(network),
                "seed": options.seed,
                "steps": found.steps if found else 0,
                "best_step": found.best_step if found else 0,
                **asdict(training),
            },
            gains={"gain": found.verdict.gain, **found.verdict.gains} if better and found and found.verdict else {},
        )
        return Adapted(
            tensors=tensors,
            provenance=provenance,
            better=better,
            sentence=sentence,
            interrupted=found is not None and found.interrupted,
            steps=found.steps if found else 0,
            best_step=found.best_step if found else 0,
            seconds=time.monotonic() - started,
            device=describe_device(device),
            shown=shown,
        )

    material = gather(clips, reading, lambda done, total: listener(Reading(done, total)))
    shortage = shortage_of(material)
    if shortage:
        return finished(None, f"The model stays as it is: {shortage}.")
    listener(Told(_described(material)))
    scorer = Scorer(material.validation)
    base_drawer = Drawer.of(model, device, balanced=balanced)
    base = scorer(base_drawer)
    trainer = Trainer(model, device, training, balanced=balanced)
    crop = crop_size(material.training, model.spec.pad_multiple(1.0))
    sampler = Sampler(material.training, crop, training.batch, sampling)
    found = search(trainer, sampler.batch, scorer, base, options.budget, listener, rules=options.rules, started=started)
    if found.weights is None:
        return finished(found, f"The model stays as it is: {_failure(found)}.")
    assert found.verdict is not None
    after = Drawer.of_state(model, found.weights, device, balanced=balanced)
    return finished(found, _success(found.verdict), _shown(clips, material, base_drawer, after))


def gate_quality(network: EngineOptions) -> Quality:
    """How held-out frames are drawn: four estimates for each would take too long, and gain what two frames gain."""
    return "fast" if network.quality == "fast" else "default"


def shortage_of(material: Material) -> str:
    """Why there is too little to learn from: a clause for users; "" if there is enough."""
    if material.triplets >= FEWEST_TRIPLETS and material.held_out >= FEWEST_HELD_OUT:
        return ""
    need = (
        f"{FEWEST_TRIPLETS} rows of three moving frames to learn from and {FEWEST_HELD_OUT} to check the result on "
        "are needed"
    )
    moving, left_out = material.verdicts["moving"] - material.noisy, _left_out(material)
    if moving < FEWEST_TRIPLETS + FEWEST_HELD_OUT and sum(left_out.values()) > moving:
        return f"among {material.frames} frames there are {_listed(left_out)} and too little motion; {need}"
    among = f", with {_listed(left_out)} among them," if left_out else ""
    return (
        f"{material.frames} frames{among} are too few: there are {material.triplets} rows of three moving frames to "
        f"learn from and {material.held_out} to check the result on; {need}"
    )


def _left_out(material: Material) -> dict[str, int]:
    """What was found and is never learnt from, in words, and how much of it there is."""
    counts = {
        "cuts": material.verdicts["cut"],
        "pairs in which nothing moves": material.verdicts["static"],
        "repeated frames": material.repeats,
        "rows of three frames that only noise tells apart": material.noisy,
    }
    return {words: count for words, count in counts.items() if count}


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {words}" for words, count in counts.items())


def _described(material: Material) -> str:
    counts = _left_out(material)
    left_out = f"; left out: {_listed(counts)}" if counts else ""
    return (
        f"{material.frames} frames read: {material.triplets} rows of three to learn from, {material.held_out} held "
        f"out{left_out}."
    )


def _failure(found: Found) -> str:
    if found.verdict is None:
        return "training stopped before anything could be measured"
    return found.verdict.reason


def _success(verdict: Verdict) -> str:
    gains = verdict.gains
    return (
        f"Held-out frames gained {verdict.gain:+.2f} dB: {gains['psnr']:+.2f} dB between frames twice as far apart as "
        f"yours, {gains['near_psnr']:+.2f} dB where things move as far as between yours; SSIM "
        f"{both(gains, 'ssim'):+.4f}, sharpness {gains['sharpness']:+.3f}."
    )


def _shown(clips: Sequence[Clip], material: Material, before: Drawer, after: Drawer) -> tuple[Shown, ...]:
    """Held-out places spread over the clips."""
    patches: list[Patch] = [patch for row in material.validation for patch in row]
    chosen = np.unique(np.linspace(0, len(patches) - 1, SHOWN).astype(int))
    shown = []
    for patch in (patches[each] for each in chosen):
        left, truth, right = floats(patch.planes)
        drawn = [draw(left[None], right[None])[0] for draw in (before, after)]
        shown.append(Shown(clips[patch.source].name, patch.index, truth, drawn[0], drawn[1]))
    return tuple(shown)
