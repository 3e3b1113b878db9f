"""What differs from constraints.txt."""

from __future__ import annotations

from packaging.utils import NormalizedName
from tools.dependencies.newest import newer
from tools.dependencies.project import pinned_version, pins


def test_only_what_differs_is_named() -> None:
    pin = pinned_version(pins()[NormalizedName("pillow")])
    torch = pinned_version(pins()[NormalizedName("torch")])
    assert newer({"pillow": "99.1", "torch": f"{torch}+cpu", "unknown": "1"}) == [
        f"pillow 99.1 (constraints.txt: {pin})"
    ]
