"""The current interface."""

from __future__ import annotations

from abc import ABC, abstractmethod

from comfy_api import videos
from comfy_api.latest import io as io


class Input:
    Video = videos.VideoInput


class InputImpl:
    VideoFromFile = videos.VideoFromFile
    VideoFromComponents = videos.VideoFromComponents


class Types:
    VideoComponents = videos.VideoComponents


class ComfyExtension(ABC):
    @abstractmethod
    async def get_node_list(self) -> list[type[io.ComfyNode]]: ...
