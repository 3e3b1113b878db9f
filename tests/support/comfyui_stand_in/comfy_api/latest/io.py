"""Schemas and nodes. Inputs take the arguments that ComfyUI 0.3.64 has, and no others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class _Input:
    id: str
    display_name: str | None = None
    optional: bool = False
    tooltip: str | None = None
    io_type: str = ""


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
    io_type: str = ""


def _type(name: str, kind: type[_Input]) -> type:
    def given(cls: type) -> Any:
        def make(*args: Any, **options: Any) -> Any:
            made = cls(*args, **options)
            made.io_type = name
            return made

        return staticmethod(make)

    return type(name, (), {"Input": given(kind), "Output": given(_Output)})


Video, Image = _type("VIDEO", _Input), _type("IMAGE", _Input)
String, Boolean = _type("STRING", _Widget), _type("BOOLEAN", _Widget)
Float, Int = _type("FLOAT", _Number), _type("INT", _Number)
Combo = _type("COMBO", _Choice)


def Custom(name: str) -> type:  # noqa: N802 - as there
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
    def define_schema(cls) -> Schema:
        raise NotImplementedError

    @classmethod
    def execute(cls, **inputs: Any) -> NodeOutput:
        raise NotImplementedError
