"""Libraries that midframe can do without: whether they are there, and how they are installed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from midframe.errors import OptionError
from midframe.wording import enumerated

LIBRARIES = {
    "cv2": ("OpenCV", "opencv-python-headless"),
    "jinja2": ("Jinja2", "jinja2"),
    "ncnn": ("ncnn", "ncnn"),
    "onnx": ("ONNX", "onnx"),
    "onnxruntime": ("ONNX Runtime", "onnxruntime"),
    "openvino": ("OpenVINO", "openvino"),
    "pillow_heif": ("pillow-heif", "pillow-heif"),
    "pytorch_msssim": ("pytorch-msssim", "pytorch-msssim"),
    "ray": ("Ray", "ray"),
    "scipy": ("SciPy", "scipy"),
    "skimage": ("scikit-image", "scikit-image"),
    "starlette": ("Starlette", "starlette"),
    "torch": ("PyTorch", "torch"),
    "uvicorn": ("uvicorn", "uvicorn"),
    "vapoursynth": ("VapourSynth", "vapoursynth"),
}
"""Libraries that are not always installed, by the name that they are imported under: what people call them, and the
package that they are installed with."""


LOAD_ERRORS = (
    *(ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, MemoryError, NameError, OSError),
    *(RuntimeError, SyntaxError, SystemError, TypeError, ValueError),
)
"""What is raised while libraries, or the files of packages, are loaded that are damaged or do not fit to each other, to
Python or to the system."""

TORCH_BUILDS = "https://pytorch.org/get-started/locally"
"""Where builds of torch for other GPUs are described."""

TORCH_DOES_NOT_LOAD = f"PyTorch is installed, but cannot be loaded. Install it again ({TORCH_BUILDS}), or remove it."


def is_installed(module: str) -> bool:
    """Whether a library is installed, by the name that it is imported under; it is not loaded."""
    if module in sys.modules:
        return sys.modules[module] is not None
    return find_spec(module) is not None


def has_torch() -> bool:
    """Whether torch is installed; it is not loaded."""
    return is_installed("torch")


def require_packages(modules: Sequence[str], purpose: str, *, option: str | None = None) -> None:
    """Check that libraries are installed. None is loaded.

    Args:
        modules: Keys of `LIBRARIES`.
        purpose: What needs them, as the beginning of a sentence.
        option: Name of the option that asks for it.

    Raises:
        OptionError: Some are not; the message names them, and the command that installs them.
    """
    missing = [LIBRARIES[module] for module in modules if not is_installed(module)]
    if missing:
        raise OptionError(_missing(missing, purpose), option=option)


def require_package(module: str, purpose: str, *, option: str | None = None) -> None:
    """The same as `require_packages` for one library."""
    require_packages((module,), purpose, option=option)


def _missing(libraries: Sequence[tuple[str, str]], purpose: str) -> str:
    names = [name for name, _ in libraries]
    state, pronoun = ("are", "them") if len(names) > 1 else ("is", "it")
    command = pip_install(*(package for _, package in libraries))
    return f"{purpose} needs {enumerated(names)}, which {state} not installed. Install {pronoun} with: {command}"


def pip_install(*packages: str) -> str:
    """The command that installs packages for this interpreter."""
    return f"{sys.executable or 'python'} -m pip install {' '.join(packages)}"


def pip_reinstall(*packages: str) -> str:
    """The command that installs packages for this interpreter once more, over what is there."""
    return pip_install("--force-reinstall", *packages)


def pip_uninstall(*packages: str) -> str:
    """The command that removes packages of this interpreter, without a question."""
    return f"{sys.executable or 'python'} -m pip uninstall -y {' '.join(packages)}"


def missing_package(module: str, purpose: str) -> str:
    """A sentence that says how to get a library, where something that begins the sentence needs it."""
    return _missing([LIBRARIES[module]], purpose)


def missing_torch(purpose: str) -> str:
    """The same as `missing_package` for torch."""
    return missing_package("torch", purpose)


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
