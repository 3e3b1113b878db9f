"""Plans and summaries as people read them."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from midframe.pipeline.preflight import JobPlan
from midframe.pipeline.progress import Summary

END_WORDS = {
    "drop": "ends on the last source frame (--end drop)",
    "hold": "the last source frame is held (--end hold)",
    "loop": "goes on to the first frame (--end loop)",
}


def print_plan(plan: JobPlan, *, as_json: bool) -> None:
    """Say what will be done."""
    if as_json:
        typer.echo(json.dumps({"event": "plan", **asdict(plan)}, ensure_ascii=False))
        return
    lines = [
        f"input    {plan.sources} frames, {plan.codec}, {plan.format}",
        f"output   {plan.outputs} frames in {plan.output}, {plan.first_name} to {plan.last_name}; "
        + END_WORDS[plan.end],
        f"to draw  {plan.synthesised} frames",
        f"disk     about {plan.disk_bytes / 1e6:,.0f} MB needed, {plan.free_bytes / 1e6:,.0f} MB free",
    ]
    if plan.seconds is not None:
        lines.append(f"time     about {readable_time(plan.seconds)} on {plan.device}")
    lines += [f"note     {note}" for note in plan.notes]
    for line in lines:
        typer.echo(line, err=True)


def print_summary(summary: Summary) -> None:
    """Say what was done."""
    busy = f", network busy {summary.engine_seconds / summary.seconds:.0%} of the time" if summary.synthesised else ""
    static = f" ({summary.static_pairs} static pairs)" if summary.static_pairs else ""
    model = f"{summary.model}, SHA-256 {summary.model_sha256[:12]}…" if summary.model_sha256 else "none needed"
    typer.echo(
        f"{summary.outputs} frames: {summary.copied} copied, {summary.synthesised} synthesised, "
        f"{summary.held} held{static}\n"
        f"{readable_time(summary.seconds)}, {summary.frames_per_second:.2f} frames per second{busy}\n"
        f"device   {summary.device}\n"
        f"model    {model}\n"
        f"output   {summary.output}"
    )


def readable_time(seconds: float) -> str:
    """A duration for people: "48 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
