"""All commands as one application, and what becomes of errors that reach its edge."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from midframe import __version__
from midframe.cli.commands import CommandGroup, with_command
from midframe.cli.spelling import spell
from midframe.errors import MidframeError
from midframe.signals import handle_stop_signals

app = typer.Typer(
    name="midframe",
    cls=CommandGroup,
    help="Interpolate the frames between frames, with RIFE. `midframe clip.mp4` doubles the frame rate of a video.",
    epilog="Start with: midframe demo. Then: midframe run FOLDER_OR_VIDEO",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_debug = False


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"midframe {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the code an error arose.")] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    global _debug
    _debug = debug


def run_application() -> None:
    """Run the command line and exit, see `midframe.cli.main`."""
    with handle_stop_signals():
        code = guarded(lambda: app(with_command(sys.argv[1:]), prog_name="midframe"))
    sys.exit(code)


def guarded(command: object) -> int:
    """Call something and turn what goes wrong into a sentence on the error stream and an exit code.

    Args:
        command: Called without arguments.

    Returns:
        The exit code.
    """
    try:
        assert callable(command)
        command()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except MidframeError as error:
        _explain(f"midframe: {spell(str(error))}")
        return error.exit_code
    except KeyboardInterrupt:
        _explain("midframe: stopped.")
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does.
        sys.stderr.close()
        return 1
    # The outermost edge: a defect of ours must not look like the user's.
    except Exception as error:  # noqa: BLE001
        _explain(
            f"midframe: internal error ({type(error).__name__}: {error}). Please report it with what "
            "`midframe --debug …` prints."
        )
        return 1
    return 0


def _explain(text: str) -> None:
    if _debug:
        traceback.print_exc()
    typer.echo(text, err=True)
