"""Schemas and nodes. Inputs take the arguments that ComfyUI 0.3.64 has, and no others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass
class _Input:
    id: str
    display_name: str | None = None
    optional: bool = False
    tooltip: str | None = None

    io_type: ClassVar[str] = ""

    def get_io_type(self) -> Any:
        return self.io_type


@dataclass
class _Widget(_Input):
    default: Any = None


@dataclass
class _Number(_Widget):
    min: float | None = None
    max: float | None = None
    step: float | None = None


@dataclass
class _Choice(_Widget):
    options: list[str] = field(default_factory=list)


@dataclass
class _Output:
    display_name: str | None = None
    tooltip: str | None = None

    io_type: ClassVar[str] = ""


def _type(name: str, kind: type[_Input]) -> Any:
    own = {"io_type": name}
    return type(name, (), {"Input": type("Input", (kind,), own), "Output": type("Output", (_Output,), own)})


Video, Image = _type("VIDEO", _Input), _type("IMAGE", _Input)
String, Boolean = _type("STRING", _Widget), _type("BOOLEAN", _Widget)
Float, Int = _type("FLOAT", _Number), _type("INT", _Number)
Combo = _type("COMBO", _Choice)


def Custom(name: str) -> Any:  # noqa: N802 - as there
    return _type(name, _Input)


@dataclass
class Schema:
    node_id: str
    display_name: str
    category: str
    inputs: list[Any]
    outputs: list[Any]
    description: str = ""
    is_output_node: bool = False


class NodeOutput:
    def __init__(self, *args: Any, ui: dict[str, Any] | None = None) -> None:
        self.args, self.ui = args, ui


class ComfyNode:
    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, tuple[Any, dict[str, Any]]]]:  # noqa: N802 - as there
        """As the older form has it."""
        found: dict[str, dict[str, tuple[Any, dict[str, Any]]]] = {"required": {}, "optional": {}}
        for each in cls.define_schema().inputs:
            properties = {name: value for name, value in vars(each).items() if value is not None}
            found["optional" if each.optional else "required"][each.id] = (each.get_io_type(), properties)
        return found

    @classmethod
    def define_schema(cls) -> Schema:
        raise NotImplementedError

    @classmethod
    def execute(cls, **inputs: Any) -> NodeOutput:
        raise NotImplementedError
