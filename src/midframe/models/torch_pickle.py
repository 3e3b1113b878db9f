"""The pickle inside a file that torch saved, as plain containers of tensors.

The instructions are carried out here, one by one, on values of this module. No class or function is ever looked up
by its name, so a pickle cannot run anything; what tensors and plain containers do not need is refused.
"""

from __future__ import annotations

import io
import pickletools
import re
import struct
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

LARGEST_PICKLE = 16 << 20
"""Bytes; the pickle of 4.25 has 25,000."""

MOST_INSTRUCTIONS = 1_000_000
"""A tensor takes about forty. Each makes one small object at most, so this bounds the memory."""

REBUILD_FUNCTIONS = {
    "torch._utils._rebuild_tensor": 4,
    "torch._utils._rebuild_tensor_v2": 6,
    "torch._utils._rebuild_tensor_v3": 7,
}
"""Functions that make a tensor of a storage, and how many arguments they have at least."""

PARAMETER_FUNCTIONS = ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state")
"""Functions whose first argument is the tensor."""

SUBCLASS_FUNCTION = "torch._tensor._rebuild_from_type_v2"
"""Makes a tensor by another function, and gives it attributes."""

PLAIN_TENSORS = ("torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter")

OPAQUE_FUNCTIONS = frozenset(
    {
        "_codecs.encode",
        "builtins.bytearray",
        "builtins.complex",
        "builtins.set",
        "torch.device",
        "torch.serialization._get_layout",
    }
)
"""What may stand next to tensors in a training checkpoint. The values are of no use here, and are not made."""

_NUMBER_TYPE = re.compile(
    r"(?:b?float|complex|q?u?int|bits)[0-9]+\w*|bool|bit|half|double|float|int|long|short|chalf|cfloat|cdouble"
)
"""Names of torch's types of numbers."""

_QUANTISATIONS = ("per_tensor_", "per_channel_")
"""How names of torch's ways to quantise begin."""

LONGEST_NAME = 200
"""Characters of a function's or class's name; torch's have 60 at most. Longer ones are not even looked at."""

MOST_AXES = 64
"""Numbers in a shape, as torch has it."""

LARGEST_KEY = 1 << 60
"""Bound of integers that are keys of dictionaries, such as the addresses in old states of optimisers."""

_OLD_MODULES = {"__builtin__": "builtins"}
"""Names that protocol 2 has kept from Python 2."""


class BadPickleError(Exception):
    """A pickle that is damaged, or holds what tensors and plain containers do not need."""


class UnsupportedContentError(Exception):
    """Something in a file that is not read here; the message names it, such as "a sparse tensor"."""


@dataclass(frozen=True)
class Name:
    """A class, function or type of numbers that a pickle names, such as "torch.FloatStorage"."""

    full: str


_PLAIN = (str, int, float, bool, type(None), Name)


@dataclass(frozen=True)
class Opaque:
    """A value of a class that is of no use here."""

    name: str


@dataclass(frozen=True)
class TensorRecord:
    """What a pickle says about a tensor; nothing of it has been checked but its types.

    Attributes:
        storage: What `load_storage` returned for it.
        offset: Index of its first number in the storage.
        size: Its shape.
        stride: How many numbers of the storage lie between neighbours, by axis.
        dtype: Type of its numbers as torch names it, such as "float32", if it is not that of the storage.
    """

    storage: Any
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str | None


def belongs_to_tensors(name: str) -> bool:
    """Whether tensors and what stands next to them need a function or class, such as "torch.FloatStorage"."""
    if len(name) > LONGEST_NAME:
        return False
    module, _, attribute = name.rpartition(".")
    if module in _OLD_MODULES:
        return belongs_to_tensors(f"{_OLD_MODULES[module]}.{attribute}")
    return (
        name in OPAQUE_FUNCTIONS
        or name in PLAIN_TENSORS
        or name in ("collections.OrderedDict", "collections.Counter", SUBCLASS_FUNCTION)
        or (module == "torch._utils" and attribute.startswith("_rebuild_"))
        or (module in ("torch", "torch.storage") and attribute.endswith("Storage") and attribute.isidentifier())
        or (module == "torch" and (attribute == "Size" or _NUMBER_TYPE.fullmatch(attribute) is not None))
        or (module == "torch" and attribute.startswith(_QUANTISATIONS))
    )


