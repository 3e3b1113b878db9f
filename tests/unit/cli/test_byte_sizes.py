from __future__ import annotations

import pytest

from midframe.cli.byte_sizes import parse_bytes, parse_keep_free, readable_size
from midframe.errors import OptionError
from midframe.jobs.disk_guard import KeepFree


@pytest.mark.parametrize(
    ("text", "nbytes"),
    [
        ("0", 0),
        ("123", 123),
        ("4G", 4 * 10**9),
        ("4gb", 4 * 10**9),
        ("1.5 MiB", 3 << 19),
        ("2T", 2 * 10**12),
        ("8KB", 8000),
    ],
)
def test_amounts(text: str, nbytes: int) -> None:
    assert parse_bytes("--memory", text) == nbytes


@pytest.mark.parametrize("text", ["", "G", "-4G", "4X", "4 G B", "1e9", "50%"])
def test_no_amounts(text: str) -> None:
    with pytest.raises(OptionError, match="--memory must be an amount"):
        parse_bytes("--memory", text)


def test_shares() -> None:
    assert parse_keep_free("2.5%") == KeepFree(0.025)
    assert parse_keep_free("10G") == KeepFree(0.0, 10**10)
    with pytest.raises(OptionError, match="at most 100%"):
        parse_keep_free("101%")


@pytest.mark.parametrize(
    ("size", "text"),
    [(None, "?"), (0, "0 B"), (999, "999 B"), (24_600, "24.6 kB"), (24_600_000, "24.6 MB"), (3 * 10**9, "3000.0 MB")],
)
def test_readable_sizes(size: int | None, text: str) -> None:
    assert readable_size(size) == text
