"""All commands as one application, and what becomes of errors that reach its edge."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from midframe import __version__
from midframe.cli import adapt, analyze, compare, demo, evaluate, flow, models, run, sheet
from midframe.cli.printing import print_lines
from midframe.cli.spelling import spell
from midframe.errors import MidframeError
from midframe.signals import handle_stop_signals

app = typer.Typer(
    name="midframe",
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
    with handle_stop_signals():
        code = guarded(app)
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
    print_lines(text, err=True)
