from __future__ import annotations

import pytest

from midframe.cli.wrapping import wrapped


def test_lines_fit_and_words_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert wrapped("  name   a text-with-hyphens that is long", "    ") == [
        "  name   a",
        "    text-with-hyphens",
        "    that is long",
    ]
    assert wrapped("") == []
