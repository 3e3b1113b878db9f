"""Durations and amounts as people write them."""

from __future__ import annotations


def readable_time(seconds: float) -> str:
    """A duration as text: "4.2 s", "48 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def readable_size(size: int | None) -> str:
    """A number of bytes as text: "24.6 MB"; "?" for None."""
    if size is None:
        return "?"
    if size < 1000:
        return f"{size} B"
    unit, scale = next((unit, scale) for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)) if size >= scale)
    return f"{size / scale:.1f} {unit}"
