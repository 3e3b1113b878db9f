"""What is checked when a workflow is queued, for a single node."""

from __future__ import annotations

import inspect
from typing import Any


def refusals(node: Any, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    """The inputs that the page marks, each with its message.

    Inputs that the node's own function has as parameters are checked by it alone, and its message comes for each of
    them. A list stands for a connection. In version 0.3.64 only choices whose type is the list of them are checked.
    """
    function = node.validate_inputs if hasattr(node, "validate_inputs") else node.VALIDATE_INPUTS
    own = inspect.getfullargspec(function).args
    found, types = [], node.INPUT_TYPES()
    for name, (kind, properties) in {**types["required"], **types["optional"]}.items():
        if name not in inputs:
            if name in types["required"]:
                found.append((name, "Required input is missing"))
            continue
        value = inputs[name]
        if isinstance(value, list) or name in own:
            continue
        if "min" in properties and not properties["min"] <= value <= properties["max"]:
            found.append((name, "Value is out of range"))
        if isinstance(kind, list) and value not in kind:
            found.append((name, f"Value not in list: {value!r} not in {kind}"))
    given = {name: None if isinstance(inputs[name], list) else inputs[name] for name in own if name in inputs}
    answer = function(**given) if given else True
    return found if answer is True else [*found, *((name, str(answer)) for name in given)]
