"""Adapted weights: written, read again, and refused if they are not what they say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tests.support.random_weights import random_tensors

from midframe.errors import InputError, WeightsError, WriteError
from midframe.models.adapted import check_place, digest, write_adapted
from midframe.models.checkpoints import load_checkpoint
from midframe.models.provenance import METADATA_KEY, Provenance
from midframe.models.rife.architecture import require_rife
from midframe.models.rife.spec import spec_for_version

SPEC = spec_for_version("4.15.lite")


@pytest.fixture(scope="module")
def tensors() -> dict[str, NDArray[np.float32]]:
    return random_tensors(SPEC)


def provenance_of(tensors: dict[str, NDArray[np.float32]], gains: dict[str, float] | None = None) -> Provenance:
    return Provenance(
        midframe="0.1.0",
        base="4.15.lite",
        base_sha256="a" * 64,
        row=SPEC.name,
        tensors_sha256=digest(tensors),
        inputs=({"name": "clip ü.mp4", "input_frames": 12},),
        settings={"seed": 3, "learning_rate": 2e-5},
        gains={"gain": 0.5, "psnr": 0.4} if gains is None else gains,
    )


def test_round_trip(tmp_path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    place = tmp_path / "my.safetensors"
    written = provenance_of(tensors)
    write_adapted(place, tensors, written)
    found = load_checkpoint(place)
    assert found.provenance == written
    assert require_rife(found.model).spec is SPEC
    assert all(np.array_equal(found.model.tensors[name], tensors[name]) for name in tensors)
    assert found.notes == (
        "The weights of 4.15.lite were adapted to clip ü.mp4 (midframe 0.1.0, +0.50 dB on held-out frames).",
    )
    assert list(tmp_path.iterdir()) == [place]


def test_weights_of_the_base_say_so(tmp_path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    place = tmp_path / "my.safetensors"
    write_adapted(place, tensors, provenance_of(tensors, {}))
    (note,) = load_checkpoint(place).notes
    assert "did not improve them" in note


def test_other_safetensors_files_have_no_provenance(tmp_path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    save_file(tensors, tmp_path / "plain.safetensors", metadata={"format": "pt"})
    assert load_checkpoint(tmp_path / "plain.safetensors").provenance is None


def test_a_changed_tensor_is_noticed(tmp_path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    place = tmp_path / "my.safetensors"
    write_adapted(place, tensors, provenance_of(tensors))
    data = bytearray(place.read_bytes())
    data[-100] ^= 1
    place.write_bytes(data)
    with pytest.raises(WeightsError, match="damaged or changed"):
        load_checkpoint(place)


def test_a_truncated_file_is_refused(tmp_path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    place = tmp_path / "my.safetensors"
    write_adapted(place, tensors, provenance_of(tensors))
    place.write_bytes(place.read_bytes()[:-4])
    with pytest.raises(WeightsError, match="not a complete safetensors file"):
        load_checkpoint(place)


def broken(**changes: Any) -> str:
    fields = json.loads(provenance_of({}).to_json())
    for name, value in changes.items():
        if value is None:
            del fields[name]
        else:
            fields[name] = value
    return json.dumps(fields)


@pytest.mark.parametrize(
    "words",
    [
        "no JSON",
        "[]",
        broken(form=2),
        broken(form=None),
        broken(base=None),
        broken(tensors_sha256=5),
        broken(inputs={}),
        broken(inputs=["clip"]),
        broken(settings=[]),
        broken(gains={"psnr": "much"}),
    ],
)
def test_foreign_provenance_is_refused(tmp_path: Path, tensors: dict[str, NDArray[np.float32]], words: str) -> None:
    place = tmp_path / "foreign.safetensors"
    save_file(tensors, place, metadata={METADATA_KEY: words})
    with pytest.raises(WeightsError, match=r"foreign\.safetensors is not a file of adapted weights"):
        load_checkpoint(place)


def test_adapted_weights_of_no_known_network_are_refused(tmp_path: Path) -> None:
    other = {"layer.weight": np.zeros(3, np.float32)}
    write_adapted(tmp_path / "other.safetensors", other, replace(provenance_of(other), row="?"))
    with pytest.raises(WeightsError, match="not a RIFE 4 checkpoint"):
        load_checkpoint(tmp_path / "other.safetensors")


def test_places_that_cannot_take_weights(tmp_path: Path) -> None:
    there = tmp_path / "there.safetensors"
    there.write_bytes(b"x")
    check_place(tmp_path / "new.safetensors", replace=False)
    check_place(there, replace=True)
    for place, words in (
        (tmp_path / "weights.pkl", "written as .safetensors"),
        (tmp_path / "nowhere" / "a.safetensors", "does not exist"),
        (there, "`overwrite`"),
    ):
        with pytest.raises(InputError, match=words):
            check_place(place, replace=False)


def test_a_place_that_vanishes_is_told(tmp_path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    with pytest.raises(WriteError, match="cannot be written"):
        write_adapted(tmp_path / "gone" / "a.safetensors", tensors, provenance_of(tensors))


def test_digest_knows_names_shapes_and_values() -> None:
    zeros, ones = np.zeros(4, np.float32), np.ones(2, np.float32)
    one = {"a": zeros, "b": ones}
    assert digest(one) == digest(dict(reversed(one.items())))
    assert digest(one) != digest({"a": zeros.reshape(2, 2), "b": ones})
    assert digest(one) != digest({"a": zeros, "c": ones})
    assert digest(one) != digest({"a": zeros + np.float32(1e-7), "b": ones})


def test_digests_and_files_stay_what_they_were(tmp_path: Path) -> None:
    """Pinned: files that older versions have written must be recognised, and the other way round."""
    tensors = {
        "a.weight": (np.arange(24, dtype=np.float32) / np.float32(7)).reshape(2, 3, 4),
        "b": np.array([1.5, -2.0, 0.25, 3e-7], np.float32),
        "c.bias": np.zeros((), np.float32),
        "e": np.zeros((0, 3), np.float32),
    }
    assert digest(tensors) == "5b98b527ae4a3da0442b660c97a17520aa30eb5d6c9987301c0be999ddc1f0b2"
    others: dict[str, NDArray[Any]] = {
        "h": np.arange(5).astype(np.float16),
        "d": np.arange(3, dtype=np.float64),
        "i": np.arange(4),
        "x": np.array([True, False]),
        "u": np.array([1, 2], np.uint8),
    }
    assert digest(others) == "011702e4abb07bfd9c968194cb2f21be7f35f123efbfb767431e52b661693e0c"
    write_adapted(tmp_path / "a.safetensors", tensors, provenance_of(tensors))
    data = (tmp_path / "a.safetensors").read_bytes()
    length = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:length])
    # safetensors writes the two entries in any order, so that the bytes of the whole file are not always the same.
    assert header.pop("__metadata__") == {"format": "pt", METADATA_KEY: provenance_of(tensors).to_json()}
    assert header == {
        "a.weight": {"dtype": "F32", "shape": [2, 3, 4], "data_offsets": [0, 96]},
        "b": {"dtype": "F32", "shape": [4], "data_offsets": [96, 112]},
        "c.bias": {"dtype": "F32", "shape": [], "data_offsets": [112, 116]},
        "e": {"dtype": "F32", "shape": [0, 3], "data_offsets": [116, 116]},
    }
    assert data[length:] == b"".join(tensor.tobytes() for tensor in tensors.values())


def test_what_was_written_is_what_load_file_sees(tmp_path: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    write_adapted(tmp_path / "a.safetensors", tensors, provenance_of(tensors))
    assert load_file(tmp_path / "a.safetensors").keys() == tensors.keys()
