"""A sequence to review, and networks without weights."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.command_line import write_png
from tests.support.jobs import FakeNetwork
from tests.support.rows import pan

from midframe.engines.options import EngineOptions
from midframe.evaluation.review import alternatives as alternatives_module
from midframe.jobs import session as session_module


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Ten frames, numbered from 101: two pans with a cut between them, and a static pair at the end."""
    frames = [*pan(5, seed=1), *pan(4, seed=2)]
    folder = tmp_path / "shots"
    folder.mkdir()
    for number, samples in enumerate([*frames, frames[-1]]):
        write_png(folder / f"{101 + number}.png", samples)
    return folder


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[EngineOptions]:
    """Options of the networks that alternatives load; sessions load networks without weights, too."""
    loaded: list[EngineOptions] = []

    def load(options: EngineOptions) -> FakeNetwork:
        loaded.append(options)
        return FakeNetwork()

    monkeypatch.setattr(alternatives_module, "load_model", load)
    monkeypatch.setattr(session_module, "load_for_execution", lambda *_, **__: FakeNetwork())
    return loaded
