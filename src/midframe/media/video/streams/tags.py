"""Titles, places and dates of files, and which of them a container has a place for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

OWN_METADATA = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "software", "duration", "timecode"}
)
"""What a container says about itself; the new one says its own. The time code goes with the pictures."""

NAMED_TAGS = 6
"""Tags that a note names."""

PHONE_TAGS = ("com.apple.", "com.android.")
"""How the names of tags begin that phones write. MP4 and QuickTime have a table of names for them."""

FLAGS = "movflags"
"""Option of FFmpeg's MP4 muxer that takes flags."""

KEYED_TAGS = "use_metadata_tags"
"""Flag of FFmpeg's MP4 muxer that writes the table of names, and all tags into it."""


MXF = "mxf"

MXF_TITLES = frozenset({"title", "material_package_name", "comment", "modification_date"})
"""Tags of MXF that are for people; dozens of others say how the file is built."""


def copied_tags(tags: Mapping[str, str], source_format: str) -> dict[str, str]:
    """What a new file says, too.

    Args:
        tags: What the source says.
        source_format: FFmpeg's demuxer.
    """
    kept = {name: value for name, value in tags.items() if name.lower() not in OWN_METADATA}
    if source_format == MXF:
        return {name: value for name, value in kept.items() if name.lower() in MXF_TITLES}
    return kept


def needs_keyed_tags(tags: Iterable[str]) -> bool:
    """Whether there are tags that MP4 and QuickTime hold only in a table of names."""
    return any(name.lower().startswith(PHONE_TAGS) for name in tags)


def lost_tags(wanted: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """The names of tags that are not in a file, in the order of the source."""
    there = {name.lower().partition("-")[0] for name in found}
    return [name for name, value in wanted.items() if value and name.lower().partition("-")[0] not in there]


def tags_note(lost: list[str]) -> str | None:
    """A sentence about tags that are left out; None if there are none."""
    if not lost:
        return None
    more = f" and {len(lost) - NAMED_TAGS} more" if len(lost) > NAMED_TAGS else ""
    return f"Left out tags that the container cannot store: {', '.join(lost[:NAMED_TAGS])}{more}."
