"""Stops a job before the disk is full, so that it can be resumed."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from midframe.errors import DiskFullError, OptionError
from midframe.media.output_paths import existing_folder
from midframe.quantities import parse_bytes


@dataclass(frozen=True)
class KeepFree:
    """How much of a disk must stay free.

    Attributes:
        share: Share of the disk's size, 0 … 1.
        nbytes: Bytes; the larger of the two counts.
    """

    share: float = 0.02
    nbytes: int = 0

    def of(self, total: int) -> int:
        """Bytes to leave free on a disk of `total` bytes."""
        return max(round(self.share * total), self.nbytes)


def parse_keep_free(value: int | str) -> KeepFree:
    """How much of a disk must stay free, from a share such as "2%" or an amount such as "10G".

    Raises:
        OptionError: Neither of the two.
    """
    share = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", str(value).strip())
    if share is None:
        return KeepFree(0.0, parse_bytes(value, "keep_free"))
    if float(share.group(1)) > 100:
        raise OptionError(f"`keep_free` must be at most 100%, not {value}.", option="keep_free")
    return KeepFree(float(share.group(1)) / 100)


def require_space(place: Path, keep: KeepFree) -> None:
    """Check before a job that as much is free as must stay free.

    Args:
        place: Output file or folder; it may not exist yet.
        keep: How much must stay free.

    Raises:
        DiskFullError: Less is free.
    """
    usage = shutil.disk_usage(existing_folder(place))
    wanted = keep.of(usage.total)
    if usage.free < wanted:
        raise DiskFullError(
            f"Only {_words(usage.free)} are free on the disk of {place}; `keep_free` asks for {_words(wanted)}. Free "
            "some space, choose another output, or lower `keep_free`.",
            option="keep_free",
            path=place,
        )


class DiskGuard:
    """Watches the disk that an output is on.

    Args:
        place: Output file or folder; it may not exist yet.
        keep: How much must stay free.
        resumable: Whether another run can continue the job.
    """

    def __init__(self, place: Path, keep: KeepFree, *, resumable: bool = True) -> None:
        self._place = place
        self._folder = existing_folder(place)
        self._keep = keep
        self._then = "continue with `resume`" if resumable else "run it again"

    def check(self) -> None:
        """Compare what is free with what is to stay free.

        Raises:
            DiskFullError: Less is free than must stay free.
        """
        usage = shutil.disk_usage(self._folder)
        keep = self._keep.of(usage.total)
        if usage.free < keep:
            raise DiskFullError(
                f"Only {_words(usage.free)} are free on the disk of {self._place}; `keep_free` asks for "
                f"{_words(keep)}. Free some space, then {self._then}.",
                option="keep_free",
                path=self._place,
            )


def _words(nbytes: int) -> str:
    return f"{nbytes / 1e9:.1f} GB" if nbytes >= 1e9 else f"{nbytes / 1e6:.1f} MB"
