"""Amounts of memory and disk as people write them."""

from __future__ import annotations

import re

from midframe.errors import OptionError
from midframe.jobs.disk_guard import KeepFree

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def readable_size(size: int | None) -> str:
    """A number of bytes as text: "24.6 MB"; "?" for None."""
    if size is None:
        return "?"
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def parse_bytes(name: str, text: str) -> int:
    """Bytes, from "800M", "4G", "4GB", "4GiB" (binary) or "5000000".

    Raises:
        OptionError: None of these.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise OptionError(f"{name} must be an amount such as 800M, 4G or 4GiB, not {text!r}.")
    number, unit, binary = found.groups()
    exponent = list(UNITS).index(unit.upper())
    return round(float(number) * (1024**exponent if binary else UNITS[unit.upper()]))


def memory_of(text: str | None) -> int | None:
    """What --memory means; None for most of what is free.

    Raises:
        OptionError: No amount, or none at all.
    """
    nbytes = None if text is None else parse_bytes("--memory", text)
    if nbytes == 0:
        raise OptionError("--memory must be above 0.")
    return nbytes


def parse_keep_free(text: str) -> KeepFree:
    """What --keep-free means: a share such as "2%", or an amount.

    Raises:
        OptionError: Neither.
    """
    share = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text.strip())
    if share is None:
        return KeepFree(0.0, parse_bytes("--keep-free", text))
    if float(share.group(1)) > 100:
        raise OptionError(f"--keep-free must be at most 100%, not {text}.")
    return KeepFree(float(share.group(1)) / 100)
