"""Networks that make the frame in between themselves, instead of warping: what torch needs to run one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from midframe.models.registry import NetworkModel

if TYPE_CHECKING:
    from torch import nn


@runtime_checkable
class SynthesisModel(NetworkModel, Protocol):
    """A model of an architecture without motion; the torch engine runs every model with these members."""

    @property
    def pad_multiple(self) -> int:
        """What width and height are padded to a multiple of, at the right and the bottom, in pixels.

        Views are padded with zeros, samples with their nearest pixels.
        """
        ...

    @property
    def floats_per_pixel(self) -> float:
        """Floats that a call of the network allocates for each pixel at its worst moment, for memory plans."""
        ...

    def network(self) -> nn.Module:
        """The network, in evaluation mode and without gradients.

        It is called as ``network(views, samples, time)``. Views are (2, 3, H, W) float32 in [0, 1], the left frame
        first; samples are (2, channels, H, W) float32 of any range and any number of channels; time is a float in
        (0, 1). It returns the samples of the frame in between, (1, channels, H, W).
        """
        ...
