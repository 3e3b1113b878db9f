"""Why a file cannot be read as a video, from its first bytes and its outermost structure."""

from __future__ import annotations

from pathlib import Path

PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"<smil", b"<asx", b"[playlist]", b"[Reference]")
"""How files begin that only name others."""


def why_unreadable(path: Path) -> str:
    """What is wrong with a file that no demuxer takes, and what to do. Raises `OSError`."""
    with path.open("rb") as stream:
        head = stream.read(64)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(PLAYLISTS):
        return "it is a list of other files, which midframe never follows. Give the video itself"
    if lacks_index(path):
        return (
            "it was cut off, as its index, which comes last, is missing. Copy it again from its source, or repair it "
            "with a tool such as untrunc"
        )
    return "it is not a video, or its start is damaged. Copy it again from its source"


def lacks_index(path: Path) -> bool:
    """Whether a file is MP4 or QuickTime without its index, which comes last while it is written: it was cut off.

    Walks over the boxes at the top level (ISO/IEC 14496-12, 4.2). Raises `OSError`.
    """
    names: list[bytes] = []
    size_of_file = path.stat().st_size
    with path.open("rb") as stream:
        position = 0
        while position + 8 <= size_of_file and len(names) < 1000:
            stream.seek(position)
            head = stream.read(16)
            size, name = int.from_bytes(head[:4], "big"), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            names.append(name)
            if size < 8:
                break
            position += size
    return bool(names) and names[0] in (b"ftyp", b"mdat", b"wide", b"free", b"skip") and b"moov" not in names
