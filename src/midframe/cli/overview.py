"""A job in a few lines: what comes in, what comes out, and in the end what was done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from midframe.cli.readable import readable_size, readable_time
from midframe.wording import counted

if TYPE_CHECKING:
    from midframe.media.facts import MediaFacts
    from midframe.runtime.events import JobSummary
    from midframe.runtime.job_plan import JobPlan

ARROW = "→ "

LONGEST_NAME = 26
"""Names up to this length stand next to the facts, longer ones above them."""

BELOW = 4 * " "
"""What stands left of the facts below a long name."""

REPLACED = "new frames in place of repeated ones"
"""What an output with as many frames as the input gains."""

SOUND_WORDS = {"copied": "copied", "encoded": "encoded again", "stretched": "stretched"}


def overview_lines(plan: JobPlan) -> list[tuple[str, str]]:
    """The input and the output of a job, and how much is to be interpolated.

    Returns:
        Lines, each as what stands in the left column, with its spaces, and the rest. Long texts are not wrapped.
    """
    left = [_name(plan.source_facts, "standard input"), ARROW + _name(plan.output_facts, "standard output")]
    right = [_source_words(plan), _output_words(plan), _work_words(plan)]
    width = max(map(len, left)) + 2
    if width > LONGEST_NAME:
        return [(left[0], ""), (BELOW, right[0]), (left[1], ""), (BELOW, right[1]), (BELOW, right[2])]
    return [(name.ljust(width), words) for name, words in zip([*left, ""], right, strict=True)]


def overview_line(plan: JobPlan, number: int, count: int) -> str:
    """The same in one line, for one of several jobs.

    Args:
        plan: The plan.
        number: Which of the jobs it is, from 1.
        count: How many there are.
    """
    source, output = plan.source_facts, plan.output_facts
    names = f"{_name(source, 'standard input')} {ARROW}{_name(output, 'standard output')}"
    words = [f"{source.width}×{source.height}"]
    if source.rate is not None and output.rate is not None and source.rate != output.rate:
        words.append(f"{_number(source.rate)} {ARROW}{_rate_words(output)}")
    else:
        words.append(_extent(output))
    return f"{number} of {count}  {names}  {', '.join([*words, _work_words(plan)])}"


def summary_line(summary: JobSummary, seconds: float) -> str:
    """What a job did.

    Args:
        summary: What it did.
        seconds: How long the user waited.
    """
    path = Path(summary.output)
    if summary.output == "-":
        made = f"{counted(summary.outputs, 'frame')} sent"
    elif path.is_file():
        made = f"{summary.output} ({readable_size(path.stat().st_size)})"
    else:
        made = f"{summary.output} ({counted(summary.outputs, 'frame')})"
    work = [f"{counted(summary.synthesised, 'frame') if summary.synthesised else 'nothing'} interpolated"]
    if summary.replaced:
        work[0] += f" ({summary.replaced} in place of repeated ones)"
    if summary.cuts:
        work.append(f"{counted(summary.cuts, 'cut')} {'cross-faded' if summary.blended else 'held'}")
    if summary.static_pairs:
        work.append(f"{counted(summary.static_pairs, 'static pair')} held")
    if summary.resumed:
        work.append(f"{counted(summary.resumed, 'frame')} kept from the earlier run")
    # Whoever has a GPU wants to see that it was used.
    device = "" if summary.device == "none" or "cpu" in summary.device else f" on {summary.device}"
    return f"Done in {readable_time(seconds)}{device}: {made}, {', '.join(work)}"


def is_complete_already(summary: JobSummary) -> bool:
    """Whether an earlier run had done all of a job."""
    return summary.resumed > 0 and summary.resumed == summary.outputs


def _source_words(plan: JobPlan) -> str:
    facts = plan.source_facts
    words = _picture_words(facts)
    if facts.sound:
        words.append(counted(facts.sound, "sound track"))
    if plan.analysis is not None and plan.analysis.cuts:
        words.append(counted(len(plan.analysis.cuts), "scene cut"))
    return ", ".join(words)


def _output_words(plan: JobPlan) -> str:
    facts, sound = plan.output_facts, plan.source_facts.sound
    words = _picture_words(facts)
    if sound and facts.rate is not None:
        if not facts.sound:
            words.append("no sound")
        else:
            some = f"{facts.sound} of {sound} sound tracks" if facts.sound < sound else "sound"
            words.append(f"{some} {SOUND_WORDS[facts.sound_is]}")
    return ", ".join(words)


def _work_words(plan: JobPlan) -> str:
    number = plan.synthesised if plan.interpolated is None else plan.interpolated
    if number is None:
        return "interpolates until the input ends"
    words = counted(number, "new frame") if number else "no new frames"
    if plan.replaces_repeats and plan.interpolated is None:
        # How many they are is known only once all frames are compared.
        words = f"{counted(number, 'new frame')}, and some in place of repeated ones" if number else REPLACED
    if plan.seconds is None:
        return words
    time = "less than 1 s" if plan.seconds < 1 else f"about {readable_time(plan.seconds)}"
    return f"{words}, {time} on {'this CPU' if (plan.device or 'cpu').startswith('cpu') else plan.device}"


def _picture_words(facts: MediaFacts) -> list[str]:
    quality = f" ({facts.quality})" if facts.quality else ""
    words = [f"{facts.width}×{facts.height}", _extent(facts), f"{facts.kind}{quality}"]
    if facts.rate is None or facts.depth != "8 bit":
        words.append(facts.depth)
    if facts.planes > 1:
        words.append(f"{facts.planes} planes")
    if facts.channels > 4:
        words.append(f"{facts.channels} channels")
    return [word for word in words if word]


def _extent(facts: MediaFacts) -> str:
    """How much there is: of pictures their number, of what plays its rate and length."""
    if facts.rate is None:
        return counted(facts.frames, "frame") if facts.frames is not None else ""
    words = _rate_words(facts)
    return words if facts.seconds is None else f"{words}, {readable_time(facts.seconds)}"


def _rate_words(facts: MediaFacts) -> str:
    return f"{_number(facts.rate or 0)} fps{'' if facts.steady else ' on average'}"


def _number(rate: float) -> str:
    return f"{round(rate, 3):.7g}"


def _name(facts: MediaFacts, pipe: str) -> str:
    return pipe if facts.name == "-" else facts.name
