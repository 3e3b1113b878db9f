"""The interfaces of engines and models. Importing this does not load torch.

`Engine` is enough for jobs: encode each frame once, interpolate between two. `MotionEngine` also hands out the motion
that it estimates, which flow output, the quality "best" and the recursive modes need. To add an engine, write a class
with these methods and describe it by a `midframe.engines.entry.EngineEntry` (see CONTRIBUTING.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from midframe.errors import EngineError, OptionError

if TYPE_CHECKING:
    from midframe.engines.flow_fields import MotionField
    from midframe.engines.options import PairOptions
    from midframe.timing.steps import Mode
    from midframe.types import FrameFormat

Notify = Callable[[str], None]
"""Takes a sentence for the user."""


def ignore_notice(sentence: str) -> None:
    """A `Notify` that does nothing."""


@dataclass(frozen=True, eq=False)
class EngineFrame:
    """One frame as engines take it.

    Attributes:
        view: (height, width, 3) float32 in [0, 1], RGB: what flow and mask are estimated on.
        samples: (height, width, channels) float32 of any range, finite or not: what is warped and blended. Engines
            may keep a reference instead of a copy, so it must not be written to afterwards.
    """

    view: NDArray[np.float32]
    samples: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.view.ndim != 3 or self.view.shape[2] != 3 or self.view.dtype != np.float32:
            raise ValueError(f"a view is (height, width, 3) float32, not {self.view.shape} {self.view.dtype}")
        if self.samples.shape[:2] != self.view.shape[:2] or self.samples.dtype != np.float32:
            raise ValueError(f"samples {self.samples.shape} {self.samples.dtype} do not fit view {self.view.shape}")


@dataclass(frozen=True, eq=False)
class Motion:
    """Where the pixels of one frame between two others come from.

    Both arrays are of whatever library the engine computes with, on the engine's device: numpy arrays, or others
    that can be sliced, added and multiplied as numpy's and exchanged by DLPack, such as torch's tensors.

    Attributes:
        flow: (1, 4, H, W) float32: x and y offsets in pixels to frame 0, then to frame 1. H and W are the frame's, or
            larger by its padding.
        mask: (1, 1, H, W) float32: logit of the weight of frame 0.
    """

    flow: Any
    mask: Any


def arrays_of(motion: Motion) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Flow and mask of a motion in the machine's memory as numpy arrays, which may be its own."""
    flow: NDArray[Any] = np.from_dlpack(motion.flow)
    mask: NDArray[Any] = np.from_dlpack(motion.mask)
    return flow, mask


class WeightedMotion(NamedTuple):
    """A motion as it enters an average: its share, and what its two halves are multiplied by first."""

    motion: Motion
    weight: float
    left_gain: float
    right_gain: float


def average_motion(parts: Sequence[WeightedMotion]) -> Motion:
    """Weighted mean of flows (each half multiplied by its gain) and of mask logits.

    Args:
        parts: At least one, of one size and one library. Weights add up to 1.

    Returns:
        In new arrays of the same library.
    """
    # 0 × 0 + x is x, and a sum that begins with it is rounded as one that begins with zeros.
    flow, mask = parts[0].motion.flow * 1.0, parts[0].motion.mask * parts[0].weight + 0.0
    flow[:, 0:2] *= parts[0].weight * parts[0].left_gain
    flow[:, 2:4] *= parts[0].weight * parts[0].right_gain
    flow += 0.0
    for motion, weight, left_gain, right_gain in parts[1:]:
        flow[:, 0:2] += motion.flow[:, 0:2] * (weight * left_gain)
        flow[:, 2:4] += motion.flow[:, 2:4] * (weight * right_gain)
        mask += motion.mask * weight
    return Motion(flow, mask)


Encoded = TypeVar("Encoded")


