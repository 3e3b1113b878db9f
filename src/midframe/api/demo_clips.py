"""Short real videos to try programs on."""

from __future__ import annotations

from pathlib import Path

from midframe.models.clips import fetch_clip


def demo_clip(name: str = "bigbuckbunny") -> Path:
    """A short real video to try a program on, fetched into the cache with the first call.

    Args:
        name: "bigbuckbunny" (1280×720, 132 frames, CC BY 3.0, Blender Foundation), or one whose licence is not stated:
            "bikes" (640×272, 250 frames) or "carphone_pristine" (176×144, 120 frames).

    Returns:
        The file. Copy it before you change it.

    Raises:
        InputError: There is no such clip.
        NotCachedError: Offline, and it is not in the cache.
        DownloadError: It could not be fetched.
        WriteError: The cache folder cannot be written.
    """
    return fetch_clip(name)
