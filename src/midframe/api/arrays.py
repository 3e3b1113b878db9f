"""Pictures as callers have them, as frames, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np

from midframe.errors import OptionError, UnsupportedFormatError
from midframe.media.pixels import FrameValues
from midframe.quantities import require_choice
from midframe.types import SAMPLE_DTYPES, Alpha, AlphaChoice, Frame, FrameFormat, Samples

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

Array = TypeVar("Array", "np.ndarray[Any, Any]", "Image", "Tensor")
"""A frame as callers have it: numpy (H, W, C) or (H, W), a PIL image, or torch (C, H, W)."""

Stack = TypeVar("Stack", "np.ndarray[Any, Any]", "Tensor")
"""Several frames in one array: numpy (F, H, W, C), (F, C, H, W) or (F, H, W), or torch the same."""

Layout = Literal["auto", "channels_last", "channels_first"]
"""Where the channels stand: (H, W, C) or (C, H, W). "auto": what the shape says where it says it beyond doubt."""

MOST_USUAL_CHANNELS = 4
"""Pictures of more channels exist; a length up to this is likely a number of channels and not a width."""

MOST_LIKELY_CHANNELS = 16
"""A length above this, where a single picture should have its channels, is likely a width or height."""


@dataclass(frozen=True)
class OpenedPicture:
    """A caller's picture as a frame, and the way back.

    Attributes:
        frame: Its samples, channels last, of a type that can be interpolated.
        restore: Makes the caller's kind, type and layout of samples like the frame's.
    """

    frame: Frame
    restore: Callable[[Samples], Any]

    def at(self, index: int) -> OpenedPicture:
        """The same picture as frame number `index` of a sequence."""
        return replace(self, frame=replace(self.frame, index=index))


def open_picture(picture: Any, alpha: AlphaChoice = "auto", layout: Layout = "auto") -> OpenedPicture:
    """A caller's picture, of whatever kind, as a frame.

    Args:
        picture: numpy (height, width, channels) or (height, width); a PIL image of mode L, LA, RGB, RGBA, I;16 or F; or
            a torch tensor (channels, height, width), on any device.
        alpha: See `AlphaChoice`.
        layout: See `Layout`. "auto" takes numpy arrays as channels last and tensors as channels first, and asks
            where that looks wrong. Ignored for PIL images.

    Raises:
        UnsupportedFormatError: Not a picture, or of a type or shape that cannot be interpolated.
        OptionError: An alpha or layout that does not exist, or a layout that must be given.
    """
    require_choice("layout", layout, get_args(Layout))
    kind = kind_of(picture)
    if kind == "numpy":
        return _open_array(picture, alpha, _single_layout(picture.shape, layout, "channels_last"))
    if kind == "PIL":
        return _open_image(picture)
    if kind == "torch":
        if picture.ndim not in (2, 3):
            raise UnsupportedFormatError(
                f"A tensor must be (channels, height, width) or (height, width), not {tuple(picture.shape)}; batches "
                "go to batch() and sequences to interpolate()."
            )
        opened = _open_array(_to_numpy(picture), alpha, _single_layout(picture.shape, layout, "channels_first"))
        return replace(opened, restore=partial(_restore_tensor, opened.restore, picture))
    raise UnsupportedFormatError(f"Frames are numpy arrays, PIL images or torch tensors, not {type(picture).__name__}.")


def holds_data_as_alpha(pictures: Sequence[Any], layout: Layout) -> bool:
    """Whether what would be guessed to be alpha has values in any of some pictures that no alpha has.

    Raises:
        UnsupportedFormatError: One of them is not a picture.
    """
    for picture in pictures:
        frame = open_picture(picture, "auto", layout).frame
        alpha = frame.format.alpha
        if alpha is None or alpha.blending != "guessed" or frame.format.dtype.kind == "u":
            return False
        if FrameValues.of(frame).beyond:
            return True
    return False


def kind_of(value: Any) -> Literal["numpy", "PIL", "torch"] | None:
    """The library that a picture or stack belongs to; None for anything else. Loads none of them."""
    if isinstance(value, np.ndarray):
        return "numpy"
    for base in type(value).__mro__:
        library = base.__module__.split(".")[0]
        if (library, base.__name__) == ("PIL", "Image"):
            return "PIL"
        if (library, base.__name__) == ("torch", "Tensor"):
            return "torch"
    return None


def require_same_format(left: FrameFormat, right: FrameFormat) -> None:
    """Refuse two frames that differ.

    Raises:
        UnsupportedFormatError: They do.
    """
    if left != right:
        raise UnsupportedFormatError(f"Both frames must have the same shape and type, but they are {left} and {right}.")


def is_stack(value: Any) -> bool:
    """Whether something is several pictures in one array or tensor: four dimensions, or three for grey pictures."""
    return kind_of(value) in ("numpy", "torch") and value.ndim in (3, 4)


def stack_layout(stack: Any, layout: Layout) -> Layout:
    """Where the channels of a stack stand: (frames, height, width, channels) or (frames, channels, height, width).

    Grey pictures without channels, (frames, height, width), have no layout: `layout` is returned unchanged.

    Raises:
        OptionError: `layout` is "auto" and the shape fits both, or neither.
        UnsupportedFormatError: Three dimensions that are those of a single picture of several channels.
    """
    if stack.ndim == 3:
        channels_last = stack.shape[2] <= MOST_USUAL_CHANNELS < stack.shape[1]
        if channels_last or (kind_of(stack) == "torch" and stack.shape[0] in (1, 3, 4)):
            raise UnsupportedFormatError(
                f"Frames of shape {tuple(stack.shape)} look like a single picture; give several frames as a list, or "
                "as a stack of four dimensions."
            )
        return layout
    if layout != "auto":
        return layout
    first, last = (stack.shape[axis] <= MOST_USUAL_CHANNELS for axis in (1, 3))
    if first == last:
        raise OptionError(
            f"A stack of shape {tuple(stack.shape)} may be channels first or channels last; give `layout`.",
            option="layout",
        )
    return "channels_first" if first else "channels_last"


def restack(pictures: Sequence[Any], like: Any) -> Any:
    """Several pictures as one stack of the kind, type and device of `like`."""
    if kind_of(like) == "numpy":
        return np.stack(pictures)
    import torch

    return torch.stack(list(pictures))


def _single_layout(
    shape: tuple[int, ...], layout: Layout, convention: Literal["channels_last", "channels_first"]
) -> Literal["channels_last", "channels_first"]:
    if layout != "auto":
        return layout
    if len(shape) != 3:
        return convention
    channels, other = (shape[0], shape[2]) if convention == "channels_first" else (shape[2], shape[0])
    if channels > MOST_LIKELY_CHANNELS and other <= MOST_USUAL_CHANNELS:
        raise OptionError(
            f"A picture of shape {tuple(shape)} may be channels first or channels last; give `layout`.",
            option="layout",
        )
    return convention


def _open_array(
    array: np.ndarray[Any, Any], alpha: AlphaChoice, layout: Literal["channels_last", "channels_first"]
) -> OpenedPicture:
    if isinstance(array, np.ma.MaskedArray):
        raise UnsupportedFormatError("Masked arrays cannot be interpolated; fill them first: array.filled().")
    array = np.asarray(array)
    if array.ndim not in (2, 3):
        raise UnsupportedFormatError(
            f"An array must be (height, width, channels) or (height, width), not {array.shape}; batches go to batch() "
            "and sequences to interpolate()."
        )
    if 0 in array.shape:
        raise UnsupportedFormatError(f"A picture of shape {array.shape} is empty.")
    dtype, flat = array.dtype, array.ndim == 2
    samples = array.astype(np.float32 if dtype.newbyteorder("=") == np.float64 else dtype.newbyteorder("="), copy=False)
    if samples.dtype not in SAMPLE_DTYPES:
        names = ", ".join(map(str, SAMPLE_DTYPES))
        raise UnsupportedFormatError(f"Samples of type {dtype} cannot be interpolated; use {names} or float64.")
    if flat:
        samples = samples[:, :, np.newaxis]
    elif layout == "channels_first":
        samples = np.moveaxis(samples, 0, -1)
    height, width, channels = samples.shape
    frame_format = FrameFormat(width, height, channels, samples.dtype, _alpha_of(channels, alpha))

    def restore(made: Samples) -> Any:
        if flat:
            made = made[:, :, 0]
        elif layout == "channels_first":
            made = np.ascontiguousarray(np.moveaxis(made, -1, 0))
        return made.astype(dtype, copy=False)

    return OpenedPicture(Frame(samples, frame_format), restore)


def _alpha_of(channels: int, choice: AlphaChoice) -> Alpha | None:
    require_choice("alpha", choice, get_args(AlphaChoice))
    if choice == "none" or channels not in (2, 4):
        return None
    return Alpha(channels - 1, choice == "premultiplied", "guessed" if choice == "auto" else choice)


def _open_image(image: Image) -> OpenedPicture:
    from PIL.Image import fromarray

    if image.mode not in ("L", "LA", "RGB", "RGBA", "I;16", "F"):
        raise UnsupportedFormatError(
            f"A PIL image of mode {image.mode} cannot be interpolated; convert it first, e.g. image.convert('RGB')."
        )
    alpha: AlphaChoice = "straight" if image.mode in ("LA", "RGBA") else "none"
    opened = _open_array(np.asarray(image), alpha, "channels_last")
    return replace(opened, restore=lambda made: fromarray(opened.restore(made)))


def _to_numpy(tensor: Tensor) -> np.ndarray[Any, Any]:
    """A tensor of any device in memory; bfloat16, which numpy does not have, becomes float32."""
    try:
        plain = tensor.detach().cpu().resolve_conj().resolve_neg()
        if str(plain.dtype) == "torch.bfloat16":
            plain = plain.float()
        return plain.numpy()
    # Sparse, quantised and meta tensors, and types that numpy does not have.
    except (TypeError, NotImplementedError, RuntimeError) as error:
        raise UnsupportedFormatError(
            f"A tensor of type {tensor.dtype}, layout {tensor.layout} on {tensor.device} cannot be interpolated; "
            "convert it to a dense one of float32."
        ) from error


def _restore_tensor(restore: Callable[[Samples], Any], like: Tensor, made: Samples) -> Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(restore(made))).to(device=like.device, dtype=like.dtype)