@runtime_checkable
class Engine(Protocol[Encoded]):
    """Runs one network on one device. Not thread-safe: one thread uses it at a time.

    `Encoded` is whatever the engine makes of a frame; callers keep it for as long as they need it and pass it
    back. Both frames of a call have the same size and number of channels.

    Attributes:
        strips: 1, or into how many horizontal strips full-resolution work is cut to save memory. Flow and mask are
            estimated for the whole frame in any case, so there are no seams: the result is the same within 1e-4 of
            the frames' range. It may be set at any time, and frames that were encoded before stay valid. Engines
            that cannot work in strips ignore it, see `midframe.engines.entry.Capabilities`.
    """

    strips: int

    @property
    def device_name(self) -> str:
        """The device in words, such as "cpu (2 threads)"."""
        ...

    def encode(self, frame: EngineFrame) -> Encoded:
        """Prepare a frame; the work that depends on this frame alone is done here, once."""
        ...

    def between(self, left: Encoded, right: Encoded, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """Interpolate the frames at `times` in (0, 1).

        Returns:
            For each time, (height, width, channels) float32 in the range of the frames' samples.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed.
        """
        ...

    def release(self) -> None:
        """Free what is kept for speed alone; the next call makes it again. Encoded frames stay valid."""
        ...


@runtime_checkable
class MotionEngine(Engine[Encoded], Protocol[Encoded]):
    """An engine that interpolates by warping, and hands out the motion in between."""

    def motion(self, left: Encoded, right: Encoded, time: float) -> Motion:
        """Estimate motion for the frame at `time` in (0, 1), without interpolating it.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed.
        """
        ...

    def warp(self, left: Encoded, right: Encoded, motion: Motion) -> NDArray[np.float32]:
        """Warp the frames' samples by a motion, and blend them: (height, width, channels) float32.

        Args:
            left: The left frame.
            right: The right frame.
            motion: Motion in this engine's arrays, or in others that have DLPack.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed, or the motion does not cover the frames.
        """
        ...

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """A motion without its padding, as numpy arrays.

        Args:
            motion: A motion from this engine.
            height: Rows of the frames.
            width: Columns of the frames.
        """
        ...


@runtime_checkable
class VariableEngine(Engine[Encoded], Protocol[Encoded]):
    """An engine that makes others of the same network, with the options of single pairs."""

    def varied(self, options: PairOptions) -> Engine[Any]:
        """The same network on the same device, with these options in the place of the engine's own.

        Raises:
            OptionError: The network cannot be run with them.
            EngineError: It does not fit on the device once more.
        """
        ...


def vary(engine: Engine[Any], options: PairOptions) -> Engine[Any]:
    """The same network with the options of single pairs.

    Raises:
        OptionError: The engine has no such options.
        EngineError: The network does not fit on the device once more.
    """
    if isinstance(engine, VariableEngine):
        return engine.varied(options)
    raise OptionError(
        f"The engine on {engine.device_name} has no options for single pairs. Leave `quality` and `flow_scale` out of "
        "the choices.",
        option="choices",
    )


def require_motion(engine: Engine[Encoded], purpose: str, option: str | None = None) -> MotionEngine[Encoded]:
    """The same engine, if it hands out motion.

    Args:
        engine: Any.
        purpose: What the motion is needed for, as the beginning of a sentence such as "Flow output".
        option: Name of the option that asks for it.

    Raises:
        OptionError: It does not.
    """
    if isinstance(engine, MotionEngine):
        return engine
    raise OptionError(
        f"{purpose} needs a network that estimates motion; the one on {engine.device_name} does not.", option=option
    )


def require_motion_for(motion: Motion, size: tuple[int, int], device: str) -> None:
    """Refuse a motion that does not cover frames of (height, width).

    Raises:
        EngineError: It does not, or its flow and mask differ in size.
    """
    rows, columns = motion.flow.shape[-2:]
    if rows < size[0] or columns < size[1] or motion.mask.shape[-2:] != motion.flow.shape[-2:]:
        shape = tuple(motion.flow.shape)
        raise EngineError(f"The network failed on {device}: a motion of {shape} does not fit these frames.")


class EngineMaker(Protocol):
    """Makes an engine in whatever process it is sent to. Small, and can be pickled."""

    @property
    def device(self) -> str:
        """The device it makes an engine for, as the user names it."""
        ...

    def make_engine(self, notify: Notify = ignore_notice) -> Engine[Any]:
        """Load the weights and put the network on its device.

        Args:
            notify: Is given a sentence when the engine falls back because memory has run out.

        Raises:
            WeightsError: The checkpoint no longer exists, or has changed.
            EngineError: The network does not fit on the device.
        """
        ...


class JobModel(Protocol):
    """A model as jobs need it; `midframe.engines.loading.LoadedModel` is one."""

    @property
    def name(self) -> str:
        """The model in words, for the summary."""
        ...

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights, for the summary."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        ...

    @property
    def settings(self) -> dict[str, object]:
        """What decides how frames are interpolated, in types that JSON has."""
        ...

    @property
    def makers(self) -> Sequence[EngineMaker]:
        """One for each device, for workers; where there are fewer than two, `make_engine` does."""
        ...

    @property
    def spare(self) -> int:
        """Bytes that remain for frames besides the engines; all that may be used where nothing was fitted."""
        ...

    def fitted(
        self, frame_format: FrameFormat, times: int, mode: Mode, pair_options: Sequence[PairOptions] = ()
    ) -> JobModel:
        """The same model, set up to interpolate such frames within its memory.

        Args:
            frame_format: Format of the source.
            times: Frames interpolated in a pair, at most.
            mode: How they are interpolated.
            pair_options: Options that single pairs have in the place of the model's own.

        Raises:
            OutOfMemoryError: Nothing fits; the message says what would.
            OptionError: The mode needs motion, which the network does not estimate; or a pair has options that the
                network cannot be run with.
        """
        ...

    def make_engine(self, notify: Notify = ignore_notice) -> Engine[Any]:
        """An engine in this process, on the first device; see `EngineMaker.make_engine`."""
        ...
