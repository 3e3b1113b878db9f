"""All commands as one application, and what becomes of errors that reach its edge."""

from __future__ import annotations

import errno
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from midframe import __version__
from midframe.cli import adapt, analyze, compare, demo, evaluate, flow, models, run, sheet
from midframe.cli.printing import print_lines
from midframe.cli.spelling import spell
from midframe.cli.streams import CommandLineStreams
from midframe.errors import MidframeError
from midframe.signals import handle_stop_signals
from midframe.text import printable, shortened

_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
"""Base of errors about arguments. Versions of Typer differ in where it is defined."""


class _Commands(TyperGroup):
    """The commands; errors about arguments quote these without control characters."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _printable_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _printable_errors():
            return super().invoke(ctx)


@contextmanager
def _printable_errors() -> Iterator[None]:
    try:
        yield
    except _USAGE_ERROR as error:
        error.message = printable(error.message)  # type: ignore[attr-defined]
        raise


app = typer.Typer(
    name="midframe",
    cls=_Commands,
    help="Interpolate the frames between frames, with RIFE.",
    epilog="Start with: midframe demo. Then: midframe run FOLDER -x 2",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run", help=run.HELP)(run.run)
app.command("adapt", help=adapt.HELP)(adapt.adapt)
app.command("analyze", help=analyze.HELP)(analyze.analyze)
app.command("evaluate", help=evaluate.HELP)(evaluate.evaluate)
app.command("sheet", help=sheet.HELP)(sheet.sheet)
app.command("compare", help=compare.HELP)(compare.compare)
app.command("flow", help=flow.HELP)(flow.flow)
app.command("demo", help=demo.HELP)(demo.demo)
app.add_typer(models.app, name="models")

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
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the code an error arose.")] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    global _debug
    _debug = debug


def run_application() -> None:
    """Run the command line and exit, see `midframe.cli.main`."""
    exit_with(app)


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
        # The system's word about a file or a disk is no defect, wherever it comes from.
        names = [str(name) for name in (error.filename, error.filename2) if name is not None]
        _explain(": ".join(["midframe", *map(shortened, names), error.strerror or str(error)]) + ".")
        return 2 if names and error.errno in _BAD_NAMES else 1
    except MemoryError:
        _explain("midframe: The memory of this machine does not suffice. Use smaller frames, or a machine with more.")
        return 1
    # The outermost edge: a defect of ours must not look like the user's.
    except Exception as error:  # noqa: BLE001
        return _unexpected(error)
    return 0


def _unexpected(error: Exception) -> int:
    _explain(
        f"midframe: internal error ({type(error).__name__}: {error}). Please report it with what "
        "`midframe --debug …` prints."
    )
    return 1


def _explain(text: str) -> None:
    if _debug:
        traceback.print_exc()
    print_lines(text, err=True)
