"""Lines on the streams: plans, notes and results."""

from __future__ import annotations

import shutil
import sys
import textwrap
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import typer

from midframe.cli.overview import is_complete_already, overview_line, overview_lines, summary_line
from midframe.cli.readable import readable_size, readable_time
from midframe.cli.spelling import spell
from midframe.text import json_line, printable
from midframe.wording import counted

if TYPE_CHECKING:
    from midframe.runtime.analysis import Analysis
    from midframe.runtime.events import JobSummary
    from midframe.runtime.job_plan import JobPlan

END_WORDS = {
    "drop": "ends on the last source frame (--end drop)",
    "hold": "the last source frame is held (--end hold)",
    "loop": "continues to the first frame (--end loop)",
}

COLUMN = 9
"""Width of the words that begin a line, such as "note"."""

MOST_CUTS = 20
"""Largest number of cuts that a plan lists one by one."""


def print_lines(*lines: str, err: bool = False) -> None:
    """Print lines on the output stream or the error stream, each as `midframe.text.printable` has it.

    Everything that the command line prints goes through here or through `midframe.cli.progress`.
    """
    for line in lines:
        typer.echo(printable(line), err=err)


def note_lines(text: str) -> list[str]:
    """A sentence for the user, with its options spelled as flags; on a terminal, wrapped to its width."""
    return _wrapped("note", spell(text))


def print_sentence(text: str) -> None:
    """Print an error or a message on the error stream; on a terminal, wrapped to its width, between words."""
    print_lines(*(part for line in text.splitlines() for part in _hanging("", line)), err=True)


def print_note(text: str) -> None:
    """Print a sentence for the user on the error stream."""
    print_lines(*note_lines(text), err=True)


def print_plan(plan: JobPlan, *, as_json: bool, verbose: bool = False, place: tuple[int, int] = (1, 1)) -> None:
    """Print what a job would do, for people on the error stream or as a JSON line on the output stream.

    Args:
        plan: The plan.
        as_json: Whether it is printed as JSON.
        verbose: Whether all that is known is printed, for people.
        place: Which of how many jobs it is; for one of several there is a single line.
    """
    if as_json:
        plan = replace(plan, notes=tuple(map(spell, plan.notes)))
        print_lines(json_line({"event": "plan", **asdict(plan)}))
        return
    if place[1] == 1:
        lines = [line for left, words in overview_lines(plan) for line in _hanging(left, words)]
    else:
        lines = _hanging("", overview_line(plan, *place))
    if verbose:
        lines += detail_lines(plan)
    print_lines(*lines, *(line for note in plan.notes for line in note_lines(note)), err=True)


def detail_lines(plan: JobPlan) -> list[str]:
    """What `--verbose` adds to a plan."""
    names = f", {plan.first_name} to {plan.last_name}" if plan.first_name != plan.last_name else ""
    found = {
        "input": f"{_counted(plan.sources)}, {plan.codec}, {plan.format}",
        "output": f"{_counted(plan.outputs)}{names}; {END_WORDS[plan.end]}",
    }
    if plan.disk_bytes is not None:
        found["disk"] = f"about {readable_size(plan.disk_bytes)} needed, {readable_size(plan.free_bytes)} free"
    if plan.device is not None:
        found["device"] = plan.device
    lines = [line for word, text in found.items() for line in _wrapped(word, text)]
    return lines if plan.analysis is None else lines + analysis_lines(plan.analysis)


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
    lines.append(f"static   {counted(analysis.static_pairs, 'pair')} in which nothing moves")
    if rules.dedup:
        lines.append(f"repeated {counted(analysis.repeats, 'frame')}, the same as the previous one")
    return lines


def print_summary(summary: JobSummary, seconds: float, *, verbose: bool = False) -> None:
    """Print what a job did.

    Args:
        summary: What it did.
        seconds: How long the user waited.
        verbose: Whether all that is known is printed.
    """
    if not is_complete_already(summary):
        print_lines(summary_line(summary, seconds))
    if not verbose:
        return
    busy = f", network busy {summary.engine_seconds / summary.seconds:.0%} of the time" if summary.synthesised else ""
    held = _in_brackets(_some(summary.static_pairs, "static pair"), _some(summary.cuts, "cut"))
    replacements = _in_brackets(f"{summary.replaced} in place of repeated frames" if summary.replaced else "")
    blended = f", {summary.blended} blended" if summary.blended else ""
    model = f"{summary.model}, SHA-256 {summary.model_sha256[:12]}…" if summary.model_sha256 else "none needed"
    resumed = f"{summary.resumed} from an earlier run, " if summary.resumed else ""
    frames = (
        f"{resumed}{summary.copied} original, {summary.synthesised} interpolated{replacements}, {summary.held} held"
    )
    speed = f"{summary.frames_per_second:.2f} frames per second"
    found = {
        "frames": f"{summary.outputs}: {frames}{held}{blended}",
        "speed": f"{readable_time(summary.seconds)} without loading, {speed}{busy}",
        "device": summary.device,
        "model": model,
    }
    print_lines(*(line for word, text in found.items() for line in _wrapped(word, text)))


def _counted(number: int | None) -> str:
    return "frames until the input ends" if number is None else counted(number, "frame")


def _some(number: int, word: str) -> str:
    return counted(number, word) if number else ""


def _in_brackets(*parts: str) -> str:
    found = ", ".join(filter(None, parts))
    return f" ({found})" if found else ""


def _wrapped(word: str, text: str) -> list[str]:
    return _hanging(f"{word:<{COLUMN}}", text)


def _hanging(left: str, text: str) -> list[str]:
    """A text next to what stands left of it; on a terminal, wrapped to its width. Elsewhere, lines are for programs."""
    line = f"{left}{text}"
    if not sys.stderr.isatty():
        return [line.rstrip()]
    width = shutil.get_terminal_size().columns - 1
    if len(line) <= width or width - len(left) < COLUMN:
        return [line.rstrip()]
    return textwrap.wrap(
        printable(line), width, subsequent_indent=" " * len(left), break_long_words=False, break_on_hyphens=False
    )
