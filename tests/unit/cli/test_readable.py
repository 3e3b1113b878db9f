from __future__ import annotations

import pytest

from midframe.cli.readable import readable_size


@pytest.mark.parametrize(
    ("size", "text"),
    [(None, "?"), (0, "0 B"), (999, "999 B"), (24_600, "24.6 kB"), (24_600_000, "24.6 MB"), (3 * 10**9, "3.0 GB")],
)
def test_readable_sizes(size: int | None, text: str) -> None:
    assert readable_size(size) == text
