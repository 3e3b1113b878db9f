"""Options of fine-tuning, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from midframe.errors import OptionError
from midframe.evaluation.metrics.registry import require_libraries
from midframe.extras import require_torch
from midframe.media.pipes.streams import PIPE

ADAPTING_METRICS = ("psnr", "ssim", "ms_ssim", "sharpness")
"""Metrics of held-out patches, as `midframe.evaluation.metrics.registry` names them."""


@dataclass(frozen=True)
class TrainingBudget:
    """How long training lasts: until either limit is reached.

    Attributes:
        seconds: Wall time from the beginning, reading included; None for no limit.
        steps: Training steps; None for no limit. Equal steps give equal weights; equal times do not.

    Raises:
        OptionError: A number of steps below 1.
    """

    seconds: float | None = 60.0
    steps: int | None = None

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise OptionError(f"`steps` must be at least 1, not {self.steps}.", option="steps")

    def share(self, seconds: float, steps: int) -> float:
        """The share of the budget that is used up, in [0, 1]."""
        used = [1.0] if self.seconds is None and self.steps is None else []
        used += [seconds / self.seconds] if self.seconds else []
        used += [steps / self.steps] if self.steps else []
        return min(1.0, max(used))


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of the training. docs/adapt.md has measurements of alternatives.

    Attributes:
        learning_rate: Learning rate of AdamW after the warm-up.
        warm_up: Steps over which the learning rate rises from zero.
        batch: Crops in a step.
        averaging: Decay of the moving average of the weights, once there have been some steps.
        interpolation_weight: Weight of the averaged weights in the result; the base weights have the rest. This is the
            mixing coefficient α of WiSE-FT (M. Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
            What is learnt at twice the frame distance holds only in part at the distance of use and in unseen scenes:
            between both sets of weights, most of the gain is kept and most of the harm avoided.
        structure: Weight of 1 − SSIM in the loss, besides the Charbonnier loss.
        frozen_blocks: Number of blocks that are not trained, the coarse ones first; the encoder is not trained either.
            They estimate large motion, which a short clip cannot teach, and hold most of the weights.
    """

    learning_rate: float = 2e-5
    warm_up: int = 10
    batch: int = 2
    averaging: float = 0.95
    interpolation_weight: float = 0.5
    structure: float = 0.2
    frozen_blocks: int = 2

    def to_json(self) -> dict[str, float]:
        """The settings by their names in provenance notes, where the interpolation weight is called "way"."""
        return {"way" if name == "interpolation_weight" else name: value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class AcceptanceRules:
    """What adapted weights must reach on held-out frames to be accepted.

    Attributes:
        margin: Gain of PSNR in dB that is required: the mean of full and half size, over all stretches.
        worst: Largest loss of PSNR in dB of either size, and of any stretch.
        sharpness: Largest loss of gradient energy, as a share of the base's.
        unseen: Loss of gradient energy that is accepted without a reason, as a share of the base's: 5% of the energy
            are 2.5% of the contrast of fine detail.
        error_share: Share of the loss beyond `unseen` that must have been error. A frame interpolated from two noisy
            frames has less noise than either, and losing noise lowers the error by as much as the energy; blur lowers
            the energy and raises the error.
    """

    margin: float = 0.05
    worst: float = 0.05
    sharpness: float = 0.35
    unseen: float = 0.05
    error_share: float = 0.5


@dataclass(frozen=True)
class AdaptOptions:
    """Options of adapting a model.

    Attributes:
        budget: How long training lasts.
        seed: Seed of all random choices. Equal seeds, threads and steps give equal weights.
        training: How the network is trained.
        rules: When the weights are accepted.

    Raises:
        OptionError: A negative seed.
    """

    budget: TrainingBudget = field(default_factory=TrainingBudget)
    seed: int = 0
    training: TrainingSettings = field(default_factory=TrainingSettings)
    rules: AcceptanceRules = field(default_factory=AcceptanceRules)

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise OptionError(f"`seed` must be 0 or more, not {self.seed}.", option="seed")


def check_adaptable(inputs: Sequence[str | Path]) -> None:
    """Refuse inputs that cannot be adapted to, and machines that cannot adapt.

    Raises:
        OptionError: An input is a pipe, or torch or the libraries that measure are not installed.
    """
    if PIPE in map(str, inputs):
        raise OptionError("Adapting reads its input more than once; a pipe cannot be adapted to.", option="adapt")
    require_libraries(ADAPTING_METRICS, "Adapting")
    require_torch("Adapting", option="adapt")
