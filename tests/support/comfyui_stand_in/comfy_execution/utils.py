"""The node that is running."""

from __future__ import annotations

from typing import NamedTuple


class ExecutionContext(NamedTuple):
    prompt_id: str
    node_id: str


def get_executing_context() -> ExecutionContext:
    return ExecutionContext("prompt", "7")
