"""``midframe analyze``: cuts, static pairs and repeated frames of an input."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from midframe.cli import detection_options
from midframe.cli.progress import make_reporter
from midframe.media.sources import open_source
from midframe.text import json_line

HELP = """Find cuts, static pairs and repeated frames, exactly as `midframe run` does, without interpolation.

Shows every cut with its score and the highest score of all other pairs, so that a better --cut-threshold can be chosen
for a clip that is classified wrongly.
"""


def analyze(
    source: Annotated[str, typer.Argument(metavar="INPUT", help="Folder, glob, printf pattern, TIFF or video.")],
    cut_threshold: detection_options.CutThresholdOption = None,
    static_threshold: detection_options.StaticThresholdOption = "0.996",
    dedup: detection_options.DedupOption = False,
    scores: Annotated[bool, typer.Option("--scores", help="Print the scores of every pair.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Run the command."""
    rules = detection_options.rules_of(static_threshold, "hold", cut_threshold, dedup=dedup)
    opened = open_source(source)
    # These load large libraries: wrong arguments should not have to wait for it.
    from midframe.cli.printing import analysis_lines, print_lines
    from midframe.runtime.analysis import analyse

    reporter = make_reporter("none" if as_json else "auto")
    try:
        analysis = analyse(opened, rules, reporter)
    finally:
        reporter.close()
        opened.close()
    if as_json:
        print_lines(json_line({"input": source, **asdict(analysis)}))
        return
    if scores:
        for pair in analysis.pairs:
            cut = f"{pair.cut_score:.4f}" if pair.cut_score is not None else "     –"
            static = f"{pair.static_score:.4f}" if pair.static_score is not None else "     –"
            print_lines(f"{pair.left:6d} {pair.right:6d}  cut {cut}  static {static}  {pair.verdict}")
    print_lines(f"input    {len(opened)} frames, {opened.codec_name}, {opened.format}", *analysis_lines(analysis))
