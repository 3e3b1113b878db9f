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


def get_output_directory() -> str:
    return os.path.join(_base, "output")  # noqa: PTH118 - as there


def get_save_image_path(
    filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
) -> tuple[str, str, int, str, str]:
    given = Path(filename_prefix.replace("%width%", str(image_width)).replace("%height%", str(image_height)))
    folder = Path(output_dir) / given.parent
    if not folder.resolve().is_relative_to(Path(output_dir).resolve()):
        raise Exception("Saving image outside the output folder is not allowed.")
    folder.mkdir(parents=True, exist_ok=True)
    taken = [path for path in folder.iterdir() if path.name.startswith(f"{given.name}_")]
    subfolder = "" if str(given.parent) == "." else str(given.parent)
    return str(folder), given.name, len(taken) + 1, subfolder, filename_prefix
