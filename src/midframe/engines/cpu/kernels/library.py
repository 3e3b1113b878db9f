"""Loads the kernel library that fits the processor, and declares its functions.

The structures mirror those in ``source/*.h``; a library that was built from others is refused. Addresses are handed
over raw: the caller keeps the arrays alive and is responsible for their sizes.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from ctypes import POINTER, Structure, c_float, c_int, c_int32, c_int64, c_uint64, c_void_p
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midframe.errors import EngineError

VARIABLE = "MIDFRAME_KERNELS"
"""Environment variable: "off" for no kernels, or the name of an instruction set to use at most."""

INSTRUCTION_SETS = ("baseline", "avx2", "avx512")
"""Slowest first; each is a library of its own."""

SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
"""Of the libraries' names, which say nothing of Python; ``setup.py`` gives them the same."""

_logger = logging.getLogger(__name__)


class ConvolutionStruct(Structure):
    """`Convolution` in convolution.h."""

    _fields_ = (
        ("weights", c_void_p),
        ("bias", c_void_p),
        ("slopes", c_void_p),
        ("inputs", c_int64),
        ("outputs", c_int64),
        ("groups", c_int64),
    )


class EstimateStruct(Structure):
    """`Estimate` in motion.h."""

    _fields_ = (
        ("corners", c_void_p),
        ("pitch", c_int64),
        ("channels", c_int64),
        ("span", c_int64),
        ("height", c_int64),
        ("width", c_int64),
        ("has_mask", c_int64),
        ("factor", c_float),
        ("gain", c_float),
        ("offset", c_float),
    )


class FlowSumStruct(Structure):
    """`FlowSum` in motion.h."""

    _fields_ = (("flow", c_void_p), ("estimates", c_int64))


class BlockInputStruct(Structure):
    """`BlockInput` in block_input.h."""

    _fields_ = (
        ("left", c_void_p),
        ("right", c_void_p),
        ("estimates", POINTER(EstimateStruct)),
        ("estimate_count", c_int64),
        ("latest", POINTER(EstimateStruct)),
        ("summed", FlowSumStruct),
        ("flow_sum", c_void_p),
        ("height", c_int64),
        ("width", c_int64),
        ("lanes", c_int64),
        ("used_lanes", c_int64),
        ("scale", c_int64),
        ("feature_planes", c_int64),
        ("channels", c_int64),
        ("time", c_float),
        ("exchanged", c_int32),
    )


class CanvasStruct(Structure):
    """`Canvas` in frames.h."""

    _fields_ = (
        ("left", c_void_p),
        ("right", c_void_p),
        ("output", c_void_p),
        ("rows", c_int64),
        ("columns", c_int64),
        ("channels", c_int64),
        ("width", c_int64),
    )


class AgreementStruct(Structure):
    """`Agreement` in agreement.h."""

    _fields_ = (
        ("left", c_void_p),
        ("right", c_void_p),
        ("left_light", c_void_p),
        ("right_light", c_void_p),
        ("rows", c_int64),
        ("columns", c_int64),
        ("height", c_int64),
        ("width", c_int64),
        ("around", c_int64),
        ("window", c_int64),
        ("tolerance", c_float),
        ("moving", c_float),
        ("least_contrast", c_float),
        ("still", c_float),
        ("unexplained", c_float),
        ("moved", c_float),
    )


class BalanceStruct(Structure):
    """`Balance` in agreement.h."""

    _fields_ = (
        ("share", c_void_p),
        ("moving", c_void_p),
        ("rows", c_int64),
        ("columns", c_int64),
        ("time_weight", c_float),
    )


class PatchCornersStruct(Structure):
    """`PatchCorners` in selection.h."""

    _fields_ = (("values", c_void_p), ("rows", c_int64), ("columns", c_int64), ("step", c_float))


_ESTIMATION = (POINTER(EstimateStruct), c_int64, POINTER(FlowSumStruct))
"""What is known about a pair: estimates, how many, and what of them is summed up already."""

_TILES = (c_void_p, c_int64)
"""Numbers of Winograd tiles, int32 and ascending, and how many."""

_CONVOLUTION = (POINTER(ConvolutionStruct), c_void_p, c_int64, c_void_p, c_int64, c_int64, c_int64)
"""A layer, its input and output, each with its pitch, and the rows and columns of the output."""

