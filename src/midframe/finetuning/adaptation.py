"""Adapting a checkpoint to open clips."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.engines.devices import ENGINE_KINDS, resolve_devices
from midframe.engines.options import EngineOptions, Quality
from midframe.engines.threads import set_threads
from midframe.engines.torch.tensors import device_in_words, torch_device
from midframe.errors import DeviceError
from midframe.finetuning.acceptance import AcceptanceResult, mean_of_sizes
from midframe.finetuning.dataset import TrainingClip, TrainingData, collect_training_data
from midframe.finetuning.options import AdaptOptions
from midframe.finetuning.patches import Patch, decode_view
from midframe.finetuning.sampling import BatchSampler, crop_size
from midframe.finetuning.scoring import PatchScorer
from midframe.finetuning.search import SearchResult, search_weights
from midframe.finetuning.training import MiddleInterpolator, Trainer, fit_batch_to_memory
from midframe.jobs.fingerprint import fingerprint
from midframe.models.adapted import digest
from midframe.models.checkpoints import LoadedCheckpoint
from midframe.models.provenance import Provenance
from midframe.models.rife.architecture import require_rife
from midframe.runtime.events import FramesRead, Notice, Reporter
from midframe.version import __version__

FEWEST_TRIPLETS = 8
"""Smallest number of training triplets; fewer would be overfitted."""

FEWEST_HELD_OUT = 3
"""Smallest number of validation triplets; fewer prove nothing."""

EXAMPLES = 4
"""Largest number of held-out patches in a result."""


@dataclass(frozen=True, eq=False)
class HeldOutExample:
    """A held-out patch before and after adapting. Views are (height, width, 3) float32 in [0, 1].

    Attributes:
        clip: Name of its clip.
        index: Index of the frame in its clip.
        truth: The real frame.
        before: The frame interpolated by the base weights.
        after: The frame interpolated by the adapted weights.
    """

    clip: str
    index: int
    truth: NDArray[np.float32]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class AdaptResult:
    """The result of adapting.

    Attributes:
        tensors: The weights: adapted ones, or those of the base.
        provenance: Provenance of the weights.
        better: Whether the weights are adapted ones.
        message: A sentence for the user: what was gained, or why nothing was.
        interrupted: Whether the user stopped it.
        steps: Steps trained in all.
        best_step: Steps trained when the weights were reached; 0 for the base.
        seconds: Wall time.
        device: Name of the device that the network was trained on.
        examples: Held-out patches before and after; none for the base.
    """

    tensors: Mapping[str, NDArray[np.float32]]
    provenance: Provenance
    better: bool
    message: str
    interrupted: bool
    steps: int
    best_step: int
    seconds: float
    device: str
    examples: tuple[HeldOutExample, ...] = ()


def adapt_weights(
    clips: Sequence[TrainingClip],
    checkpoint: LoadedCheckpoint,
    network: EngineOptions,
    options: AdaptOptions,
    reporter: Reporter,
) -> AdaptResult:
    """Adapt weights to clips of one domain; the base weights are kept unless the adapted ones are better.

    Args:
        clips: At least one clip. They stay open.
        checkpoint: The base weights.
        network: Its model, device (the first of several), threads and memory are used, and its quality: held-out
            frames are interpolated as a job would do it, with "best" taken as "default".
        options: See `AdaptOptions`.
        reporter: Receives `FramesRead`, `StepTrained`, `WeightsValidated` and `Notice`.

    Raises:
        OptionError: The libraries that measure are not installed, or the model is not RIFE.
        UnreadableFileError: A frame cannot be read.
        DeviceError: No such device.
        OutOfMemoryError: The memory does not hold what is needed.
        EngineError: The device failed.
    """
    started = time.monotonic()
    set_threads(network.threads)
    device = torch_device(_device_for_training(network.device))
    model = require_rife(checkpoint.model)
    training = fit_batch_to_memory(options.training, network.memory)
    balanced = validation_quality(network) != "fast"
    # Reading and training have a random generator each: the number of samples in one must not change the other.
    patch_rng, batch_rng = (np.random.default_rng(seed) for seed in np.random.SeedSequence(options.seed).spawn(2))

    def result(search: SearchResult | None, message: str, examples: tuple[HeldOutExample, ...] = ()) -> AdaptResult:
        weights = search.weights if search else None
        acceptance = search.acceptance if search and weights is not None else None
        tensors = model.tensors if weights is None else weights
        provenance = Provenance(
            midframe=__version__,
            base=str(network.model),
            base_sha256=checkpoint.sha256,
            row=model.row,
            tensors_sha256=digest(tensors),
            inputs=tuple({"name": clip.name, **fingerprint(clip.source)} for clip in clips),
            settings={
                "quality": validation_quality(network),
                "seed": options.seed,
                "steps": search.steps if search else 0,
                "best_step": search.best_step if search else 0,
                **training.to_json(),
            },
            gains={"gain": acceptance.gain, **acceptance.gains} if acceptance else {},
        )
        return AdaptResult(
            tensors=tensors,
            provenance=provenance,
            better=weights is not None,
            message=message,
            interrupted=search is not None and search.interrupted,
            steps=search.steps if search else 0,
            best_step=search.best_step if search else 0,
            seconds=time.monotonic() - started,
            device=device_in_words(device),
            examples=examples,
        )

    data = collect_training_data(clips, patch_rng, lambda done, total: reporter(FramesRead(done, total)))
    shortage = describe_shortage(data)
    if shortage:
        return result(None, f"Not adapted: {shortage}.")
    reporter(Notice(_describe_data(data)))
    scorer = PatchScorer(data.validation)
    before = MiddleInterpolator.of(model, device, balanced=balanced)
    base_scores = scorer(before)
    trainer = Trainer(model, device, training, balanced=balanced)
    crop = crop_size(data.training, model.spec.pad_multiple(1.0))
    sampler = BatchSampler(data.training, crop, training.batch, batch_rng)
    search = search_weights(
        trainer, sampler.batch, scorer, base_scores, options.budget, reporter, rules=options.rules, started=started
    )
    if search.weights is None:
        return result(search, f"Not adapted: {_describe_failure(search)}.")
    assert search.acceptance is not None
    after = MiddleInterpolator.of_state(model, search.weights, device, balanced=balanced)
    return result(search, _describe_gain(search.acceptance), _make_examples(clips, data, before, after))


def _device_for_training(names: str) -> str:
    """The first of the devices, if PyTorch has it."""
    first = names.split(",")[0].strip()
    if first.partition(":")[0] in ENGINE_KINDS:
        raise DeviceError(
            f"Adapting needs a device of PyTorch, not {first}: use `device=cpu`, or one of `midframe devices`.",
            option="device",
        )
    return resolve_devices(names)[0]


def validation_quality(network: EngineOptions) -> Quality:
    """The quality that held-out frames are interpolated with: "best" would take too long, and gains as much."""
    return "fast" if network.quality == "fast" else "default"


def describe_shortage(data: TrainingData) -> str:
    """Why there is too little training data, as a clause for users; "" if there is enough."""
    if data.triplets >= FEWEST_TRIPLETS and data.held_out >= FEWEST_HELD_OUT:
        return ""
    counts = ((data.triplets, FEWEST_TRIPLETS, "training"), (data.held_out, FEWEST_HELD_OUT, "checking"))
    found = [f"{there} of the {needed} that {purpose} needs" for there, needed, purpose in counts if there < needed]
    moving, left_out = data.pair_classes["moving"] - data.noisy, _left_out(data)
    scarce = moving < FEWEST_TRIPLETS + FEWEST_HELD_OUT and sum(left_out.values()) > moving
    reason = f"too little moves in {data.frames} frames" if scarce else f"{data.frames} frames are too few"
    besides = f"; {', '.join(left_out)}" if left_out else ""
    return f"{reason} (moving triplets: {', '.join(found)}{besides})"


def _left_out(data: TrainingData) -> dict[str, int]:
    """What is not used for training, in words with its number, and how much of it there is."""
    counts = {
        ("cut", "cuts"): data.pair_classes["cut"],
        ("pair in which nothing moves", "pairs in which nothing moves"): data.pair_classes["static"],
        ("repeated frame", "repeated frames"): data.repeats,
        ("triplet with differences of noise alone", "triplets with differences of noise alone"): data.noisy,
    }
    return {f"{count} {one if count == 1 else many}": count for (one, many), count in counts.items() if count}


def _describe_data(data: TrainingData) -> str:
    counts = ", ".join(_left_out(data))
    left_out = f"; skipped {counts}" if counts else ""
    return f"{data.frames} frames read: {data.triplets} training triplets, {data.held_out} held out{left_out}."


def _describe_failure(search: SearchResult) -> str:
    if search.acceptance is None:
        return "training stopped before anything could be measured"
    return search.acceptance.reason


def _describe_gain(acceptance: AcceptanceResult) -> str:
    gains = acceptance.gains
    return (
        f"Held-out frames gained {acceptance.gain:+.2f} dB: {gains['psnr']:+.2f} dB at twice your frame distance, "
        f"{gains['near_psnr']:+.2f} dB at your frame distance; SSIM {mean_of_sizes(gains, 'ssim'):+.4f}, sharpness "
        f"{gains['sharpness']:+.3f}."
    )


def _make_examples(
    clips: Sequence[TrainingClip], data: TrainingData, before: MiddleInterpolator, after: MiddleInterpolator
) -> tuple[HeldOutExample, ...]:
    """Held-out patches spread evenly over the clips."""
    patches: list[Patch] = [patch for stretch in data.validation for patch in stretch]
    chosen = np.unique(np.linspace(0, len(patches) - 1, EXAMPLES).astype(int))
    examples = []
    for patch in (patches[index] for index in chosen):
        left, truth, right = decode_view(patch.planes)
        views = [interpolate(left[None], right[None])[0] for interpolate in (before, after)]
        examples.append(HeldOutExample(clips[patch.source].name, patch.index, truth, views[0], views[1]))
    return tuple(examples)
