"""midframe draws the frames between frames.

::

    import midframe

    network = midframe.Interpolator.load("4.25")
    middle, = network.between(left, right, [0.5])

Importing midframe loads neither torch nor numpy; both come with the first name that needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from midframe.api.interpolator import Interpolator as Interpolator
    from midframe.errors import MidframeError as MidframeError

__version__ = "0.1.0"

__all__ = ["Interpolator", "MidframeError", "__version__"]

_HOMES = {"Interpolator": "midframe.api.interpolator", "MidframeError": "midframe.errors"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'midframe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