_SIGNATURES = {
    "midframe_lanes": (c_int, ()),
    "midframe_supported": (c_int, ()),
    "midframe_convolve_strided": (
        None,
        (*_CONVOLUTION, c_int),
    ),
    "midframe_convolve_corners": (
        None,
        (*_CONVOLUTION, c_int),
    ),
    "midframe_winograd_corners": (
        None,
        (*_CONVOLUTION, *_TILES, c_int),
    ),
    "midframe_winograd_strided": (
        None,
        (*_CONVOLUTION, *_TILES, c_int),
    ),
    "midframe_winograd_scratch": (c_int64, (c_int64, c_int64, c_int64, c_int64, c_int)),
    "midframe_winograd": (
        None,
        (
            POINTER(ConvolutionStruct),
            c_void_p,
            c_int64,
            c_void_p,
            c_int64,
            c_void_p,
            c_int64,
            c_int64,
            c_void_p,
            c_int64,
            c_void_p,
            c_int,
        ),
    ),
    "midframe_block_input": (None, (POINTER(BlockInputStruct), c_void_p, c_int64, c_int)),
    "midframe_first_layer": (
        None,
        (POINTER(BlockInputStruct), POINTER(ConvolutionStruct), c_void_p, c_int64, c_int),
    ),
    "midframe_first_layer_tiles": (
        None,
        (POINTER(BlockInputStruct), POINTER(ConvolutionStruct), c_void_p, c_int64, *_TILES, c_int),
    ),
    "midframe_clear_tiles": (None, (c_void_p, c_int64, c_int64, c_int64, c_int64, *_TILES)),
    "midframe_need": (
        None,
        (
            POINTER(AgreementStruct),
            POINTER(EstimateStruct),
            c_int64,
            c_int64,
            c_int64,
            c_void_p,
            c_void_p,
            c_int,
        ),
    ),
    "midframe_settle": (
        None,
        (
            POINTER(EstimateStruct),
            POINTER(EstimateStruct),
            c_void_p,
            c_int64,
            POINTER(PatchCornersStruct),
            c_int64,
            c_int64,
            c_int,
        ),
    ),
    "midframe_sum_coarse": (None, (POINTER(EstimateStruct), c_int64, c_void_p, c_int64, c_int64, c_int)),
    "midframe_motion": (
        None,
        (
            *_ESTIMATION,
            c_int64,
            c_int64,
            c_void_p,
            c_void_p,
            c_int,
        ),
    ),
    "midframe_warp": (None, (POINTER(CanvasStruct), c_void_p, c_void_p, c_int64, c_int)),
    "midframe_between": (
        None,
        (
            POINTER(CanvasStruct),
            *_ESTIMATION,
            POINTER(BalanceStruct),
            c_int,
        ),
    ),
    "midframe_turn_motion": (
        None,
        (c_void_p, c_void_p, c_int64, c_int64, c_int64, c_int, c_void_p, c_void_p, c_int),
    ),
    "midframe_add_motion": (
        None,
        (c_void_p, c_void_p, c_int64, c_int64, POINTER(BalanceStruct), c_int, c_void_p, c_void_p, c_void_p, c_int),
    ),
    "midframe_mean_motion": (None, (c_void_p, c_void_p, c_void_p, c_int64, c_int)),
    "midframe_balance_motion": (None, (POINTER(BalanceStruct), c_void_p, c_void_p, c_int64, c_int64, c_int)),
    "midframe_enlarge": (
        None,
        (c_void_p, c_int64, c_int64, c_int64, c_int64, c_void_p, c_int64, c_int),
    ),
    "midframe_cell_means": (None, (c_void_p, c_int64, c_int64, c_void_p, c_int)),
    "midframe_light": (None, (POINTER(AgreementStruct), c_void_p, c_int)),
    "midframe_agree": (
        c_int,
        (
            POINTER(AgreementStruct),
            *_ESTIMATION,
            c_int64,
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
            c_int,
        ),
    ),
    "midframe_pad": (
        None,
        (c_void_p, c_int64, c_int64, c_int64, c_void_p, c_int64, c_int64, c_int64, c_int64, c_int),
    ),
    "midframe_pack_frame": (
        None,
        (
            c_void_p,
            c_int64,
            c_int64,
            c_void_p,
            c_int64,
            c_int64,
            c_void_p,
            c_int64,
            c_int64,
            c_int64,
            c_int,
        ),
    ),
}

FUNCTIONS = ("midframe_abi", *_SIGNATURES)
"""All that a library exports."""

