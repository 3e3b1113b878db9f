from __future__ import annotations

import sys
from typing import Any

import pytest
from tests.support.fake_engine import FakeEngine

from midframe.engines.cpu.kernels import library
from midframe.engines.cpu.refined import RefinedEngine
from midframe.engines.refinement import refined
from midframe.engines.torch.quality import QualityEngine
from midframe.errors import OptionError


def test_the_quality_fast_is_the_engine_itself() -> None:
    engine = FakeEngine()
    assert refined(engine, "fast") is engine


@pytest.mark.parametrize("quality", ["default", "best"])
def test_the_kernels_come_first(quality: Any) -> None:
    if library.load_kernels() is None:
        pytest.skip("this installation has no kernels")
    assert isinstance(refined(FakeEngine(), quality), RefinedEngine)


def test_without_kernels_there_is_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load_kernels", lambda: None)
    assert isinstance(refined(FakeEngine(), "best"), QualityEngine)


def test_without_either_only_fast_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load_kernels", lambda: None)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(OptionError, match="use `quality=fast`"):
        refined(FakeEngine(), "default")
