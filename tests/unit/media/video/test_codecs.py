"""The table of codecs and containers holds everything that is particular to one of them."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

import midframe
from midframe.media.video import codecs
from midframe.media.video.codecs import (
    CONTAINERS,
    VIDEO_CODECS,
    CodecRow,
    animation_label,
    codec_of_stream,
    codec_to_write,
    ffv1_slices_are_whole,
)

NAMES = {
    name
    for row in (*VIDEO_CODECS.values(), codec_of_stream("vp8"))
    for name in (row.name, row.encoder, *row.aliases)
    if name
}
SOURCE = Path(midframe.__file__).parent
PACKAGES = ("media/video", "media/pipes", "jobs", "runtime", "executors", "evaluation", "visualization")
ALLOWED = {("media/video/codecs.py", name) for name in NAMES} | {("media/video/rgb.py", "libx264")}
"""The table itself, and the encoder of the one function that is about H.264 alone."""


def strings_of(path: Path) -> Iterator[str]:
    """All string constants of a module but docstrings, which stand alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def test_no_module_outside_the_table_names_a_codec() -> None:
    modules = [path for package in PACKAGES for path in sorted((SOURCE / package).rglob("*.py"))]
    found = {
        (path.relative_to(SOURCE).as_posix(), text) for path in modules for text in strings_of(path) if text in NAMES
    }
    assert len(modules) > 50
    assert found - ALLOWED == set()
    assert ("media/video/codecs.py", "ffv1") in found


@pytest.mark.parametrize("row", [*VIDEO_CODECS.values(), *CONTAINERS.values()], ids=lambda row: str(row)[:24])
def test_rows_cannot_be_changed(row: object) -> None:
    assert dataclasses.is_dataclass(row)
    for field in dataclasses.fields(row):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(row, field.name, None)
        value = getattr(row, field.name)
        assert not isinstance(value, (dict, list, set))
        if hasattr(value, "keys"):
            with pytest.raises(TypeError):
                value["crf"] = "0"


def test_containers_hold_codecs_of_the_table() -> None:
    for container in CONTAINERS.values():
        assert {*container.codecs, *container.alpha_codecs} <= set(VIDEO_CODECS)
        assert set(container.alpha_codecs) <= set(container.codecs)
        assert container.animation == (container.play_options is not None) == bool(container.label)
        assert all(VIDEO_CODECS[name].animation == container.animation for name in container.codecs)


def test_every_codec_has_a_container() -> None:
    assert {name for container in CONTAINERS.values() for name in container.codecs} == set(VIDEO_CODECS)


@pytest.mark.parametrize(
    ("given", "name"),
    [("h264", "h264"), ("HEVC", "h265"), ("x265", "h265"), ("libsvtav1", "av1"), ("prores_ks", "prores")],
)
def test_codecs_are_found_by_all_their_names(given: str, name: str) -> None:
    assert codec_to_write(given) is VIDEO_CODECS[name]


@pytest.mark.parametrize("given", ["h264_nvenc", "mpeg4", "vp8", "png"])
def test_other_encoders_get_a_row(given: str) -> None:
    row = codec_to_write(given)
    assert (row.name, row.encoder, row.preset) == (given, given, "preset")
    assert (row.quality == "cq") == row.even_sizes == given.endswith("nvenc")


def test_sources_of_unknown_compression_have_no_capabilities() -> None:
    assert codec_of_stream("cinepak") == CodecRow("cinepak")
    assert codec_of_stream(None) == CodecRow("")


def test_what_is_said_of_animations() -> None:
    assert [animation_label(muxer) for muxer in ("gif", "webp", "apng", "matroska")] == ["GIF", "WebP", "APNG", None]


def test_an_empty_packet_is_not_whole() -> None:
    assert not ffv1_slices_are_whole(b"")
    assert codecs.VIDEO_CODECS["ffv1"].packet_check is ffv1_slices_are_whole
