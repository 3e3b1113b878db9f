"""The nodes as classes in the older form of ComfyUI, for versions that lack `comfy_api.latest`."""

from __future__ import annotations

from typing import Any

from midframe.errors import MidframeError
from midframe.integrations.comfyui.description import CATEGORY, NodeDescription, NodeInput, given
from midframe.integrations.comfyui.nodes import NODES


def node_class(node: NodeDescription) -> type:
    """A class with the attributes and methods that ComfyUI's older loader expects."""

    def input_types(_cls: type) -> dict[str, dict[str, tuple[Any, dict[str, Any]]]]:
        return {
            "required": {each.name: _declared(each) for each in node.inputs if not each.optional},
            "optional": {each.name: _declared(each) for each in node.inputs if each.optional},
        }

    def validate(_cls: type, fps: str | None = None, slowmo: bool | None = None) -> bool | str:
        try:
            node.check(given(fps=fps, slowmo=slowmo))
        except MidframeError as error:
            return str(error)
        return True

    def is_changed(_cls: type, /, **inputs: Any) -> str:
        return node.fingerprint(given(**inputs))

    def run(_self: object, /, **inputs: Any) -> dict[str, Any]:
        result = node.run(**inputs)
        return {"ui": dict(result.shown), "result": result.values}

    return type(
        node.name,
        (),
        {
            "__doc__": node.help,
            "INPUT_TYPES": classmethod(input_types),
            "VALIDATE_INPUTS": classmethod(validate),
            "IS_CHANGED": classmethod(is_changed),
            "RETURN_TYPES": tuple(each.kind for each in node.outputs),
            "RETURN_NAMES": tuple(each.name for each in node.outputs),
            "OUTPUT_TOOLTIPS": tuple(each.help for each in node.outputs),
            "FUNCTION": "run",
            "CATEGORY": CATEGORY,
            "DESCRIPTION": node.help,
            "OUTPUT_NODE": node.makes_files,
            "run": run,
        },
    )


def _declared(each: NodeInput) -> tuple[Any, dict[str, Any]]:
    """Type and properties of an input; the type of a combo is the list of its choices."""
    return (each.kind if each.choices is None else list(each.choices())), each.properties()


NODE_CLASS_MAPPINGS = {node.name: node_class(node) for node in NODES}
"""The classes, by the names that workflows contain."""

NODE_DISPLAY_NAME_MAPPINGS = {node.name: node.title for node in NODES}
"""What users see, by the same names."""
