from __future__ import annotations

import io
import pickle
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.mutations import CHANGES, PICKLE_PIECES, Change, mutated
from tests.support.torch_archives import archive, read_members, state, tensor, write_members

from midframe.errors import UnsafeCheckpointError, WeightsError
from midframe.models.safe_unpickler import foreign_global, unpickle_tensors


class Foreign:
    """Something that runs code when it is loaded in full."""

    def __reduce__(self) -> tuple[Any, ...]:
        return divmod, (1, 0)


def test_tensors_are_read(tmp_path: Path) -> None:
    found: Any = unpickle_tensors(archive(tmp_path / "a.pkl", state({"a": tensor(0, (4,), (1,))})))
    assert found["a"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (torch.ones(2, 2).to_sparse(), "a sparse tensor"),
        (torch.ones(2, dtype=torch.complex64), "numbers of the type torch.ComplexFloatStorage"),
        (torch.ones(2).to(torch.float8_e4m3fn), "numbers of the type float8_e4m3fn"),
        (torch.ones(2, device="meta"), "a tensor without data"),
    ],
    ids=["sparse", "complex", "float8", "meta"],
)
def test_special_tensors_have_a_sentence(tmp_path: Path, content: torch.Tensor, kind: str) -> None:
    torch.save({"a": content}, tmp_path / "a.pkl")
    with pytest.raises(WeightsError) as caught:
        unpickle_tensors(tmp_path / "a.pkl")
    assert str(caught.value) == (
        f"{tmp_path / 'a.pkl'} contains {kind}, which midframe cannot read; save the network's weights as plain "
        "tensors."
    )


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_foreign_names_come_before_everything_else(tmp_path: Path, compression: int) -> None:
    members = [("a/data.pkl", pickle.dumps({"a": Foreign()}, 2)), ("a/data/0", b"")]
    with pytest.raises(UnsafeCheckpointError, match=r"__builtin__\.divmod"):
        unpickle_tensors(write_members(tmp_path / "a.pkl", members, compression))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["data.pkl", "other.pkl"])
def test_foreign_names_in_any_pickle(tmp_path: Path, protocol: int, name: str) -> None:
    members = [("a/first.pkl", b"\xff"), (f"a/{name}", pickle.dumps(Foreign(), protocol))]
    assert (foreign_global(write_members(tmp_path / "a.pkl", members)) or "").endswith("divmod")


def test_a_foreign_name_can_be_printed(tmp_path: Path) -> None:
    name = b"X\x09\x00\x00\x00a\x1b[31m" + b"\xed\xa0\x80" + b"X\x01\x00\x00\x00b\x93."
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04" + name)
    assert foreign_global(tmp_path / "a.pkl") == r"a\x1b[31m\ud800.b"
    (tmp_path / "a.pkl").write_bytes(b"c" + b"x" * 100_000 + b"\ny\n.")
    assert len(foreign_global(tmp_path / "a.pkl") or "") == 201


def test_looking_for_names_unpacks_no_bomb(tmp_path: Path) -> None:
    bomb = [("a/data.pkl", b"N" * (64 << 20))]
    for compression in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        file = write_members(tmp_path / "a.pkl", bomb, compression)
        assert foreign_global(file) is None


def test_looking_for_names_ends_soon(tmp_path: Path) -> None:
    for row in (b"N." * (4 << 20), b"\x80\x02" + b"".join(b"Np%d\n" % (n * (2**61 - 1)) for n in range(50_000))):
        (tmp_path / "a.pkl").write_bytes(row)
        assert foreign_global(tmp_path / "a.pkl") is None


def test_a_long_name_used_again_and_again(tmp_path: Path) -> None:
    long = b"X" + (8 << 20).to_bytes(4, "little") + b"x" * (8 << 20) + b"q\x00"
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04" + b"Vtorch\nVSize\n\x93" + long + b"h\x00h\x00\x93" * 100_000)
    assert len(foreign_global(tmp_path / "a.pkl") or "") == 201


def test_many_pickles_in_an_archive(tmp_path: Path) -> None:
    members = [(f"a/{count}.pkl", b"N" * 999_999) for count in range(40)]
    assert foreign_global(write_members(tmp_path / "a.pkl", members, zipfile.ZIP_DEFLATED)) is None


def checkpoints() -> list[list[tuple[str, bytes]]]:
    """Small checkpoints as torch writes them, by their members."""
    base = torch.arange(12.0).reshape(3, 4)
    contents: list[Any] = [
        {"a.weight": base, "a.bias": base[0], "turned": base.t()},
        {
            "half": base.half(),
            "bfloat16": base.bfloat16(),
            "int": base.long(),
            "flag": base > 3,
            "new": base.to(torch.uint16),
        },
        {"model": torch.nn.BatchNorm2d(2).state_dict(), "epoch": 3, "rest": [(1, None), {"x": {1, 2}}]},
        {"parameter": torch.nn.Parameter(base), "empty": torch.zeros(0, 2), "scalar": torch.tensor(1.5)},
        {"sparse": torch.ones(2, 2).to_sparse()},
    ]
    found = []
    for content in contents:
        stream = io.BytesIO()
        torch.save(content, stream)
        with zipfile.ZipFile(stream) as opened:
            found.append([(member.filename, opened.read(member)) for member in opened.infolist()])
    found.append([("a/data.pkl", pickle.dumps({"a": Foreign()}, 2))])
    return found


CHECKPOINTS = checkpoints()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(CHECKPOINTS), CHANGES, st.booleans(), st.sampled_from(["", "twice", "folder", "missing", "packed"])
)
def test_damaged_files_give_tensors_or_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    members: list[tuple[str, bytes]],
    changes: list[Change],
    in_pickle: bool,
    other: str,
) -> None:
    file = tmp_path / "a.pkl"
    if in_pickle:
        members = [
            (name, mutated(data, changes, PICKLE_PIECES) if name.endswith("data.pkl") else data)
            for name, data in members
        ]
    if other == "twice":
        members = [*members, members[-1]]
    elif other == "folder":
        members = [("a/", b""), *members]
    elif other == "missing":
        members = members[: len(members) // 2]
    write_members(file, members, zipfile.ZIP_DEFLATED if other == "packed" else zipfile.ZIP_STORED)
    if not in_pickle:
        file.write_bytes(mutated(file.read_bytes(), changes, PICKLE_PIECES))
    try:
        content = unpickle_tensors(file)
    except WeightsError as error:
        assert str(file) in str(error)  # noqa: PT017 - both outcomes are right
        str(error).encode()
    else:
        arrays = content.values() if isinstance(content, dict) else ()
        assert all(value.flags.c_contiguous for value in arrays if isinstance(value, np.ndarray))
    assert capsys.readouterr() == ("", "")


def test_the_files_that_are_damaged_above_are_read_whole(tmp_path: Path) -> None:
    for members in CHECKPOINTS[:-2]:
        file = write_members(tmp_path / "a.pkl", members)
        assert isinstance(unpickle_tensors(file), dict)
        assert read_members(file) == members


def test_random_bytes_behind_the_magic(tmp_path: Path) -> None:
    for seed in range(50):
        (tmp_path / "a.pkl").write_bytes(b"PK\x03\x04" + random.Random(seed).randbytes(500))
        with pytest.raises(WeightsError):
            unpickle_tensors(tmp_path / "a.pkl")
