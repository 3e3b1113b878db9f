"""Times, places and scores of a review in words, for terminals and pages."""

from __future__ import annotations

from midframe.evaluation.report.format import moment_text
from midframe.evaluation.review.results import PairReview, Review
from midframe.tables import format_table
from midframe.wording import counted

VERDICTS = {"moving": "", "static": "nothing moves: held", "cut": "a cut: held"}


def when(pair: PairReview) -> str:
    """When a pair begins, as a page shows it: "4.040 s", or "frame 12" of an image sequence."""
    return moment_text(pair.begin) if pair.name.time is not None else f"frame {pair.name.frame}"


def why(pair: PairReview) -> str:
    """The reasons of a pair between commas."""
    return ", ".join(reason.text for reason in pair.reasons) or VERDICTS[pair.verdict]


def headline(review: Review, shown: int) -> str:
    """What a review has found, in one sentence."""
    scored = len(review.scored)
    if not scored:
        return f"Nothing is interpolated in {review.source}: all pairs are static, or cuts."
    if scored == 1:
        return "The only pair that is interpolated."
    if shown >= scored:
        return f"All {scored} pairs that are interpolated, the riskiest first."
    return f"The {shown} pairs most likely to look wrong, of {scored} that are interpolated."


def counts(review: Review) -> dict[str, str]:
    """How many pairs there are of each class, for people."""
    cuts, static = (sum(pair.verdict == verdict for pair in review.pairs) for verdict in ("cut", "static"))
    repeats = sum(pair.right - pair.left - 1 for pair in review.pairs)
    found = {"Pairs": f"{len(review.pairs)}, {len(review.scored)} of them interpolated"}
    found["Held"] = f"{counted(cuts, 'cut')}, {counted(static, 'static pair')}"
    if repeats:
        found["Repeated"] = counted(repeats, "frame")
    return found


def table_lines(review: Review, top: int) -> list[str]:
    """The worst pairs as a table for a terminal."""
    worst = review.worst(top)
    lines = [f"{review.source}: {headline(review, len(worst))}"]
    facts = {**review.facts, **counts(review)}
    width = max(map(len, facts))
    lines += [f"  {name:<{width}}  {fact}" for name, fact in facts.items()]
    if worst:
        rows = [["pair", "score", "why"]]
        for pair in worst:
            first, *others = (reason.text for reason in pair.reasons)
            rows += [[when(pair), f"{pair.score:.1f}", first], *(["", "", f"and {text}"] for text in others)]
        lines += ["", *format_table(rows, ">><")]
    return lines
