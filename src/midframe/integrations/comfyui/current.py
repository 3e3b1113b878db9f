"""The nodes as classes in the current form of ComfyUI, `io.ComfyNode`. Importing this needs ComfyUI."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import ComfyExtension, io

from midframe.errors import MidframeError
from midframe.integrations.comfyui.description import CATEGORY, Kind, NodeDescription, NodeInput, given
from midframe.integrations.comfyui.nodes import NODES

_TYPES: dict[Kind, Any] = {
    "VIDEO": io.Video,
    "IMAGE": io.Image,
    "MIDFRAME_MODEL": io.Custom("MIDFRAME_MODEL"),
    "STRING": io.String,
    "FLOAT": io.Float,
    "INT": io.Int,
    "BOOLEAN": io.Boolean,
}


class _Choice(io.Combo.Input):  # type: ignore[misc] # ComfyUI has no types
    """A combo whose type is the list of its choices, as in ComfyUI's older form.

    All versions of ComfyUI check such values when a workflow is queued; some do not check those of the type COMBO.
    """

    def get_io_type(self) -> Any:
        return self.options


def node_class(node: NodeDescription) -> type:
    """A class that ComfyUI can register."""

    class Node(io.ComfyNode):  # type: ignore[misc] # ComfyUI has no types
        @classmethod
        def define_schema(cls) -> Any:
            return io.Schema(
                node_id=node.name,
                display_name=node.title,
                category=CATEGORY,
                description=node.help,
                inputs=[_input(each) for each in node.inputs],
                outputs=[_TYPES[each.kind].Output(display_name=each.name, tooltip=each.help) for each in node.outputs],
                is_output_node=node.makes_files,
            )

        @classmethod
        def validate_inputs(cls, fps: str | None = None, slowmo: bool | None = None) -> bool | str:
            try:
                node.check(given(fps=fps, slowmo=slowmo))
            except MidframeError as error:
                return str(error)
            return True

        @classmethod
        def fingerprint_inputs(cls, **inputs: Any) -> str:
            return node.fingerprint(given(**inputs))

        @classmethod
        def execute(cls, **inputs: Any) -> Any:
            result = node.run(**inputs)
            return io.NodeOutput(*result.values, ui=dict(result.shown) or None)

    Node.__name__ = Node.__qualname__ = node.name
    Node.__doc__ = node.help
    return Node


def _input(each: NodeInput) -> Any:
    if each.choices is not None:
        return _Choice(each.name, options=list(each.choices()), optional=each.optional, **each.properties())
    return _TYPES[each.kind].Input(each.name, optional=each.optional, **each.properties())


class MidframeExtension(ComfyExtension):  # type: ignore[misc] # ComfyUI has no types
    """What ComfyUI asks for the nodes."""

    async def get_node_list(self) -> list[type]:
        """All node classes."""
        return [node_class(node) for node in NODES]


async def comfy_entrypoint() -> MidframeExtension:
    """Called by ComfyUI when it loads the nodes."""
    return MidframeExtension()
