"""Calls functions in processes of their own: what crashes, hangs or prints there does nothing here."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from types import TracebackType
from typing import Generic, TypeVar

from midframe.text import shortened

LONGEST_WAIT = 120.0
"""Seconds after which a process is ended. Loading a large library from a slow disk may take a minute."""

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from midframe.diagnosis.isolated import answer; answer(*sys.argv[2:])"
)
"""Begins with the paths of this process, as there may be no installed package."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Remote(Generic[Result]):
    """A function by its name: importing it here would load what is to be tried.

    Attributes:
        module: Its module.
        name: Its name there; what it returns must be picklable.
    """

    module: str
    name: str


class IsolatedError(Exception):
    """A function did not return; the message says why, as the end of a sentence that begins with what failed."""


def call_isolated(function: Remote[Result], *arguments: str, seconds: float = LONGEST_WAIT) -> Result:
    """Call a function in another process.

    Args:
        function: The function.
        arguments: Its arguments.
        seconds: How long it may take.

    Raises:
        IsolatedError: It raised, the process crashed, or took too long, or none could be started.
    """
    if not sys.executable:
        raise IsolatedError("cannot be tried: this Python does not say where its program is")
    # Relative ones stay right: the other process begins in the same folder.
    paths = json.dumps([path for path in sys.path if isinstance(path, str)])
    command = (sys.executable, "-c", _PROGRAM, paths, function.module, function.name, *arguments)
    try:
        # The program is this Python, and the code our own.
        done = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise IsolatedError(f"did not end within {seconds:g} seconds") from error
    except OSError as error:
        raise IsolatedError(f"cannot be tried: no process can be started ({error.strerror or error})") from error
    if done.returncode != 0:
        raise IsolatedError(_reason(done.returncode, done.stderr.decode("utf-8", "replace")))
    try:
        # Only the process that was started above can have written this.
        result: Result = pickle.loads(done.stdout)  # noqa: S301
    except (EOFError, ImportError, pickle.UnpicklingError) as error:
        raise IsolatedError("ended without an answer") from error
    return result


def answer(module: str, name: str, *arguments: str) -> None:
    """Call a function and write what it returns to standard output, which libraries cannot reach meanwhile."""
    sys.excepthook = _print_briefly
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)
        result = getattr(import_module(module), name)(*arguments)
        output.write(pickle.dumps(result))
    sys.stdout.flush()
    sys.stderr.flush()
    # Libraries that fail while they are unloaded have done their work before.
    os._exit(0)


def _print_briefly(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:  # noqa: ARG001
    """Print an exception as one line, which `_reason` finds."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    sys.stderr.write(f"\n{kind.__name__}{': ' if first else ''}{first}\n")


def _reason(code: int, errors: str) -> str:
    """Why a process ended with a code other than 0."""
    if code < 0:
        try:
            return f"crashed ({signal.Signals(-code).name})"
        except ValueError:
            return f"crashed (signal {-code})"
    lines = [line for line in errors.splitlines() if line.strip()]
    return f"failed: {shortened(lines[-1].strip().rstrip('.'))}" if lines and code == 1 else f"crashed (code {code})"