def read_pickle(
    data: bytes | io.BytesIO,
    load_storage: Callable[[str, str, int], Any],
    make_tensor: Callable[[TensorRecord], Any],
) -> object:
    """What a pickle holds.

    Args:
        data: The pickle, of at most `LARGEST_PICKLE` bytes; or a stream of as many, which is left behind its end.
        load_storage: Called with a storage's class, such as "torch.FloatStorage", its key in the file, and how many
            numbers it should have.
        make_tensor: Called for each tensor; what it returns takes the tensor's place.

    Returns:
        Dictionaries, lists and tuples of tensors, numbers, strings, None, `Name` and `Opaque`; mappings of all
        kinds are dictionaries, in which one `Opaque` stands for all keys that are tuples. A list or dictionary may
        hold itself.

    Raises:
        BadPickleError: It is damaged or too large, or holds anything else.
        UnsupportedContentError: A sparse or quantised tensor, or another special kind.
    """
    if isinstance(data, bytes) and len(data) > LARGEST_PICKLE:
        raise BadPickleError(f"a pickle of {len(data)} bytes")
    machine = _Machine(load_storage, make_tensor)
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count >= MOST_INSTRUCTIONS:
                raise BadPickleError("too many instructions")
            machine.carry_out(opcode.name, argument)
    except (ValueError, struct.error, IndexError, KeyError, OverflowError) as error:
        # What the standard library raises for damaged arguments, a stack too short, and a memo never written.
        raise BadPickleError(str(error)) from error
    return machine.result()


