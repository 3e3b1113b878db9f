"""Models that the user can choose: checkpoints in ComfyUI's folders, found by their content, and the catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import midframe
from midframe.errors import DownloadError, MidframeError, NotCachedError, UnknownModelError, WeightsError
from midframe.integrations.comfyui import host
from midframe.integrations.comfyui.watching import Progress, run_watched
from midframe.models.fetch import locate_model
from midframe.signals import CancelToken

KINDS = ("frame_interpolation", "rife", "ckpts")
"""ComfyUI's kinds of models that frame interpolation has: the first one is ComfyUI's own."""

FOLDERS_OF_PACKS = ("ckpts/rife", "vfi_models/rife")
"""Where packs of other authors keep their downloads, below their own folders."""

SUFFIXES = (".pkl", ".pth", ".pt", ".ckpt", ".safetensors")

LARGEST_FILE = 256 << 20
"""Bytes; larger files are not looked into. The largest network of the catalogue has 140 MB."""

_identified: dict[tuple[str, int, int], bool] = {}
"""Whether files are checkpoints that midframe can run, by path, size and time of change."""


def model_choices() -> list[str]:
    """Names for the user, the best default first: the default model or another one that is here, or else the default.

    Files are named by their kind and their path in its folder, models of the catalogue by their version.
    """
    files = list(_found_files())
    listed = midframe.list_models()
    names = [model.name for model in listed]
    ready = [model.name for model in listed if model.is_default and model.is_downloaded]
    default = [model.name for model in listed if model.is_default]
    return list(dict.fromkeys([*ready, *files, *default, *names]))


def locate(name: str) -> str | Path:
    """What `midframe.EngineOptions.model` takes for a name that the user chose.

    Raises:
        UnknownModelError: Neither a file in ComfyUI's folders nor a model of the catalogue. Other paths are refused:
            who may send workflows to ComfyUI may not thereby read any file.
    """
    if any(model.name == name for model in midframe.list_models()):
        return name
    file = _found_files().get(name)
    if file is None:
        raise UnknownModelError(
            f"There is no RIFE 4 checkpoint {name} in ComfyUI's model folders. Choose another `model`, or put the file "
            "into models/frame_interpolation and reload the page.",
            option="model",
        )
    return file


def fingerprint(inputs: Mapping[str, Any]) -> str:
    """Changes when a checkpoint is replaced by another one of the same name."""
    file = _found_files().get(inputs.get("model", ""))
    if file is None:
        return ""
    status = file.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def load_model(options: midframe.EngineOptions) -> midframe.EngineOptions:
    """Load a model once, so that whatever is wrong with it is reported here; its weights are fetched if need be.

    Returns:
        The same options, with the device that ComfyUI uses in the place of "auto".

    Raises:
        MidframeError: It cannot be loaded.
    """
    chosen = on_device_of_host(options)

    def load(progress: Progress, cancel: CancelToken) -> None:
        fetch(chosen, progress, cancel)
        with midframe.Session(chosen) as session:
            session.model()

    with advice_on_downloads():
        run_watched(load)
    return chosen


def on_device_of_host(options: midframe.EngineOptions) -> midframe.EngineOptions:
    """The same options, with the device that ComfyUI uses in the place of "auto"."""
    return replace(options, device=host.device_name()) if options.device == "auto" else options


def fetch(options: midframe.EngineOptions, progress: Progress, cancel: CancelToken) -> None:
    """Download weights of the catalogue that are not on this machine; to be called in the working thread.

    Raises:
        CancelRequested: The user has interrupted the workflow, and nothing is kept.
        MidframeError: They cannot be downloaded.
    """
    locate_model(options.model, _Download(progress, cancel))


class _Download:
    """The progress of a download, shown on the node; see `midframe.models.download.Progress`."""

    def __init__(self, progress: Progress, cancel: CancelToken) -> None:
        self._progress = progress
        self._cancel = cancel
        self._done = 0

    def message(self, text: str) -> None:
        """Show a sentence."""
        self._progress.say(text)

    def begin(self, label: str, total: int | None) -> None:
        """Begin at nothing of so many bytes."""
        self._progress.say(f"Downloading {label}")
        self._progress.expect(total)
        self._done = 0

    def advance(self, count: int) -> None:
        """Show so many bytes more.

        Raises:
            CancelRequested: The user has interrupted the workflow.
        """
        self._cancel.raise_if_cancelled()
        self._done += count
        self._progress.report(self._done)

    def end(self) -> None:
        """Make ready for the work that follows."""
        self._progress.report(0)


@contextmanager
def advice_on_downloads() -> Iterator[None]:
    """Where weights cannot be fetched, say how to do without a download.

    Raises:
        WeightsError: In the place of a `DownloadError` or `NotCachedError`.
    """
    try:
        yield
    except (DownloadError, NotCachedError) as error:
        raise WeightsError(
            f"{error} Or put a RIFE 4 checkpoint into ComfyUI's folder models/frame_interpolation, reload the page, "
            "and choose it as `model`.",
            option="model",
        ) from error


def _found_files() -> dict[str, Path]:
    """Checkpoints that midframe can run, by the names that users see."""
    return {name: file for name, file in _candidates() if _is_checkpoint(file)}


def _candidates() -> Iterator[tuple[str, Path]]:
    for kind, folder in host.model_folders(KINDS):
        for file in _files_below(folder):
            yield f"{kind}/{file.relative_to(folder).as_posix()}", file
    for packs in host.custom_node_folders():
        for place in FOLDERS_OF_PACKS:
            for folder in sorted(packs.glob(f"*/{place}")):
                for file in _files_below(folder):
                    yield file.relative_to(packs).as_posix(), file


def _files_below(folder: Path) -> Iterator[Path]:
    """All files with the suffix of a checkpoint, also in folders that are links, as ComfyUI searches them."""
    for parent, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith(SUFFIXES):
                yield Path(parent, name)


def _is_checkpoint(file: Path) -> bool:
    try:
        status = file.stat()
    except OSError:
        return False  # A link to nowhere, or removed meanwhile.
    if status.st_size > LARGEST_FILE:
        return False
    key = (str(file), status.st_size, status.st_mtime_ns)
    if key not in _identified:
        try:
            midframe.identify_checkpoint(file)
            _identified[key] = True
        except MidframeError:
            _identified[key] = False
    return _identified[key]
