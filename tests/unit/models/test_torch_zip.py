from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.support.torch_archives import archive, read_members, state, storage, tensor, write_members

from midframe.models.torch_pickle import BadPickleError, UnsupportedContentError
from midframe.models.torch_storages import widened
from midframe.models.torch_zip import LARGEST_DIRECTORY, DamagedArchiveError, read_torch_zip

BASE = torch.arange(24.0).reshape(4, 6)
DTYPES = [
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.bool),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.uint16, torch.uint32, torch.uint64),
]

CONTENTS: dict[str, Any] = {
    "a state dictionary": torch.nn.BatchNorm2d(3).state_dict(),
    "parameters": {"a": torch.nn.Parameter(BASE.clone()), "b": torch.nn.Parameter(torch.ones(2), requires_grad=False)},
    "views": {"row": BASE[1], "column": BASE[:, 2], "turned": BASE.t(), "steps": BASE[::2, 1::3], "all": BASE},
    "channels last": {"a": torch.rand(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)},
    "repeated numbers": {"a": torch.ones(1).expand(5, 7), "b": BASE.flatten().as_strided((4, 3), (2, 1))},
    "types": {str(dtype): (50 * torch.rand(3, 3)).to(dtype) for dtype in DTYPES},
    "values": {
        str(dtype): torch.tensor([torch.nan, torch.inf, -torch.inf, -0.0, 1e-45, 6e-8]).to(dtype)
        for dtype in (torch.float32, torch.float16, torch.bfloat16)
    },
    "empty": {"a": torch.zeros(0), "b": torch.zeros(0, 3, 0), "c": BASE.flatten()[24:]},
    "scalars": {"a": torch.tensor(2.5), "b": torch.tensor(7), "c": torch.ones(1, 1, 1)},
    "nested": {"model": {"a": BASE}, "rest": [BASE[0], (torch.zeros(1), {"lr": 1e-3})]},
    "one tensor": BASE,
}


