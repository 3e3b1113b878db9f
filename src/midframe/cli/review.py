"""``midframe review``: which pairs of an input will be interpolated badly, and what to do about each."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from midframe.cli import detection_options, engine_options, timing_options
from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress, make_listener, make_reporter
from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.engines.options import EngineOptions
from midframe.errors import OptionError
from midframe.jobs.job import Job
from midframe.jobs.session import Session
from midframe.paths import user_path

HELP = """Find the frames that will look wrong, before they are interpolated.

Scores every pair of frames by what makes interpolation fail, in about the time of interpolating once, and lists the
worst with the reasons. The page shows each under a divider, as it is and with other settings, lets you decide, and
gives a file for midframe run --choices.

\b
Examples:
  midframe review clip.mp4                   the worst pairs, as a table
  midframe review clip.mp4 -o review.html    look at them, and decide
  midframe review shots/ -o review.json      scores of all pairs, for programs
"""

COMMON = ("output", "top", "start_time", "end_time", "model", "quality", "device", "overwrite")
"""Parameters that ``--help`` shows."""


@engine_options.accept_engine_options()
def review(
    source: Annotated[str, typer.Argument(metavar="INPUT", help="Video, folder, glob, printf pattern or TIFF.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="review.html: a page to look and decide. review.json: all scores."),
    ] = None,
    top: Annotated[int, typer.Option("--top", help="How many of the worst pairs are shown.")] = 12,
    start_time: timing_options.StartTimeOption = None,
    end_time: timing_options.EndTimeOption = None,
    source_fps: timing_options.SourceFpsOption = None,
    cuts: detection_options.CutsOption = None,
    cut_threshold: detection_options.CutThresholdOption = None,
    static_threshold: detection_options.StaticThresholdOption = "0.996",
    dedup: detection_options.DedupOption = False,
    engine: EngineOptions = engine_options.DEFAULTS,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is not an earlier review.")
    ] = False,
    progress: Annotated[str, typer.Option("--progress", help="auto, plain, json or none.")] = "auto",
) -> None:
    """Run the command."""
    if top < 1:
        raise OptionError(f"--top must be at least 1, not {top}.")
    make_listener(progress)
    (job,) = Job.for_each(
        source,
        start_time=start_time,
        end_time=end_time,
        source_fps=source_fps,
        cuts=cuts,
        cut_threshold=DEFAULT_CUT_THRESHOLD if cut_threshold is None else cut_threshold,
        static_threshold=static_threshold,
        dedup=dedup,
    )
    # These load large libraries: wrong arguments should not have to wait for it.
    from midframe.evaluation.review.outputs import check_review_path, write_review
    from midframe.evaluation.review.review import review as review_input
    from midframe.evaluation.review.words import table_lines

    if output is not None:
        check_review_path(output, [user_path(source)], overwrite)
    with Session(engine, downloads=DownloadProgress()) as session, closing(make_reporter(progress)) as reporter:
        found = review_input(job, session=session, on_event=reporter)
    says = progress != "json"
    if says:
        print_lines(*table_lines(found, top))
    if output is not None:
        with closing(make_reporter(progress)) as reporter:
            write_review(found, output, job, engine, top=top, on_event=reporter)
    if says:
        advice = f"To see them, and decide: midframe review {source} -o review.html"
        print_lines("", advice if output is None else f"Look at  {output}")
