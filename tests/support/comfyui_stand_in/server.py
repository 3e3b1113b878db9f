"""The server, as far as nodes talk to it."""

from __future__ import annotations


class PromptServer:
    instance: PromptServer

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    def send_progress_text(self, text: str, node_id: str) -> None:
        self.texts.append((text, node_id))


PromptServer.instance = PromptServer()
