"""The types of VIDEO, which both interfaces share."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av


@dataclass
class VideoComponents:
    images: Any
    frame_rate: Fraction
    audio: Any = None
    metadata: Any = None


class VideoInput(ABC):
    @abstractmethod
    def get_components(self) -> VideoComponents: ...

    def get_stream_source(self) -> Any:
        raise AssertionError("this would compress all frames")

    def get_dimensions(self) -> tuple[int, int]:
        images = self.get_components().images
        return images.shape[2], images.shape[1]

    def get_duration(self) -> float:
        components = self.get_components()
        return float(len(components.images) / components.frame_rate)


class VideoFromFile(VideoInput):
    """A file; `start_time` and `duration` in seconds are of later versions of ComfyUI."""

    def __init__(self, file: Any, *, start_time: float = 0, duration: float = 0) -> None:
        self.file, self.window = file, (start_time, duration)

    def _opened(self) -> Any:
        if isinstance(self.file, io.BytesIO):
            self.file.seek(0)
        return av.open(self.file)

    def get_components(self) -> VideoComponents:
        raise AssertionError("this would decode all frames")

    def get_stream_source(self) -> Any:
        return self.file

    def get_active_trim_window(self) -> tuple[float, float]:
        return self.window

    def get_dimensions(self) -> tuple[int, int]:
        with self._opened() as container:
            stream = container.streams.video[0]
            return stream.width, stream.height

    def get_duration(self) -> float:
        with self._opened() as container:
            whole = float(container.duration / av.time_base)
        start, duration = self.window
        return min(duration or whole, whole - start)

    def get_container_format(self) -> str:
        with self._opened() as container:
            name: str = container.format.name
            return name


class VideoFromComponents(VideoInput):
    def __init__(self, components: VideoComponents) -> None:
        self.components = components

    def get_components(self) -> VideoComponents:
        return self.components