class _Machine:
    """The stack, the marks and the memo of a pickle that is being read."""

    def __init__(
        self, load_storage: Callable[[str, str, int], Any], make_tensor: Callable[[TensorRecord], Any]
    ) -> None:
        self._load_storage = load_storage
        self._make_tensor = make_tensor
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []
        """Stacks below the marks."""
        self._memo: dict[int, Any] = {}

    def result(self) -> object:
        """What was left by the last instruction."""
        return self._stack[-1]

    def carry_out(self, opcode: str, argument: Any) -> None:
        """Carry out one instruction."""
        instruction = _INSTRUCTIONS.get(opcode)
        if instruction is None:
            raise BadPickleError(f"the instruction {opcode}")
        instruction(self, argument)

    def stop(self, _: None) -> None:
        if self._below or len(self._stack) != 1:
            raise BadPickleError("unfinished")

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def push_text(self, text: str) -> None:
        text.encode()  # Refuses halves of characters, which could not be printed.
        self._stack.append(text)

    def push_byte_string(self, value: str) -> None:
        self._stack.append(value.encode("latin-1").decode("utf-8"))

    def mark(self, _: None) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _pop_mark(self) -> list[Any]:
        items = self._stack
        self._stack = self._below.pop()
        return items

    def make_tuple(self, _: None) -> None:
        self.push(tuple(self._pop_mark()))

    def make_tuple_of(self, count: int) -> None:
        items = tuple(self._stack.pop() for _ in range(count))
        self.push(items[::-1])

    def append(self, _: None) -> None:
        self._append([self._stack.pop()])

    def appends(self, _: None) -> None:
        self._append(self._pop_mark())

    def _append(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise BadPickleError("appending to something other than a list")
        target += items

    def set_item(self, _: None) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set([key, value])

    def set_items(self, _: None) -> None:
        self._set(self._pop_mark())

    def _set(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not dict or len(items) % 2:
            raise BadPickleError("setting an item of something other than a dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            # Hashing tuples takes time at each use, and many different ones can be made to have the same hash.
            target[Opaque("tuple") if type(key) is tuple else _checked_key(key)] = value

    def put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def get(self, index: int) -> None:
        self.push(self._memo[index])

    def name(self, text: str) -> None:
        module, _, attribute = text.partition(" ")
        full = f"{_OLD_MODULES.get(module, module)}.{attribute}"
        if not belongs_to_tensors(full):
            raise BadPickleError(f"the name {full[:LONGEST_NAME]}")
        self.push(Name(full))

    def persistent(self, _: None) -> None:
        match self._stack.pop():
            case ("storage", Name(full=full), str(key), str(), int(numbers)) if full.endswith("Storage"):
                self.push(self._load_storage(full, key, numbers))
            # Before torch 1.6, with a place for what has not been written since torch 0.4.
            case ("storage", Name(full=full), str(key), str(), int(numbers), None) if full.endswith("Storage"):
                self.push(self._load_storage(full, key, numbers))
            case _:
                raise BadPickleError("a reference to something other than a storage")

    def build(self, _: None) -> None:
        """Leave out attributes, such as the `_metadata` of a state dictionary."""
        self._stack.pop()
        if type(self._stack[-1]) is not dict:
            raise BadPickleError("attributes of something without attributes")

    def call(self, _: None) -> None:
        arguments, function = self._stack.pop(), self._stack.pop()
        if type(arguments) is not tuple or type(function) is not Name:
            raise BadPickleError("a call of something other than a function")
        self.push(self._called(function.full, arguments))

    def _called(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if name == SUBCLASS_FUNCTION:
            match arguments:
                case (Name(full=inner), Name(full=kind), tuple(inner_arguments), _) if (
                    kind in PLAIN_TENSORS and inner != SUBCLASS_FUNCTION
                ):
                    return self._called(inner, inner_arguments)
                case _:
                    raise UnsupportedContentError("a tensor of an unusual class")
        if name in REBUILD_FUNCTIONS:
            return self._tensor(name, arguments)
        if name in PARAMETER_FUNCTIONS and arguments:
            return arguments[0]
        if name.startswith("torch._utils._rebuild_"):
            raise UnsupportedContentError(_kind_of(name))
        if name == "torch.Size" and len(arguments) == 1:
            return _integers(arguments[0])
        if name == "collections.OrderedDict" and not arguments:
            return {}
        if name == "collections.Counter" and len(arguments) == 1 and type(arguments[0]) is dict:
            return arguments[0]
        if name in OPAQUE_FUNCTIONS:
            return Opaque(name)
        raise BadPickleError(f"a call of {name}")

    def _tensor(self, name: str, arguments: tuple[Any, ...]) -> Any:
        fewest = REBUILD_FUNCTIONS[name]
        if not fewest <= len(arguments) <= fewest + 1 or type(arguments[1]) is not int:
            raise BadPickleError("a tensor of unknown parts")
        if len(arguments) > fewest and arguments[fewest]:
            raise UnsupportedContentError("a conjugated or negated view")
        dtype = None
        if name.endswith("_v3"):
            match arguments[6]:
                case Name(full=full) if _NUMBER_TYPE.fullmatch(full.removeprefix("torch.")):
                    dtype = full.removeprefix("torch.")
                case _:
                    raise BadPickleError("a tensor without a type")
        storage, offset, size, stride = arguments[:4]
        return self._make_tensor(TensorRecord(storage, offset, _integers(size), _integers(stride), dtype))


_INSTRUCTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda _machine, _protocol: None,
    "STOP": _Machine.stop,
    "MARK": _Machine.mark,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "BININT": _Machine.push,
    "BININT1": _Machine.push,
    "BININT2": _Machine.push,
    "LONG1": _Machine.push,
    "BINFLOAT": _Machine.push,
    "BINUNICODE": _Machine.push_text,
    "SHORT_BINSTRING": _Machine.push_byte_string,
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "TUPLE": _Machine.make_tuple,
    "TUPLE1": lambda machine, _: machine.make_tuple_of(1),
    "TUPLE2": lambda machine, _: machine.make_tuple_of(2),
    "TUPLE3": lambda machine, _: machine.make_tuple_of(3),
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "GLOBAL": _Machine.name,
    "BINPERSID": _Machine.persistent,
    "BUILD": _Machine.build,
    "REDUCE": _Machine.call,
}
"""The instructions of protocol 2 that torch writes."""


def _checked_key(key: Any) -> Hashable:
    """A key of a dictionary, which must be a plain value."""
    # Integers beyond this bound can be chosen so that all of them have the same hash.
    if type(key) not in _PLAIN or (type(key) is int and abs(key) > LARGEST_KEY):
        raise BadPickleError("a key that is not a plain value")
    return key  # type: ignore[no-any-return]


def _integers(values: Any) -> tuple[int, ...]:
    # The length first: one long tuple could be given again and again.
    if type(values) is tuple and len(values) <= MOST_AXES and all(type(value) is int for value in values):
        return values
    raise BadPickleError("an invalid shape")


def _kind_of(name: str) -> str:
    return _KINDS.get(name.removeprefix("torch._utils._rebuild_"), "a tensor of a special kind")


_KINDS = {
    "meta_tensor_no_storage": "a tensor without data",
    "nested_tensor": "a nested tensor",
    "qtensor": "a quantised tensor",
    "sparse_tensor": "a sparse tensor",
}
"""What functions make that are not carried out here."""
