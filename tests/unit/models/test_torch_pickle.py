from __future__ import annotations

import pickle
from collections import OrderedDict
from typing import Any

import pytest
from tests.support.torch_archives import START, integer, integers, state, storage, tensor, text

from midframe.models.torch_pickle import (
    LARGEST_PICKLE,
    MOST_INSTRUCTIONS,
    BadPickleError,
    Name,
    Opaque,
    TensorRecord,
    UnsupportedContentError,
    belongs_to_tensors,
    read_pickle,
)


def read(data: bytes) -> Any:
    return read_pickle(data, lambda kind, key, numbers: (kind, key, numbers), lambda record: record)


class TestContent:
    @pytest.mark.parametrize(
        "content",
        [
            {
                "a": [1, 2.5, None, True, False, "ü€", 2**70, -(2**31), 300, 70_000],
                "b": (1,),
                "c": ((), (1, 2), (1, 2, 3)),
            },
            [[[], {}], {"x": {1: 2, None: 4, 0.5: 5}}],
            OrderedDict(b=1, a=2),
            "one string",
        ],
    )
    def test_plain_containers(self, content: object) -> None:
        assert read(pickle.dumps(content, 2)) == content

    def test_order_of_keys_is_kept(self) -> None:
        assert list(read(pickle.dumps(OrderedDict(b=1, a=2), 2))) == ["b", "a"]

    def test_what_is_shared_stays_shared(self) -> None:
        inner: list[int] = []
        one, two = read(pickle.dumps([inner, inner], 2))
        assert one is two

    def test_containers_may_hold_themselves(self) -> None:
        row = read(START + b"]q\x00h\x00a.")
        assert row[0] is row

    def test_attributes_of_dictionaries_are_left_out(self) -> None:
        content = OrderedDict(a=1)
        content._metadata = {"version": 1}  # type: ignore[attr-defined]
        assert read(pickle.dumps(content, 2)) == {"a": 1}

    def test_strings_of_python_2(self) -> None:
        assert read(START + b"U\x03\xc3\xbcx.") == "üx"

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"abc", "_codecs.encode"),
            ({1, 2}, "builtins.set"),
            (1 + 2j, "builtins.complex"),
            (bytearray(b"x"), "builtins.bytearray"),
        ],
    )
    def test_what_stands_beside_tensors_is_not_made(self, content: object, name: str) -> None:
        assert read(pickle.dumps({"a": content}, 2)) == {"a": Opaque(name)}

    def test_types_of_numbers_are_names(self) -> None:
        assert read(START + b"ctorch\nfloat32\n.") == Name("torch.float32")

    def test_tensors(self) -> None:
        found = read(state({"a": tensor(1, (2, 3), (3, 1))}))
        assert found == {"a": TensorRecord(("torch.FloatStorage", "0", 4), 1, (2, 3), (3, 1), None)}

    def test_parameters_are_their_tensors(self) -> None:
        parameter = b"ctorch._utils\n_rebuild_parameter\n(" + tensor(0, (1,), (1,)) + b"\x88}tR"
        assert read(state({"a": parameter}))["a"].size == (1,)

    def test_tensors_with_attributes(self) -> None:
        arguments = tensor(0, (1,), (1,)).removesuffix(b"R").partition(b"v2\n")[2]
        made = b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n"
        assert read(state({"a": made + arguments + b"}tR"}))["a"].size == (1,)

    def test_tensors_of_newer_types(self) -> None:
        arguments = storage("UntypedStorage") + integer(0) + integers([1]) * 2 + b"\x89}ctorch\nuint16\n"
        assert read(state({"a": b"ctorch._utils\n_rebuild_tensor_v3\n" + arguments + b"tR"}))["a"].dtype == "uint16"