ABI_VERSION = 10
"""Raise it, here and in ``source/abi.cpp``, when a function's parameters or the meaning of a field change."""

STRUCTURES: tuple[type[Structure], ...] = (
    ConvolutionStruct,
    EstimateStruct,
    FlowSumStruct,
    BlockInputStruct,
    CanvasStruct,
    AgreementStruct,
    BalanceStruct,
    PatchCornersStruct,
)
"""In the order of ``source/abi.cpp``."""


def abi_number() -> int:
    """What `midframe_abi` of a library returns that was built from the same structures."""
    number = 14695981039346656037
    for value in (ABI_VERSION, *map(ctypes.sizeof, STRUCTURES)):
        number = (number ^ value) * 1099511628211 % 2**64
    return number


class Kernels:
    """One loaded library; its functions are attributes, named without the ``midframe_`` prefix.

    Attributes:
        name: The instruction set.
        file: The library.
        lanes: Channels are stored in multiples of this.

    Raises:
        OSError: It cannot be loaded.
        EngineError: It was built from other sources than this module.
    """

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self.file = file
        self._library = ctypes.CDLL(str(file))
        abi = getattr(self._library, "midframe_abi", None)
        if abi is not None:
            abi.restype, abi.argtypes = c_uint64, ()
        if abi is None or abi() != abi_number():
            raise EngineError(
                f"The CPU kernels in {file} were built from another version of midframe; rebuild them: pip install -e "
                ".",
                path=file,
            )
        for function, (result, arguments) in _SIGNATURES.items():
            entry = getattr(self._library, function)
            entry.restype, entry.argtypes = result, arguments
            setattr(self, function.removeprefix("midframe_"), entry)
        self.lanes: int = self._library.midframe_lanes()

    def __getattr__(self, name: str) -> ctypes._NamedFuncPointer:
        # Only reached for names that __init__ did not set; the declaration types the others.
        raise AttributeError(name)

    @property
    def panel(self) -> int:
        """Output channels that weights are packed in."""
        return 2 * self.lanes


def address(array: NDArray[np.float32], offset: int = 0) -> int:
    """Where a contiguous float32 array lies in memory; `offset` counts floats."""
    assert array.dtype == np.float32
    assert array.flags.c_contiguous
    return int(array.ctypes.data) + 4 * offset


def supported_instruction_sets() -> tuple[str, ...]:
    """What this processor and its system can run, slowest first. The baseline library knows, and must be there.

    Raises:
        EngineError: It was built from other sources.
    """
    baseline = load_library(INSTRUCTION_SETS[0])
    return INSTRUCTION_SETS[: baseline.supported() if baseline else 1]


def load_library(name: str) -> Kernels | None:
    """The kernels for one instruction set, or None where they were not built or cannot be loaded.

    Raises:
        EngineError: They were built from other sources.
    """
    file = library_file(name)
    if not file.is_file():
        return None
    try:
        return Kernels(name, file)
    except OSError as error:
        _logger.warning("The CPU kernels in %s cannot be loaded (%s).", file.name, error)
    return None


def library_file(name: str) -> Path:
    """Where the kernels for an instruction set are, if they were built."""
    return Path(__file__).with_name(f"_{name}{SUFFIX}")


def are_disabled() -> bool:
    """Whether the environment variable `MIDFRAME_KERNELS` forbids all kernels."""
    return os.environ.get(VARIABLE, "").lower() == "off"


def no_kernels() -> str:
    """Why there are none, as the end of a sentence about what needs "the CPU kernels"."""
    if are_disabled():
        return f"which {VARIABLE}=off disables"
    return "which were not built when midframe was installed"


@lru_cache(maxsize=1)
def load_kernels() -> Kernels | None:
    """The fastest kernels that were built and that this processor runs, or None with one notice in the log.

    The environment variable `MIDFRAME_KERNELS` is read once.

    Raises:
        EngineError: The kernels were built from other sources.
    """
    choice = os.environ.get(VARIABLE, "").lower()
    if are_disabled():
        _logger.info("The CPU kernels are disabled by %s.", VARIABLE)
        return None
    usable = supported_instruction_sets()
    if choice in usable:
        usable = usable[: usable.index(choice) + 1]
    for name in reversed(usable):
        kernels = load_library(name)
        if kernels:
            return kernels
    _logger.warning(
        "The fast CPU kernels are not installed, so the network runs on torch, several times slower. Install a C++ "
        "compiler (GCC or Clang) and reinstall midframe to build them."
    )
    return None
