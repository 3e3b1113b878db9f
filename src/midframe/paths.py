"""Paths as users give them: expanded, and found to be names that the system takes."""

from __future__ import annotations

import os
from pathlib import Path

from midframe.errors import InputError, OptionError
from midframe.text import shortened


def user_path(given: str | Path, *, option: str | None = None) -> Path:
    """The path that a user means, with `~` expanded unless there is a file of that name. It need not exist.

    Args:
        given: As the user wrote it.
        option: Name of the option that it is the value of, for errors.

    Raises:
        InputError: The system refuses the name: it is too long, holds a NUL, names an unknown user, runs in a circle,
            or lies in a folder that may not be searched. An `OptionError` where an option is named.
    """
    try:
        path = Path(given) if os.path.lexists(given) else Path(given).expanduser()
    except RuntimeError as error:
        raise _refused(given, "there is no such user", option) from error
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        # It may be about to be made, or be a pattern; who uses it says what is missing.
        return path
    except ValueError as error:
        raise _refused(given, "it contains a NUL", option) from error
    except OSError as error:
        raise _refused(given, error.strerror or str(error), option) from error
    return path


def _refused(given: str | Path, reason: str, option: str | None) -> InputError:
    kind = InputError if option is None else OptionError
    # `Path` refuses a NUL only later, and the error would, too.
    path = None if "\0" in os.fspath(given) else given
    return kind(f"The system refuses the name {shortened(os.fspath(given))}: {reason}.", option=option, path=path)
