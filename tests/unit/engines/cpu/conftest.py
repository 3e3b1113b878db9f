"""The kernels under test: those of each instruction set that was built and that this processor runs.

Besides, AVX-512's layout, built for another instruction set, so that it is tested on processors without AVX-512, too.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock
from tests.support.kernels import SIXTEEN_LANES, compile_kernels, cpp_compiler

from midframe.engines.cpu.kernels.library import (
    INSTRUCTION_SETS,
    Kernels,
    load_library,
    supported_instruction_sets,
)


@pytest.fixture(scope="session")
def sixteen_lanes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of kernels with vectors of 16 floats, in AVX2's instructions where there are some."""
    command = cpp_compiler()
    if command is None:
        pytest.skip("no C++ compiler")
    flags = ["-mavx2", "-mfma"] if "avx2" in supported_instruction_sets() else []
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # one for all processes of the run
    file = folder / "sixteen_lanes.so"
    with FileLock(f"{file}.lock"):
        if not file.exists():
            compile_kernels(command, file, "-DMIDFRAME_LANES=16", *flags)
    return file


@pytest.fixture(scope="module", params=(*INSTRUCTION_SETS, SIXTEEN_LANES))
def kernels(request: pytest.FixtureRequest) -> Kernels:
    if request.param == SIXTEEN_LANES:
        return Kernels(SIXTEEN_LANES, request.getfixturevalue("sixteen_lanes"))
    library = load_library(request.param) if request.param in supported_instruction_sets() else None
    if library is None:
        pytest.skip(f"no {request.param} kernels on this machine")
    return library
