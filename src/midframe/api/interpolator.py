"""midframe as a library: arrays, pictures and tensors in, the same kind out.

::

    import midframe

    network = midframe.Interpolator.load("4.25")
    quarter, half = network.between(left, right, [0.25, 0.5])
    smooth = network.interpolate(frames, factor=2)
    for frame in network.stream(camera(), insert=3):
        ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from midframe.engines.interpolation import engine_frame, interpolate_times
from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions, Precision, Quality
from midframe.engines.protocols import Engine
from midframe.errors import OptionError, UnsupportedFormatError
from midframe.media.pixels import ViewTransform, from_working
from midframe.models.checkpoints import LoadedCheckpoint
from midframe.timing.steps import Mode
from midframe.timing.timeline import parse_factor
from midframe.types import SAMPLE_DTYPES, Alpha, Frame, FrameFormat, Samples

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

Picture = TypeVar("Picture", "np.ndarray[Any, Any]", "Image", "Tensor")
"""A frame as callers have it: numpy (H, W, C) or (H, W), PIL image, or torch (C, H, W)."""

AlphaChoice = Literal["auto", "none", "straight", "premultiplied"]


@dataclass(frozen=True)
class _Opened:
    """A caller's picture as a frame, and the way back."""

    frame: Frame
    restore: Callable[[Samples], Any]


class Interpolator:
    """One network on one device, ready to draw. Use from one thread at a time."""

    def __init__(self, engine: Engine[Any], checkpoint: LoadedCheckpoint) -> None:
        """Use `load`; this takes what it makes."""
        self._engine = engine
        self.checkpoint = checkpoint

    @staticmethod
    def load(
        model: str | Path = "4.25",
        device: str = "auto",
        scale: float = 1.0,
        precision: Precision = "exact",
        ensemble: bool = False,
        quality: Quality = "default",
    ) -> Interpolator:
        """Load weights, fetching and verifying them first if the catalogue knows them and the cache does not.

        Args:
            model: A version such as "4.25", or a path to a checkpoint file or a folder that holds one.
            device: "auto", "cpu", "cuda", "cuda:1", "mps" or "xpu".
            scale: Flow scale: 0.25, 0.5, 1, 2 or 4. Below 1 for very large frames.
            precision: "exact" computes in float32; "fast" may use shorter types where the device has them.
            ensemble: Average with the time-reversed estimate, for versions that were published with it.
            quality: "fast", the network as published; "default", its blend goes by where both frames agree; "best",
                four estimates for each frame, in about four times the time.

        Raises:
            WeightsError: No such model, or the checkpoint cannot be used.
            DownloadError: The weights could not be fetched.
            DeviceError: No such device.
            OptionError: A scale, precision or quality that does not exist, or ensemble for a version without it.
        """
        network = load_model(
            EngineOptions(model, device, flow_scale=scale, precision=precision, quality=quality, ensemble=ensemble)
        )
        return Interpolator(network.make_engine(), network.checkpoint)

    @property
    def device(self) -> str:
        """The device in words."""
        return self._engine.device_name

    def between(
        self,
        left: Picture,
        right: Picture,
        times: Sequence[float | Fraction],
        *,
        mode: Mode = "direct",
        alpha: AlphaChoice = "auto",
    ) -> list[Picture]:
        """Draw frames between two.

        Args:
            left: numpy (height, width, channels) or (height, width); a PIL image of mode L, LA, RGB, RGBA, I;16
                or F; or a torch tensor (channels, height, width). uint8, uint16, int16, float16, float32, float64
                (computed in float32); any number of channels. Integers use their whole range; floats may have
                any range, 0 … 1 is usual.
            right: The same kind, size and type.
            times: Where to draw, inside (0, 1), in any order.
            mode: "direct", "recursive" or "bisect".
            alpha: What the last channel of 2- and 4-channel pictures is. "auto": straight alpha.

        Returns:
            One picture for each time, of the kind, size, type and range of `left`.

        Raises:
            OptionError: A time outside (0, 1), or an unknown mode.
            UnsupportedFormatError: Pictures that differ, or of a kind that cannot be used.
            EngineError: The device ran out of memory or failed.
        """
        opened = [_open(picture, alpha) for picture in (left, right)]
        _require_same(opened[0].frame.format, opened[1].frame.format)
        wanted = [_exact_time(time) for time in times]
        transform = ViewTransform.fit([each.frame for each in opened])
        encoded = [self._engine.encode(engine_frame(each.frame, transform)) for each in opened]
        drawn = interpolate_times(
            self._engine, encoded[0], encoded[1], mode, sorted(set(wanted)), transform.view_of_working
        )
        return [opened[0].restore(from_working(drawn[time], opened[0].frame.format)) for time in wanted]

    def interpolate(
        self,
        frames: Iterable[Picture],
        *,
        factor: float | str | Fraction | None = None,
        insert: int | None = None,
        mode: Mode = "direct",
        alpha: AlphaChoice = "auto",
    ) -> list[Picture]:
        """Draw frames between all neighbours; see `stream` for the arguments.

        Returns:
            (N−1)·factor+1 pictures for a whole factor. Those that were given are in it, the same objects.
        """
        return list(self.stream(frames, factor=factor, insert=insert, mode=mode, alpha=alpha))

    def stream(
        self,
        frames: Iterable[Picture],
        *,
        factor: float | str | Fraction | None = None,
        insert: int | None = None,
        mode: Mode = "direct",
        alpha: AlphaChoice = "auto",
    ) -> Iterator[Picture]:
        """Draw frames between all neighbours of a row of any length, holding two at a time.

        The range that the network sees float and 16-bit frames in is fitted to the first two.

        Args:
            frames: Two or more pictures of one kind, size and type; see `between`.
            factor: Output frames per interval, at least 1, exact for Fractions and strings such as "5/2".
            insert: Frames to draw between each two; the same as factor insert + 1. Give one of the two.
            mode: "direct", "recursive" or "bisect".
            alpha: See `between`.

        Yields:
            Pictures in order. Those that were given are passed on untouched.

        Raises:
            OptionError: Neither or both of `factor` and `insert`, or one out of range.
            UnsupportedFormatError: Frames that differ, fewer than two, or of a kind that cannot be used.
            EngineError: The device ran out of memory or failed.
        """
        exact = _exact_factor(factor, insert)
        return self._stream(iter(frames), exact, mode, alpha)

    def _stream(self, frames: Iterator[Picture], factor: Fraction, mode: Mode, alpha: AlphaChoice) -> Iterator[Picture]:
        before: tuple[Picture, _Opened, Any] | None = None
        transform: ViewTransform | None = None
        number = 0
        position = Fraction(0)
        for number, picture in enumerate(frames):
            opened = _open(picture, alpha)
            if before is None:
                before = (picture, opened, None)
                continue
            left_picture, left, left_encoded = before
            _require_same(left.frame.format, opened.frame.format)
            if transform is None:
                transform = ViewTransform.fit([left.frame, opened.frame])
                left_encoded = self._engine.encode(engine_frame(left.frame, transform))
            encoded = self._engine.encode(engine_frame(opened.frame, transform))
            times = []
            while position < number:
                times.append(position - (number - 1))
                position += 1 / factor
            if times and times[0] == 0:
                yield left_picture
                times = times[1:]
            drawn = interpolate_times(self._engine, left_encoded, encoded, mode, times, transform.view_of_working)
            for time in times:
                yield left.restore(from_working(drawn[time], left.frame.format))
            before = (picture, opened, encoded)
        if before is None or number == 0:
            raise UnsupportedFormatError("Interpolation needs at least two frames.")
        if position == number:
            yield before[0]


