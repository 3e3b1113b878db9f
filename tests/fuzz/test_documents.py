"""Catalogues, records, journals and provenance: an answer, or an error of midframe's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.fuzz.conftest import Bounded, require_a_sentence
from tests.support.mutations import CHANGES, TEXT_PIECES, Change, mutated

from midframe.jobs.journal import read_journal
from midframe.models import cache
from midframe.models.catalog import load_catalog
from midframe.models.entries import ClipEntry, UrlSource
from midframe.models.provenance import Provenance

CATALOG = b"""
default = "mine"
[defaults]
licence = "MIT"
provenance = "A test."
[[models]]
name = "mine"
row = "4.25"
source = { url = "https://models.example/a.pkl" }
size = 10
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
mirrors = [{ huggingface = "owner/name", revision = "0123456789abcdef0123456789abcdef01234567", file = "a/b.pkl" }]
[[clips]]
name = "clip"
source = { file = "clip.mp4" }
[mirrors]
mine = [{ url = "https://mirror.example/a.pkl" }]
"""
JOURNAL = b"""{"journal": 1, "settings": {"factor": "2", "model": [1, null, 0.5]}}
{"outputs": 0, "left": 0, "restart": 0}
{"outputs": 8, "left": 4, "restart": 3}
{"complete": true}
"""
RECORD = b'{"source": "https://models.example/a.mp4", "size": 10, "sha256": "00"}'
PROVENANCE = json.dumps(
    {
        **dict.fromkeys(("midframe", "base", "base_sha256", "row", "tensors_sha256"), "x"),
        "form": 1,
        "inputs": [{"name": "a"}],
        "settings": {},
        "gains": {"gain": 0.5},
    }
).encode()
ENTRY = ClipEntry("a", UrlSource("https://models.example/a.mp4"), "MIT", "A test.")

quickly = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@quickly
@given(CHANGES)
def test_catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bounded: Bounded, changes: list[Change]) -> None:
    # Another name each time: a catalogue is read once.
    data = mutated(CATALOG, changes, TEXT_PIECES)
    path = tmp_path / f"{abs(hash(data))}.toml"
    path.write_bytes(data)
    monkeypatch.setenv("MIDFRAME_CATALOG", str(path))
    require_a_sentence(lambda _: load_catalog(), path, bounded)


@quickly
@given(CHANGES)
def test_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bounded: Bounded, changes: list[Change]) -> None:
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path))
    place = cache.record_path(ENTRY)
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(mutated(RECORD, changes, TEXT_PIECES))
    with bounded():
        cache.read_record(ENTRY)
        cache.fault(ENTRY)


@quickly
@given(CHANGES)
def test_journals(tmp_path: Path, bounded: Bounded, changes: list[Change]) -> None:
    (tmp_path / "journal").write_bytes(mutated(JOURNAL, changes, TEXT_PIECES))
    require_a_sentence(_resume, tmp_path / "journal", bounded)


def _resume(path: Path) -> None:
    record = read_journal(path)
    if record is not None:
        record.checkpoint(5)


@quickly
@given(CHANGES)
def test_provenance(bounded: Bounded, changes: list[Change]) -> None:
    with bounded():
        try:
            provenance = Provenance.from_json(mutated(PROVENANCE, changes, TEXT_PIECES).decode("utf-8", "replace"))
        except ValueError:
            return
        assert isinstance(provenance.sentence, str)