class TestRefusals:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b".",
            START,
            START + b"N",
            START + b"NN.",
            START + b"(N.",
            START + b"0.",
            START + b"\x85.",
            START + b"h\x07.",
            START + b"Na.",
            START + b"}Na.",
            START + b"]NNs.",
            START + b"}(Nu.",
            START + b"}(NNNu.",
            START + b"Nb.",
            START + b"NR.",
            START + b"N)R.",
            START + b"ctorch\nSize\nNR.",
            START + b"ctorch\nSize\n)R.",
            START + b"ctorch\nFloatStorage\n)R.",
            START + b"ccollections\nOrderedDict\n]\x85R.",
            START + b"NQ.",
            START + b"((X\x06\x00\x00\x00modulectorch\nFloatStorage\nNNNtQ.",
            START + b"X\xff\xff\xff\xffa.",
            START + b"X\x03\x00\x00\x00\xed\xa0\x80.",
            START + b"X\x01\x00\x00\x00\xff.",
            START + b"\x8a\x05a",
            START + b"U\x01\xff.",
            START + b"\x8e" + b"\xff" * 8 + b".",
            START + b"\x95" + b"\xff" * 8 + b"N.",
            START + b"ctorch\nFloatStorage\n)\x81.",
            START + b"P1\n.",
            START + b"I1\n.",
            START + b"S'\\q'\n.",
            b"\xff" * 20,
        ],
        ids=repr,
    )
    @pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
    def test_damage_and_other_instructions(self, data: bytes) -> None:
        with pytest.raises(BadPickleError):
            read(data)

    @pytest.mark.parametrize(
        "name", ["os\nsystem", "builtins\neval", "torch\nload", "torch.nn\nLinear", "torch\nos.system"]
    )
    def test_foreign_names(self, name: str) -> None:
        with pytest.raises(BadPickleError, match="the name"):
            read(START + f"c{name}\n.".encode())

    @pytest.mark.parametrize(
        ("offset", "size", "stride"),
        [(b"N", b")", b")"), (b"\x88", b")", b")"), (b"K\0", b"]", b")"), (b"K\0", b")", b"N\x85")],
    )
    def test_tensors_of_other_parts(self, offset: bytes, size: bytes, stride: bytes) -> None:
        with pytest.raises(BadPickleError):
            read(state({"a": b"ctorch._utils\n_rebuild_tensor_v2\n" + storage() + offset + size + stride + b"\x89}tR"}))

    @pytest.mark.parametrize(
        ("function", "kind"),
        [
            ("_rebuild_sparse_tensor", "a sparse tensor"),
            ("_rebuild_qtensor", "a quantised tensor"),
            ("_rebuild_nested_tensor", "a nested tensor"),
            ("_rebuild_meta_tensor_no_storage", "a tensor without data"),
            ("_rebuild_wrapper_subclass", "a tensor of a special kind"),
        ],
    )
    def test_special_tensors_are_named(self, function: str, kind: str) -> None:
        with pytest.raises(UnsupportedContentError, match=kind):
            read(START + f"ctorch._utils\n{function}\n)R.".encode())

    def test_negated_views(self) -> None:
        negated = tensor(0, (1,), (1,)).removesuffix(b"tR") + b"}" + text("neg") + b"\x88stR"
        with pytest.raises(UnsupportedContentError, match="negated"):
            read(state({"a": negated}))

    def test_tensors_of_own_classes(self) -> None:
        with pytest.raises(UnsupportedContentError, match="an unusual class"):
            read(START + b"ctorch._tensor\n_rebuild_from_type_v2\n)R.")


class TestBounds:
    def test_a_place_in_the_memo_takes_no_memory(self) -> None:
        assert read(START + b"Nr\xff\xff\xff\xff.") is None

    def test_deep_nesting(self) -> None:
        found = read(START + b")" + b"\x85" * 200_000 + b".")
        assert type(found) is tuple

    def test_tuples_as_keys_are_not_hashed(self) -> None:
        assert read(START + b"})" + b"\x85" * 200_000 + b"Ns.") == {Opaque("tuple"): None}
        assert read(pickle.dumps({(1, 2): 3, (4,): 5, "a": 6}, 2)) == {Opaque("tuple"): 5, "a": 6}

    # Each of these would take hours if what is long were looked at each time it is used.

    def test_a_long_tuple_as_a_key_again_and_again(self) -> None:
        long = b"(" + b"N" * 300_000 + b"tq\x00"
        assert read(START + long + b"}" + b"h\x00Ns" * 200_000 + b"\x86.") is not None

    def test_a_long_shape_again_and_again(self) -> None:
        long = b"(" + b"K\x01" * 300_000 + b"t\x85q\x00"
        with pytest.raises(BadPickleError, match="an invalid shape"):
            read(START + b"(" + long + b"ctorch\nSize\nq\x01" + b"h\x01h\x00R" * 200_000 + b"t.")

    def test_a_long_name(self) -> None:
        assert not belongs_to_tensors("torch.float" + "1" * 8_000_000 + "!")
        with pytest.raises(BadPickleError, match="the name") as caught:
            read(START + b"ctorch\nfloat" + b"1" * 8_000_000 + b"\n.")
        assert len(str(caught.value)) < 300

    def test_keys_chosen_to_have_one_hash(self) -> None:
        keys = b"".join(integer(count * (2**61 - 1)) + b"N" for count in range(3))
        with pytest.raises(BadPickleError, match="a key"):
            read(START + b"}(" + keys + b"u.")

    def test_size(self) -> None:
        with pytest.raises(BadPickleError, match="bytes"):
            read(START + b"N" * LARGEST_PICKLE + b".")

    def test_instructions(self) -> None:
        with pytest.raises(BadPickleError, match="too many"):
            read(START + b"}" * MOST_INSTRUCTIONS + b".")


@pytest.mark.parametrize(
    "name",
    [
        *("torch.FloatStorage", "torch.storage.UntypedStorage", "torch.float8_e4m3fn", "torch._utils._rebuild_x"),
        *("torch.per_tensor_affine", "__builtin__.set"),
    ],
)
def test_names_that_belong_to_tensors(name: str) -> None:
    assert belongs_to_tensors(name)


@pytest.mark.parametrize(
    "name", ["torch.load", "torch.nn.Linear", "FloatStorage", "os.system", "torch.F\0Storage", "__builtin__.eval", ""]
)
def test_names_that_do_not(name: str) -> None:
    assert not belongs_to_tensors(name)
