"""Everything that the nodes need of ComfyUI itself. Importing this needs ComfyUI.

Only functions that exist since the VIDEO type was introduced are used without a check.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import folder_paths
from comfy import model_management, utils

BYTES_PER_PIXEL = 600
"""Estimate of what interpolation needs on a GPU; where more is needed, midframe works on parts of the frames."""

LARGEST_PREVIEW = 512
"""Pixels of the longer side of pictures that are shown while a node runs."""


def is_interruption(error: Exception) -> bool:
    """Whether an exception says that the user has interrupted the workflow."""
    return isinstance(error, model_management.InterruptProcessingException)


def raise_if_interrupted() -> None:
    """Do nothing unless the user has interrupted the workflow.

    Raises:
        Exception: ComfyUI's own, which ends the workflow.
    """
    model_management.throw_exception_if_processing_interrupted()


class ProgressBar:
    """The bar on the running node. To be used in the thread that runs the node."""

    def __init__(self) -> None:
        self._bar = utils.ProgressBar(1)

    def show(self, done: int, total: int, picture: Any | None = None) -> None:
        """Show that `done` units of `total` are finished, and perhaps a PIL image.

        Raises:
            Exception: The user has interrupted the workflow.
        """
        preview = None if picture is None else ("JPEG", picture, LARGEST_PREVIEW)
        self._bar.update_absolute(done, total, preview)


def device_name() -> str:
    """The device that ComfyUI computes on, as midframe calls it; the CPU for those that midframe cannot use."""
    device = model_management.get_torch_device()
    if device.type in ("cuda", "xpu"):
        return f"{device.type}:{device.index or 0}"
    return "mps" if device.type == "mps" else "cpu"


def free_memory_of(device: str, size: tuple[int, int]) -> None:
    """Let ComfyUI move models out of the memory of a device until frames can be interpolated; nothing on the CPU.

    Args:
        device: As midframe calls it.
        size: Width and height of the frames.
    """
    if device != "cpu":
        needed = BYTES_PER_PIXEL * size[0] * size[1]
        model_management.free_memory(needed, model_management.get_torch_device())
        model_management.soft_empty_cache()


def model_folders(kinds: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Folders of models: for each kind those that are registered or configured, and that in ComfyUI's `models`.

    Yields:
        The kind, and a folder; it may not exist.
    """
    for kind in kinds:
        registered = folder_paths.folder_names_and_paths.get(kind, ((), ()))[0]
        for folder in dict.fromkeys([*registered, os.path.join(folder_paths.models_dir, kind)]):  # noqa: PTH118
            yield kind, Path(folder)


def custom_node_folders() -> list[Path]:
    """The folders that contain packs of nodes."""
    return [Path(folder) for folder in folder_paths.get_folder_paths("custom_nodes")]


def new_file(prefix: str, suffix: str, size: tuple[int, int]) -> tuple[Path, dict[str, str]]:
    """A new name, numbered as ComfyUI numbers files.

    Args:
        prefix: Begins the name, may name folders and use ComfyUI's placeholders, and is below its output folder; if
            empty, the file is in the folder that ComfyUI empties when it starts.
        suffix: Ends the name, with the dot.
        size: Width and height of the pictures, for placeholders.

    Returns:
        The path, and the same in the form of ComfyUI's messages.
    """
    kind = "output" if prefix else "temp"
    parent = folder_paths.get_output_directory() if prefix else folder_paths.get_temp_directory()
    folder, name, number, subfolder, _ = folder_paths.get_save_image_path(prefix or "midframe", parent, *size)
    file = f"{name}_{number:05}_{suffix}"
    return Path(folder) / file, {"filename": file, "subfolder": subfolder, "type": kind}


def video_from_file(source: Any) -> Any:
    """A VIDEO of a file: a path as text, or a stream in memory."""
    try:
        from comfy_api.latest import InputImpl
    except ImportError:
        from comfy_api.input_impl import VideoFromFile

        return VideoFromFile(source)
    return InputImpl.VideoFromFile(source)


def stored_file(video: Any) -> Any | None:
    """The file that a VIDEO consists of, as a path or a stream in memory; None where it consists of frames."""
    try:
        from comfy_api.latest import Input
    except ImportError:
        from comfy_api.input import VideoInput as Base
    else:
        Base = Input.Video  # noqa: N806 - a class
    # The method of the base class compresses the frames, which is not what is asked for.
    own = getattr(type(video), "get_stream_source", None)
    if own is None or own is getattr(Base, "get_stream_source", None):
        return None
    return video.get_stream_source()


def show_text(text: str) -> None:
    """Show a text on the node that is running, in versions of ComfyUI that can."""
    try:
        from comfy_execution.utils import get_executing_context
        from server import PromptServer
    except ImportError:
        return
    context, server = get_executing_context(), getattr(PromptServer, "instance", None)
    send = getattr(server, "send_progress_text", None)
    if context is not None and send is not None:
        send(text, context.node_id)
