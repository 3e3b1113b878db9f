"""Plain English: phrases that are banned from help texts, messages, docstrings and documentation.

Most of them are word for word translations that native readers stumble over. A pattern must be precise: where a phrase
is right in some place, it belongs into `ALLOWED`, with a reason.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.command_line import run_in_process
from tests.support.source_text import docstrings, strings

from midframe.cli.commands import COMMANDS
from midframe.cli.models import app as models_app

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "midframe"

CODE = re.compile(r"```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Ban:
    """A phrase to avoid.

    Attributes:
        pattern: Found without regard to case, in text whose white space is single spaces.
        better: What to write.
        planted: A sentence with the phrase, which the test of the checker must find.
    """

    pattern: str
    better: str
    planted: str


EVERYWHERE = (
    Ban(r"\b(go|goes|going|gone|went) on (with|where|from|behind)\b", "continue, resume", "It goes on with the rest."),
    Ban(r"\b(tells?|told) (\w+ ){0,3}(apart|from)\b", "distinguish", "Cuts are told from pans."),
    Ban(r"\b(is|are|was|were|be) told\b", "is reported", "Damage is told."),
    Ban(r"\bas (it|they) comes?\b(?! (from|to|out))", "unchanged", "It is written as it comes."),
    Ban(
        r"(?<!there )\b(is|are|was|were) no (?!longer|more|fewer|less|other|such|matter)[a-z]",
        "is not a",
        "It is no folder.",
    ),
    Ban(r"\bno \w+ but (a|an|the|one|raw)\b", "not … but", "It is no video but an image."),
    Ban(
        r"\bso (many|much) \w+( \w+)? at most\b|\bat most so (many|much)\b",
        "at most this many",
        "Use so many frames at most.",
    ),
    Ban(
        r"(?<!as )\b(is|are|was|were) wanted\b|\b(where|when|frames|times) wanted\b",
        "requested, needed",
        "Weights are wanted.",
    ),
    Ban(r"\b(is|are|was|were) gone\b", "no longer exists", "The file is gone."),
    Ban(
        r"\b(is|are|was|were|be) held to\b|\bholds? (\w+ ){1,4}to (it|that)\b",
        "pinned, checked against",
        "The hash is held to.",
    ),
    Ban(r"\d %", "10%, without a space", "It takes 10 % of the time."),
    Ban(r"\bat hand\b", "available", "No GPU was at hand."),
    Ban(r"\bcontenders?\b", "method, baseline", "Two contenders are compared."),
    Ban(r"\brooms\b|\b(make|made) room\b|\broom for\b", "package; space", "Make room on the disk."),
    Ban(r"(^|[.:] )Likewise\b", "say it again", "Likewise."),
    Ban(r"\bwhere there (is|are) none\b", "if there is none", "Empty where there are none."),
    Ban(r"\bbe had\b", "is available", "It can be had elsewhere."),
    Ban(r"\bof all chance\b", "random", "Seed of all chance."),
    Ban(r"\bstands? for itself\b|\beach for itself\b", "separately", "Each stands for itself."),
    Ban(r"\b(and|or) the like\b|\band its like\b", "and so on, similar", "PNG, TIFF and the like."),
    Ban(r"\b(nobody|somebody|anybody|whoever)\b", "name the role that acts", "Nobody measured it."),
    Ban(r"\bin the mean\b", "on average", "40 dB in the mean."),
    Ban(
        r"(?<![\d.,–+-])(?<![+−-] )\b1 (pairs|cuts|frames|files|images|seconds)\b", "the singular", "There are 1 cuts."
    ),
    Ban(
        r"\bbehind (it|them|those|the (last|first|frames?|pair|number|header|index))\b",
        "after",
        "Frames behind the last one.",
    ),
    Ban(r"\b(frames? )?before and behind\b", "previous and next", "The frame before and behind."),
    Ban(r"\bbeside\b", "next to; in addition to", "The report is written beside the input."),
    Ban(r"\b(in|out)side of\b", "inside, outside", "It lies inside of the frame."),
    Ban(r"\banew\b", "again, re-", "It is encoded anew."),
    Ban(r"\bfrom which on\b|\bfrom \d[\d.]* on\b", "from …; at least …", "From 0.36 on it is a cut."),
    Ban(
        r"\b(bytes?|frames?|pixels?|MB|ms|times|one) a (second|pixel|side|core|line|node|device|GPU)\b",
        "per",
        "60 frames a second.",
    ),
    Ban(r"\bfound out\b", "determined, detected", "It is found out here."),
    Ban(r"\bwithout a word\b|\bin silence\b", "silently", "They end in silence."),
    Ban(r"\bis begun\b|\bwas begun\b|\bwere begun\b", "started", "The output was begun."),
    Ban(r"\b(is|are|looks?|looked) looked (at|for) again\b|\blooks? up whether\b", "check", "It is looked at again."),
)
"""Banned from all text."""

FOR_USERS = (
    Ban(r"\b(draw|draws|drew|drawn|synthesi[sz]e[sd]?)\b", "interpolate", "20 frames were drawn."),
    Ban(
        r"\b(it|that|which|container|encoder|codec) (does not|can not|cannot) take\b",
        "does not support",
        "The container does not take it.",
    ),
    Ban(r"\bhas no place for\b", "cannot store", "The container has no place for it."),
    Ban(
        r"\bwhat (comes|goes|came|went) (in|out|through)\b",
        "the input, the output",
        "What comes through the pipe is raw.",
    ),
    Ban(
        r"\b(of|in) (its|their|your) own (kind|form|name)\b|\b(name|folder|output|place) of (its|their|your) own\b",
        "a separate …",
        "Give it a name of its own.",
    ),
    Ban(r"\bs gone\b", "elapsed", "5 s gone, about 9 s left."),
    Ban(r"\bwith commas between( them)?\b", "separated by commas", "Several, with commas between them."),
    Ban(r"\b(stays?|stay|left) as (it is|they are)\b", "is unchanged", "The model stays as it is."),
    Ban(r"\b(frame|one) before\b(?! (the|a|it|them|each))", "the previous frame", "It holds the frame before."),
    Ban(r"\bmay not be read\b", "cannot be read", "The file may not be read."),
    Ban(r"\bsays? otherwise\b", "sets another …", "`source_fps` says otherwise."),
    Ban(r"\bnothing is left to do\b", "there is nothing to do", "Nothing is left to do."),
)
"""Banned from help texts and messages as well."""


def without_code(text: str) -> str:
    """A text without blocks and names of code, with single spaces."""
    return SPACE.sub(" ", CODE.sub("`…`", text))


def offences(text: str, bans: tuple[Ban, ...]) -> list[str]:
    """Banned phrases in a text, each with its surroundings and what to write instead."""
    plain = without_code(text)
    return [
        f"…{plain[max(0, found.start() - 40) : found.end() + 40]}… (write: {ban.better})"
        for ban in bans
        for found in re.finditer(ban.pattern, plain, re.IGNORECASE)
    ]


GLOSSARY = ROOT / "docs" / "glossary.md"
"""Names the words that are not to be used."""

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
MODULES = sorted(SOURCE.rglob("*.py"))
HELP = [
    *((name, "--help-all" if name in {"run", "evaluate"} else "--help") for name in COMMANDS),
    *(("models", str(command.name), "--help") for command in models_app.registered_commands),
    ("--help",),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documentation(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not offences(text.split("## Words")[0] if page == GLOSSARY else text, EVERYWHERE)


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process(*words)
    assert not offences(capsys.readouterr().out, EVERYWHERE + FOR_USERS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
class TestSource:
    def test_messages(self, path: Path) -> None:
        """Strings of several words, which are messages, or parts of one."""
        texts = [(line, text) for line, text in strings(ast.parse(path.read_text(encoding="utf-8"))) if " " in text]
        assert not [(line, found) for line, text in texts for found in offences(text, EVERYWHERE + FOR_USERS)]

    def test_docstrings(self, path: Path) -> None:
        texts = docstrings(ast.parse(path.read_text(encoding="utf-8")))
        assert not [(line, found) for line, text in texts for found in offences(text, EVERYWHERE)]


@pytest.mark.parametrize("ban", EVERYWHERE + FOR_USERS, ids=lambda ban: ban.planted)
def test_a_planted_sentence_is_found(ban: Ban) -> None:
    assert offences(f"The first sentence. {ban.planted}", (ban,))


@pytest.mark.parametrize(
    "text",
    [
        "There is no folder of that name, and it is no longer used.",
        "`contenders` is a key of the report.",
        "The second frame is interpolated; 11 frames, 0.1 frames.",
        "Go on a trip: the cut goes on the list.",
        "It comes from a camera, as it comes out of the decoder.",
        "```\n5 s gone, 10 %\n```",
    ],
)
def test_right_sentences_pass(text: str) -> None:
    assert not offences(text, EVERYWHERE)