def require_same(found: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        expected = expected.detach()
        array = (expected.float() if expected.dtype == torch.bfloat16 else expected).contiguous().numpy()
        assert type(found) is np.ndarray
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()
        assert found.flags.c_contiguous
        assert found.flags.writeable
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            require_same(found[key], value)
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            require_same(one, other)
    else:
        assert found == expected


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_the_same_as_torch_reads(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "a.pkl")
    require_same(read_torch_zip(tmp_path / "a.pkl"), torch.load(tmp_path / "a.pkl", weights_only=True))


def test_a_real_checkpoint(real_checkpoint_425: Path) -> None:
    found = read_torch_zip(real_checkpoint_425)
    require_same(found, torch.load(real_checkpoint_425, map_location="cpu", weights_only=True))


@pytest.mark.parametrize("name", ["types", "views"])
def test_the_other_byte_order(tmp_path: Path, name: str) -> None:
    content = {key: value for key, value in CONTENTS[name].items() if "uint" not in key or "uint8" in key}
    torch.save(content, tmp_path / "a.pkl")
    members = [
        (name, b"big" if name.endswith("byteorder") else swapped(name, data, content))
        for name, data in read_members(tmp_path / "a.pkl")
    ]
    require_same(read_torch_zip(write_members(tmp_path / "b.pkl", members)), content)


def swapped(name: str, data: bytes, content: dict[str, torch.Tensor]) -> bytes:
    folder, _, key = name.rpartition("/")
    if not folder.endswith("/data"):
        return data
    itemsize = list(content.values())[int(key)].element_size() if len(content) > 5 else 4
    return np.frombuffer(data, f"V{itemsize}").view(np.uint8).reshape(-1, itemsize)[:, ::-1].tobytes()


def test_files_without_checksums(tmp_path: Path) -> None:
    torch.save({"a": BASE}, tmp_path / "a.pkl")
    data = (tmp_path / "a.pkl").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.pkl") as opened:
        for member in opened.infolist():
            data = data.replace(member.CRC.to_bytes(4, "little"), bytes(4))
    (tmp_path / "a.pkl").write_bytes(data)
    require_same(read_torch_zip(tmp_path / "a.pkl"), {"a": BASE})


def test_a_wrong_checksum(tmp_path: Path) -> None:
    torch.save({"a": BASE}, tmp_path / "a.pkl")
    data = (tmp_path / "a.pkl").read_bytes()
    (tmp_path / "a.pkl").write_bytes(data.replace(BASE.numpy().tobytes(), BASE.numpy().tobytes()[::-1]))
    with pytest.raises(DamagedArchiveError, match="CRC"):
        read_torch_zip(tmp_path / "a.pkl")


@pytest.mark.parametrize(
    ("offset", "size", "stride", "expected"),
    [
        (0, (2, 2), (2, 1), [[0, 1], [2, 3]]),
        (0, (2, 2), (1, 2), [[0, 2], [1, 3]]),
        (1, (3,), (1,), [1, 2, 3]),
        (0, (2, 2), (1, 1), [[0, 1], [1, 2]]),
        (3, (5,), (0,), [3, 3, 3, 3, 3]),
        (2, (1, 1), (2**70, 99), [[2]]),
        (9, (0, 5), (1, 1), np.empty((0, 5))),
    ],
)
def test_views(tmp_path: Path, offset: int, size: Any, stride: Any, expected: Any) -> None:
    found: Any = read_torch_zip(archive(tmp_path / "a.pkl", state({"a": tensor(offset, size, stride)})))
    assert np.array_equal(found["a"], expected)


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [
        (1, (2, 2), (2, 1)),
        (4, (1,), (1,)),
        (0, (2,), (4,)),
        (2**63, (1,), (1,)),
        (-1, (1,), (1,)),
        (3, (4,), (-1,)),
        (0, (-1,), (1,)),
        (0, (2,), (2**64,)),
        (0, (2,), ()),
        (0, (2**40,), (0,)),
        (0, (2**27,), (0,)),
        (0, (0, 2**62, 2**62), (1, 1, 1)),
        (0, (1,) * 33, (1,) * 33),
    ],
)
def test_views_beyond_their_storage(tmp_path: Path, offset: int, size: Any, stride: Any) -> None:
    file = archive(tmp_path / "a.pkl", state({"a": tensor(offset, size, stride)}))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedArchiveError):
            read_torch_zip(file)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_copies_of_one_storage_end_somewhere(tmp_path: Path) -> None:
    turned = tensor(0, (2048, 1024), (1, 2048), storage(numbers=1 << 21)).removesuffix(b"R") + b"q\x00R"
    first, rest = turned.partition(b"(")[0] + b"q\x01", turned.partition(b"(")[2]
    tensors = {"a": first + b"(" + rest} | {str(count): b"h\x01h\x00R" for count in range(1000)}
    with pytest.raises(DamagedArchiveError, match="far more bytes"):
        read_torch_zip(archive(tmp_path / "a.pkl", state(tensors), {"0": bytes(1 << 23)}))


@pytest.mark.parametrize(
    ("pickled", "storages"),
    [
        (state({"a": tensor(0, (4,), (1,))}), {"0": bytes(12)}),
        (state({"a": tensor(0, (4,), (1,))}), {"0": bytes(20)}),
        (state({"a": tensor(0, (4,), (1,))}), {}),
        (state({"a": tensor(0, (4,), (1,), storage(numbers=2**62))}), {"0": bytes(16)}),
        (state({"a": tensor(0, (1,), (1,), storage(numbers=-1))}), {"0": bytes(16)}),
        (state({"a": tensor(0, (4,), (1,)), "b": tensor(0, (2,), (1,), storage("DoubleStorage", "0", 2))}), None),
    ],
    ids=["shorter", "longer", "missing", "huge", "negative", "two types"],
)
def test_storages_that_are_not_what_the_pickle_says(
    tmp_path: Path, pickled: bytes, storages: dict[str, bytes] | None
) -> None:
    with pytest.raises(DamagedArchiveError):
        read_torch_zip(archive(tmp_path / "a.pkl", pickled, storages))


