"""The kernels under test: those of each instruction set that was built and that this processor runs."""

from __future__ import annotations

import pytest

from midframe.engines.cpu.kernels.library import (
    INSTRUCTION_SETS,
    Kernels,
    load_library,
    supported_instruction_sets,
)


@pytest.fixture(scope="module", params=INSTRUCTION_SETS)
def kernels(request: pytest.FixtureRequest) -> Kernels:
    library = load_library(request.param) if request.param in supported_instruction_sets() else None
    if library is None:
        pytest.skip(f"no {request.param} kernels on this machine")
    return library
