"""Folders; `set_base` is of the tests."""

from __future__ import annotations

import os
from pathlib import Path

models_dir = ""
folder_names_and_paths: dict[str, tuple[list[str], set[str]]] = {}
_base = ""


def set_base(folder: Path) -> None:
    global models_dir, _base
    _base, models_dir = str(folder), str(folder / "models")
    folder_names_and_paths["custom_nodes"] = ([str(folder / "custom_nodes")], set())


def get_folder_paths(folder_name: str) -> list[str]:
    return folder_names_and_paths[folder_name][0][:]


def get_temp_directory() -> str:
    return os.path.join(_base, "temp")  # noqa: PTH118 - as there


def get_save_image_path(filename_prefix: str, output_dir: str) -> tuple[str, str, int, str, str]:
    os.makedirs(output_dir, exist_ok=True)  # noqa: PTH103 - as there
    taken = [name for name in os.listdir(output_dir) if name.startswith(f"{filename_prefix}_")]  # noqa: PTH208
    return output_dir, filename_prefix, len(taken) + 1, "", filename_prefix