def test_what_is_no_storage(tmp_path: Path) -> None:
    with pytest.raises(BadPickleError, match="without a storage"):
        read_torch_zip(archive(tmp_path / "a.pkl", state({"a": tensor(0, (4,), (1,), b"(N")})))
    with pytest.raises(BadPickleError, match="without a type"):
        read_torch_zip(archive(tmp_path / "a.pkl", state({"a": tensor(0, (4,), (1,), storage("OddStorage"))})))


@pytest.mark.parametrize("kind", ["ComplexFloatStorage", "QInt8Storage"])
def test_types_that_are_not_read_are_named(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UnsupportedContentError, match=kind):
        read_torch_zip(archive(tmp_path / "a.pkl", state({"a": tensor(0, (4,), (1,), storage(kind))})))


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressed_members(tmp_path: Path, compression: int) -> None:
    bomb = [("a/data.pkl", state({"a": b"N" * 100_000}))]
    with pytest.raises(UnsupportedContentError, match="compressed or encrypted"):
        read_torch_zip(write_members(tmp_path / "a.pkl", bomb, compression))


def test_encrypted_members(tmp_path: Path) -> None:
    file = archive(tmp_path / "a.pkl", state({}))
    data = bytearray(file.read_bytes())
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + flags] |= 1
    file.write_bytes(data)
    with pytest.raises(UnsupportedContentError, match="compressed or encrypted"):
        read_torch_zip(file)


def test_members_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(DamagedArchiveError, match="two with the same name"):
        read_torch_zip(archive(tmp_path / "a.pkl", state({}), others=[("a/data.pkl", b"")]))


def test_members_that_overlap(tmp_path: Path) -> None:
    """Many names for the same bytes: together they would be larger than the file."""
    names = [f"{count:03d}" for count in range(40)]
    tensors = {name: tensor(0, (4096,), (1,), storage(key=name, numbers=4096)) for name in names}
    file = archive(tmp_path / "a.pkl", state(tensors), {name: bytes(4 * 4096) for name in names[:1]})
    data = file.read_bytes()
    entry = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    end = data.index(b"PK\x05\x06")
    entries = [data[entry:end].replace(b"a/data/000", f"a/data/{name}".encode()) for name in names]
    directory = data[data.index(b"PK\x01\x02") : entry] + b"".join(entries)
    tail = bytearray(data[end:])
    tail[8:16] = (len(names) + 1).to_bytes(2, "little") * 2 + len(directory).to_bytes(4, "little")
    file.write_bytes(data[: data.index(b"PK\x01\x02")] + directory + tail)
    with pytest.raises(DamagedArchiveError):
        read_torch_zip(file)


def test_a_list_of_members_that_is_too_long(tmp_path: Path) -> None:
    """An entry takes ten times its bytes in memory."""
    entry = b"PK\x01\x02" + bytes(24) + (65_000).to_bytes(2, "little") + bytes(16) + b"x" * 65_000
    directory = entry * (LARGEST_DIRECTORY // len(entry) + 1)
    tail = b"PK\x05\x06" + bytes(8) + len(directory).to_bytes(4, "little") + bytes(6)
    (tmp_path / "a.pkl").write_bytes(b"PK\x03\x04" + directory + tail)
    with pytest.raises(DamagedArchiveError, match="too long"):
        read_torch_zip(tmp_path / "a.pkl")


def test_folders_as_members(tmp_path: Path) -> None:
    file = write_members(tmp_path / "a.pkl", [("a/", b""), ("a/data/", b""), ("a/data.pkl", state({}))])
    assert read_torch_zip(file) == {}


@pytest.mark.parametrize("order", [b"middle", b"\xff", bytes(10_000)])
def test_byte_orders_that_are_none(tmp_path: Path, order: bytes) -> None:
    with pytest.raises(DamagedArchiveError):
        read_torch_zip(archive(tmp_path / "a.pkl", state({}), others=[("a/byteorder", order)]))


def test_widening_is_exact() -> None:
    bits: NDArray[np.uint16] = np.arange(1 << 16, dtype=np.uint16).reshape(256, 256)
    expected = torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16).float().numpy()
    assert widened(bits).tobytes() == expected.tobytes()
