"""Plans and summaries as text."""

from __future__ import annotations

from dataclasses import asdict, replace

import typer

from midframe.cli.spelling import spell
from midframe.runtime.analysis import Analysis
from midframe.runtime.events import JobSummary
from midframe.runtime.job_plan import JobPlan
from midframe.text import json_line, printable

END_WORDS = {
    "drop": "ends on the last source frame (--end drop)",
    "hold": "the last source frame is held (--end hold)",
    "loop": "continues to the first frame (--end loop)",
}


def print_lines(*lines: str, err: bool = False) -> None:
    """Print lines on the output stream or the error stream, each as `midframe.text.printable` has it.

    Everything that the command line prints goes through here or through `midframe.cli.progress`.
    """
    for line in lines:
        typer.echo(printable(line), err=err)


MOST_CUTS = 20
"""Largest number of cuts that a plan lists one by one."""


def print_plan(plan: JobPlan, *, as_json: bool) -> None:
    """Print what a job would do, for people on the error stream or as a JSON line on the output stream."""
    plan = replace(plan, notes=tuple(map(spell, plan.notes)))
    if as_json:
        print_lines(json_line({"event": "plan", **asdict(plan)}))
        return
    counted = [_counted(number) for number in (plan.sources, plan.outputs, plan.synthesised)]
    several = plan.first_name != plan.last_name
    # The file of a video is the output itself: its name need not be said twice.
    names = f", {plan.first_name} to {plan.last_name}" if several else ""
    lines = [
        f"input    {counted[0]}, {plan.codec}, {plan.format}",
        f"output   {counted[1]} in {plan.output}{names}; {END_WORDS[plan.end]}",
        f"between  {counted[2]} to interpolate",
    ]
    if plan.disk_bytes is not None:
        lines.append(f"disk     about {plan.disk_bytes / 1e6:,.0f} MB needed, {plan.free_bytes / 1e6:,.0f} MB free")
    if plan.analysis is not None:
        lines += analysis_lines(plan.analysis)
    if plan.seconds is not None:
        lines.append(f"time     about {readable_time(plan.seconds)} on {plan.device}")
    lines += [f"note     {note}" for note in plan.notes]
    print_lines(*lines, err=True)


def analysis_lines(analysis: Analysis) -> list[str]:
    """Lines about cuts, static pairs and repeated frames."""
    rules, lines = analysis.rules, []
    if rules.cuts == "off":
        lines.append("cuts     not looked for (--cuts off)")
    else:
        cuts = analysis.cuts
        score = max((pair.cut_score or 0 for pair in analysis.pairs if pair.verdict != "cut"), default=0.0)
        lines.append(
            f"cuts     {len(cuts)}, at a score of {rules.cut_threshold:g} or more; all other pairs score at most "
            f"{score:.3f}"
        )
        lines += [f"         frame {pair.left} to {pair.right}: {pair.cut_score:.3f}" for pair in cuts[:MOST_CUTS]]
        if len(cuts) > MOST_CUTS:
            lines.append(f"         and {len(cuts) - MOST_CUTS} more; `midframe analyze --json` lists all")
    lines.append(f"static   {analysis.static_pairs} pairs in which nothing moves")
    if rules.dedup:
        lines.append(f"repeated {analysis.repeats} frames that repeat the one before")
    return lines


def print_summary(summary: JobSummary) -> None:
    """Print what a job did."""
    busy = f", network busy {summary.engine_seconds / summary.seconds:.0%} of the time" if summary.synthesised else ""
    held = _in_brackets(_several(summary.static_pairs, "static pair"), _several(summary.cuts, "cut"))
    replacements = _in_brackets(f"{summary.replaced} in place of repeated frames" if summary.replaced else "")
    blended = f", {summary.blended} blended" if summary.blended else ""
    model = f"{summary.model}, SHA-256 {summary.model_sha256[:12]}…" if summary.model_sha256 else "none needed"
    resumed = f"{summary.resumed} from an earlier run, " if summary.resumed else ""
    print_lines(
        f"{summary.outputs} frames: {resumed}{summary.copied} copied, {summary.synthesised} synthesised{replacements}, "
        f"{summary.held} held{held}{blended}",
        f"{readable_time(summary.seconds)}, {summary.frames_per_second:.2f} frames per second{busy}",
        f"device   {summary.device}",
        f"model    {model}",
        f"output   {summary.output}",
    )


def _counted(number: int | None) -> str:
    return "frames until the input ends" if number is None else _several(number, "frame") or "0 frames"


def _several(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""


def _in_brackets(*parts: str) -> str:
    found = ", ".join(filter(None, parts))
    return f" ({found})" if found else ""


def readable_time(seconds: float) -> str:
    """A duration as text: "48 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def readable_size(size: int | None) -> str:
    """A number of bytes as text: "24.6 MB"; "?" for None."""
    if size is None:
        return "?"
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"
