"""Export a model's file to a folder of the user's choice: ``FOLDER/model.pkl`` and ``FOLDER/SOURCE.txt``."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from pathlib import Path

from midframe.atomic import atomic_path, write_text_atomically
from midframe.errors import OptionError, OutputExistsError, WriteError
from midframe.models.cache import file_sha256
from midframe.models.entries import ModelEntry

SOURCE_NAME = "SOURCE.txt"
"""The file that states where the weights next to it come from."""

_NOTE = re.compile(rb"model\.\w+: RIFE weights, model ")
"""What such files begin with."""


def check_export(folder: Path) -> None:
    """Refuse a folder that a model cannot be exported to, before one is fetched for it.

    Raises:
        OutputExistsError: The folder's name belongs to a file.
        OptionError: It cannot be created or written.
    """
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir():
        raise OutputExistsError(f"{existing} is a file; name a folder to put the model into.", path=folder)
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OptionError(
            f"{folder} cannot be written: {existing.absolute()} is write-protected. Choose another folder.",
            option="to",
            path=folder,
        )


def export_checkpoint(entry: ModelEntry, file: Path, folder: Path, *, replace: bool = False) -> Path:
    """Copy verified weights into a folder, whole or not at all, with a note on where they come from.

    Weights that lie there already are kept if they are the same.

    Args:
        entry: The model.
        file: Its verified file, as `midframe.models.fetch.ensure` returns it.
        folder: Made if it does not exist.
        replace: Whether other weights that lie there may be replaced.

    Returns:
        The new file: ``model`` with the ending of `file`.

    Raises:
        OutputExistsError: Other weights lie there, or the folder's name belongs to a file.
        OptionError: The folder cannot be created or written.
        WriteError: It could not be written.
    """
    check_export(folder)
    target, note = folder / f"model{file.suffix}", folder / SOURCE_NAME
    try:
        digest = file_sha256(file)
        if note.exists() and not replace and not _NOTE.match(note.read_bytes()):
            raise OutputExistsError(
                f"{note} exists, and midframe did not make it; choose another folder, or replace it with `force`.",
                option="force",
                path=note,
            )
        if not (target.is_file() and file_sha256(target) == digest):
            if target.exists() and not replace:
                raise OutputExistsError(
                    f"{target} exists and is not model {entry.name}; choose another folder, or replace it with "
                    "`force`.",
                    option="force",
                    path=target,
                )
            folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(target) as temporary:
                shutil.copyfile(file, temporary)
        write_text_atomically(note, _note(entry, target.name, digest))
    except OSError as error:
        raise WriteError(f"{target} could not be written: {error.strerror or error}.", path=target) from error
    return target


def _note(entry: ModelEntry, file_name: str, digest: str) -> str:
    return (
        f"{file_name}: RIFE weights, model {entry.name} of midframe's catalogue\n\n"
        f"source:   {entry.source}\n"
        f"licence:  {entry.licence}\n"
        f"sha-256:  {digest}\n\n"
        f"{textwrap.fill(entry.provenance, 100)}\n"
    )
