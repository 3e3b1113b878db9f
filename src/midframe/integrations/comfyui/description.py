"""What a node is, independent of the version of ComfyUI that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from midframe.quantities import require_choice

Kind = Literal["VIDEO", "IMAGE", "MIDFRAME_MODEL", "STRING", "FLOAT", "INT", "BOOLEAN", "COMBO"]
"""ComfyUI's types of values that the nodes use. MIDFRAME_MODEL is `midframe.EngineOptions`."""


@dataclass(frozen=True)
class NodeInput:
    """One input of a node.

    Attributes:
        name: Its name in workflows and in the node's function.
        kind: The type of its values.
        help: One or two sentences for the user.
        default: The value of a new node; for a combo None means the first choice.
        choices: Makes the choices of a combo, each time that the node is shown.
        least: The smallest number.
        most: The largest number.
        step: What a number changes by.
        optional: Whether it may be missing.
    """

    name: str
    kind: Kind
    help: str
    default: Any = None
    choices: Callable[[], Sequence[str]] | None = None
    least: float | None = None
    most: float | None = None
    step: float | None = None
    optional: bool = False

    def check(self, value: Any) -> None:
        """Refuse a value that is none of the choices.

        Raises:
            OptionError: It is none.
        """
        if self.choices is not None:
            require_choice(self.name, value, tuple(self.choices()))

    def properties(self) -> dict[str, Any]:
        """Default, range and tooltip, by the names that both interfaces of ComfyUI use."""
        all_of_them = {
            "default": self.default,
            "min": self.least,
            "max": self.most,
            "step": self.step,
            "tooltip": self.help,
        }
        return {name: value for name, value in all_of_them.items() if value is not None}


@dataclass(frozen=True)
class NodeOutput:
    """One output of a node.

    Attributes:
        name: Its name on the node.
        kind: The type of its values.
        help: One sentence for the user.
    """

    name: str
    kind: Kind
    help: str


@dataclass(frozen=True)
class NodeResult:
    """What a node returns.

    Attributes:
        values: One for each output.
        shown: What ComfyUI's page shows on the node, in the form of its messages.
    """

    values: tuple[Any, ...]
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeDescription:
    """One node.

    Attributes:
        name: Unique among all nodes; workflows contain it.
        title: What users see.
        help: Sentences for the user.
        inputs: In the order in which they are shown.
        outputs: In order.
        run: Does the work: called with all inputs by name.
        check: Called before a workflow starts, with `fps` and `slowmo` if the node has them and they are not connected;
            raises `midframe.MidframeError` for values that cannot be used. No other inputs, because ComfyUI repeats
            the message for each that is checked, and checks the choices of combos and the range of numbers itself.
        fingerprint: Called with all inputs that are not connected; a text that changes when results are to be made
            again although no input has changed.
        makes_files: Whether the node runs even if nothing is connected to its outputs.
    """

    name: str
    title: str
    help: str
    inputs: tuple[NodeInput, ...]
    outputs: tuple[NodeOutput, ...]
    run: Callable[..., NodeResult]
    check: Callable[[Mapping[str, Any]], None]
    fingerprint: Callable[[Mapping[str, Any]], str]
    makes_files: bool = False


def given(**inputs: Any) -> dict[str, Any]:
    """The inputs that are not connected to another node; ComfyUI passes None for the others before it runs them."""
    return {name: value for name, value in inputs.items() if value is not None}


CATEGORY = "image/video"
"""Where the nodes are in ComfyUI's menu."""
