"""Libraries that midframe can do without: whether they are there, and how they are installed."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from midframe.errors import OptionError

EVALUATION_PACKAGES = ("jinja2", "opencv-python-headless", "pytorch-msssim", "scikit-image")
"""What the extra "evaluate" installs; PyTorch comes with one of them."""


def has_torch() -> bool:
    """Whether torch is installed; it is not loaded."""
    if "torch" in sys.modules:
        return sys.modules["torch"] is not None
    return find_spec("torch") is not None


def pip_install(*packages: str) -> str:
    """The command that installs packages for this interpreter."""
    return f"{sys.executable or 'python'} -m pip install {' '.join(packages)}"


def missing_torch(purpose: str) -> str:
    """A sentence that says how to get torch, where something that begins the sentence needs it."""
    return f"{purpose} needs PyTorch, which is not installed: {pip_install('torch')}"


def missing_evaluation(purpose: str) -> str:
    """A sentence that says how to get the libraries that measure, where something that begins it needs them."""
    return f"{purpose} needs libraries that are not installed: {pip_install(*EVALUATION_PACKAGES)}"


def prepare_torch() -> None:
    """Make ready to load torch, whose threads must not spin while they wait: that would slow down all other work.

    Does nothing where torch is loaded already.
    """
    if "torch" not in sys.modules:
        # Read by OpenMP when torch loads it.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def require_torch(purpose: str, *, option: str | None = None) -> None:
    """Make ready to load torch, see `prepare_torch`.

    Args:
        purpose: What needs torch, as the beginning of a sentence.
        option: Name of the option that asks for it.

    Raises:
        OptionError: It is not installed.
    """
    if not has_torch():
        raise OptionError(missing_torch(purpose), option=option)
    prepare_torch()
