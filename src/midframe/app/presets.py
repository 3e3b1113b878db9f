"""Presets as the page has them: those that come with midframe, and those that were saved in the app."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from midframe.app.broadcast import Broadcast
from midframe.app.roots import is_plain
from midframe.atomic import write_text_atomically
from midframe.errors import InputError, MidframeError, OptionError, WriteError
from midframe.jobs.presets import (
    ENGINE_KEYS,
    JOB_KEYS,
    Preset,
    checked_values,
    preset_name,
    preset_text,
    read_preset,
    shipped_presets,
)

MOST_SAVED = 100
"""Presets that can be saved."""

LONGEST_TITLE = 60


class Presets:
    """Presets of the package and of a folder.

    Args:
        folder: For those that are saved, as files that ``midframe run`` takes too. It need not exist.
        broadcast: Is sent all presets when one is saved or removed.
    """

    def __init__(self, folder: Path, broadcast: Broadcast) -> None:
        self._folder = folder
        self._broadcast = broadcast

    def to_json(self) -> list[dict[str, Any]]:
        """All presets, as JSON has them."""
        return [
            *(_json(preset, None) for preset in shipped_presets()),
            *(_json(preset, self._path(preset.name)) for preset in self._saved()),
        ]

    def save(self, title: Any, options: Mapping[str, Any]) -> None:
        """Save options under a title, in the place of those that have it. Options of one input are left out.

        Raises:
            OptionError: The title cannot be one, there are too many, or an option is refused.
            WriteError: The file cannot be written.
        """
        if not isinstance(title, str) or len(title) > LONGEST_TITLE or not is_plain(title):
            raise OptionError(f"A preset needs a name of at most {LONGEST_TITLE} characters, all of which can be seen.")
        name = preset_name(title)
        path = self._path(name)
        if not path.exists() and len(self._saved()) >= MOST_SAVED:
            raise OptionError(f"There are {MOST_SAVED} presets. Remove some first.")
        kept = {key: value for key, value in options.items() if key in JOB_KEYS | ENGINE_KEYS}
        text = preset_text(Preset(name, title, "", checked_values(kept, title)))
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_text_atomically(path, text)
        except OSError as error:
            raise WriteError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error
        self._broadcast.send("presets", self.to_json())

    def remove(self, name: str) -> None:
        """Remove a saved preset.

        Raises:
            InputError: There is none.
        """
        if not any(preset.name == name for preset in self._saved()):
            raise InputError("There is no such preset.")
        self._path(name).unlink(missing_ok=True)
        self._broadcast.send("presets", self.to_json())

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.toml"

    def _saved(self) -> list[Preset]:
        paths = sorted(self._folder.glob("*.toml")) if self._folder.is_dir() else []
        return [preset for preset in map(_readable, paths) if preset is not None]


def _readable(path: Path) -> Preset | None:
    """A saved preset; None for one of another version, or one that was changed by hand and is wrong now."""
    try:
        return read_preset(path)
    except MidframeError:
        return None


def _json(preset: Preset, path: Path | None) -> dict[str, Any]:
    return {
        "name": preset.name,
        "title": preset.title,
        "description": preset.description,
        "options": dict(preset.options),
        "path": None if path is None else str(path),
    }
