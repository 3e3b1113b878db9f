"""Image files for people to look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midframe.atomic import atomic_path
from midframe.errors import OptionError, WriteError
from midframe.media.pixels import ViewSamples
from midframe.paths import user_path

PICTURE_QUALITY = 88
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def to_pixels(view: ViewSamples) -> NDArray[np.uint8]:
    """A view in 8 bits, rounded to nearest: (height, width, 3) R, G, B."""
    return np.rint(view * 255).astype(np.uint8)


def check_picture_path(path: Path, what: str, *, option: str = "output") -> None:
    """Refuse a file name before anything is computed for it.

    Args:
        path: The file.
        what: What will be in it, such as "contact sheet".
        option: What names the file.

    Raises:
        OptionError: A file type that is not written, or no such folder.
    """
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        message = f"A {what} is written as {', '.join(PICTURE_SUFFIXES)}, not {path.name!r}."
        raise OptionError(message, option=option, path=path)
    require_folder_of(path, what, option=option)


def require_folder_of(path: Path, what: str, *, option: str = "output") -> None:
    """Refuse a file in a folder that is not there.

    Raises:
        OptionError: No such folder.
    """
    folder = user_path(path, option=option).absolute().parent
    if not folder.is_dir():
        problem = "is a file" if folder.exists() else "does not exist"
        raise OptionError(f"The folder {folder} for the {what} {problem}.", option=option, path=path)


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write a picture; the suffix says how. Written whole or not at all.

    Raises:
        WriteError: The file cannot be written.
    """
    try:
        with atomic_path(path) as temporary:
            picture.save(temporary, quality=PICTURE_QUALITY)
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error