def _exact_factor(factor: float | str | Fraction | None, insert: int | None) -> Fraction:
    if (factor is None) == (insert is None):
        raise OptionError("Give either factor or insert.")
    if insert is not None:
        if insert < 0:
            raise OptionError(f"insert must be 0 or more, not {insert}.")
        return Fraction(insert + 1)
    return parse_factor(str(factor))


def _exact_time(time: float | Fraction) -> Fraction:
    # Scalars of numpy and torch are not all numbers to Fraction, but all of them become floats.
    exact = time if isinstance(time, Fraction) else float(time)
    if not 0 < exact < 1:
        raise OptionError(f"Times lie strictly between 0 (the left frame) and 1 (the right one), not at {time}.")
    return Fraction(exact)


def _require_same(left: FrameFormat, right: FrameFormat) -> None:
    if left != right:
        raise UnsupportedFormatError(f"Both frames must be alike, but they are {left} and {right}.")


def _open(picture: Any, alpha: AlphaChoice) -> _Opened:
    """A caller's picture, of whatever kind, as a frame."""
    kind = type(picture).__module__.split(".")[0]
    if isinstance(picture, np.ndarray):
        return _open_array(picture, alpha, restore=lambda samples: samples)
    if kind == "PIL":
        return _open_pil(picture)
    if kind == "torch":
        from midframe.engines.torch.tensors import from_array, to_array

        if picture.ndim != 3:
            raise UnsupportedFormatError(
                f"A tensor must be (channels, height, width), not {tuple(picture.shape)}; pass a batch frame by frame."
            )
        return _open_array(to_array(picture), alpha, restore=partial(from_array, like=picture))
    raise UnsupportedFormatError(f"Frames are numpy arrays, PIL images or torch tensors, not {type(picture).__name__}.")


def _open_array(array: np.ndarray[Any, Any], alpha: AlphaChoice, restore: Callable[[Samples], Any]) -> _Opened:
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise UnsupportedFormatError(f"An array must be (height, width, channels), not {array.shape}.")
    dtype = array.dtype
    samples = array.astype(np.float32) if dtype == np.float64 else array
    if samples.dtype not in SAMPLE_DTYPES:
        names = ", ".join(map(str, SAMPLE_DTYPES))
        raise UnsupportedFormatError(f"Samples of type {dtype} cannot be interpolated; use {names} or float64.")
    flat = array.ndim == 2
    samples = samples[:, :, np.newaxis] if flat else samples
    height, width, channels = samples.shape
    frame_format = FrameFormat(width, height, channels, samples.dtype, _alpha(channels, alpha))

    def back(drawn: Samples) -> Any:
        return restore((drawn[:, :, 0] if flat else drawn).astype(dtype, copy=False))

    return _Opened(Frame(samples, frame_format), back)


def _alpha(channels: int, choice: AlphaChoice) -> Alpha | None:
    if choice not in ("auto", "none", "straight", "premultiplied"):
        raise OptionError(f"alpha must be auto, none, straight or premultiplied, not {choice!r}.")
    if choice == "none" or channels not in (2, 4):
        return None
    return Alpha(channels - 1, premultiplied=choice == "premultiplied")


def _open_pil(image: Image) -> _Opened:
    from PIL.Image import fromarray

    if image.mode not in ("L", "LA", "RGB", "RGBA", "I;16", "F"):
        raise UnsupportedFormatError(
            f"A PIL image of mode {image.mode} cannot be interpolated; convert it first, e.g. image.convert('RGB')."
        )
    alpha: AlphaChoice = "straight" if image.mode in ("LA", "RGBA") else "none"
    return _open_array(np.asarray(image), alpha, restore=fromarray)
