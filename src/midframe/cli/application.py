"""All commands as one application, and what becomes of errors that reach its edge."""

from __future__ import annotations

import errno
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from midframe import __version__
from midframe.cli.commands import CommandGroup, announce, with_command
from midframe.cli.completion import ShowCompletionOption
from midframe.cli.printing import print_lines, print_sentence
from midframe.cli.spelling import spell
from midframe.cli.streams import CommandLineStreams
from midframe.errors import MidframeError
from midframe.signals import handle_stop_signals
from midframe.text import shortened

app = typer.Typer(
    name="midframe",
    cls=CommandGroup,
    help="Interpolate frames of videos and image sequences with RIFE. `midframe clip.mp4` doubles the frame rate of a "
    "video.",
    epilog="Start with: midframe demo. Then: midframe run FOLDER_OR_VIDEO",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED = 130
"""Exit code after Ctrl+C, as that of programs that the signal ends."""

_BAD_NAMES = frozenset(
    {
        *(errno.EACCES, errno.EINVAL, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT),
        *(errno.ENOTDIR, errno.EPERM),
    }
)
"""Errors that the user's choice of a name has caused, rather than a disk or a connection."""

_debug = False


def _version(requested: bool) -> None:
    if requested:
        print_lines(f"midframe {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    _completion: ShowCompletionOption = None,
) -> None:
    global _debug
    _debug = debug


def run_application() -> None:
    """Run the command line and exit, see `midframe.cli.main`."""
    words = with_command(sys.argv[1:])

    def command() -> None:
        announce(words)
        app(words, prog_name="midframe")

    exit_with(command)


def exit_with(command: Callable[[], object]) -> NoReturn:
    """Run a command line in a process of its own, whatever its streams are like, and end the process.

    Args:
        command: See `guarded`.
    """
    streams = CommandLineStreams(debug="--debug" in sys.argv)
    try:
        with handle_stop_signals(signal.getsignal(signal.SIGINT)):
            code = guarded(command)
    except KeyboardInterrupt:
        # A second one, while the first was being reported.
        code = INTERRUPTED
    failure = streams.close()
    if failure is not None:
        _explain(f"midframe: standard output could not be written: {failure}. What was finished before is kept.")
        code = code or 1
    sys.exit(1 if streams.reader_gone and not code else code)


def guarded(command: Callable[[], object]) -> int:
    """Call something and turn what goes wrong into a sentence on the error stream and an exit code.

    Args:
        command: Called without arguments.

    Returns:
        The exit code.
    """
    try:
        command()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except MidframeError as error:
        _explain(f"midframe: {spell(str(error))}")
        return error.exit_code
    except KeyboardInterrupt:
        _explain("midframe: stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does.
        return 1
    except OSError as error:
        if error.errno is None:
            return _unexpected(error)
        # The system's word about a file or a disk is not a defect, wherever it comes from.
        names = [str(name) for name in (error.filename, error.filename2) if name is not None]
        _explain(": ".join(["midframe", *map(shortened, names), error.strerror or str(error)]) + ".")
        return 2 if names and error.errno in _BAD_NAMES else 1
    except MemoryError:
        _explain(
            "midframe: This machine does not have enough memory. Use smaller frames, or a machine with more memory."
        )
        return 1
    except ImportError as error:
        return _broken_library(error)
    # The outermost edge: a defect of ours must not look like the user's.
    except Exception as error:  # noqa: BLE001
        return _unexpected(error)
    return 0


def _broken_library(error: ImportError) -> int:
    """Explain that a library cannot be loaded, unless it is a module of midframe that cannot."""
    if (error.name or "").partition(".")[0] == "midframe":
        return _unexpected(error)
    _explain(
        f"midframe: A library that midframe needs cannot be loaded ({error}). `midframe doctor` says which one is "
        "damaged, and how to install it again."
    )
    return 1


def _unexpected(error: Exception) -> int:
    _explain(
        f"midframe: internal error ({type(error).__name__}: {error}), a defect of midframe. Please report it in the "
        "project's issue tracker, with the command, the traceback that it prints as `midframe --debug …`, and what "
        "`midframe doctor` prints."
    )
    return 1


def _explain(text: str) -> None:
    if _debug:
        traceback.print_exc()
    print_sentence(text)
