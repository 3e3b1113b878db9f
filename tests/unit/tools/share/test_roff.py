from __future__ import annotations

import pytest
from tools.share.roff import LINE_LENGTH, bold, escaped, italic, prose


@pytest.mark.parametrize(
    ("text", "roff"),
    [
        ("a-b", r"a\-b"),
        (r"a\b", r"a\eb"),
        ("don't ~/x^2", r"don\(aqt \(ti/x\(ha2"),
        ("2×3 …", r"2\[u00D7]3 \[u2026]"),
    ],
)
def test_every_character_means_itself(text: str, roff: str) -> None:
    assert escaped(text) == roff


def test_fonts() -> None:
    assert (bold("-x"), italic("N")) == (r"\fB\-x\fR", r"\fIN\fR")


@pytest.mark.parametrize(
    ("markdown", "roff"),
    [
        ("well-known `a-b`", r"well-known \fBa\-b\fR"),
        ("with --fps or -x 2", r"with \fB\-\-fps\fR or \fB\-x\fR 2"),
        ("see [a page](a.md#b)", "see a page"),
        ("  two\n  lines ", "two lines"),
        (".gif is first", r"\&.gif is first"),
    ],
)
def test_prose(markdown: str, roff: str) -> None:
    assert prose(markdown) == roff


def test_no_line_is_long_or_begins_with_a_dot() -> None:
    lines = prose("word .gif " * 60).splitlines()
    assert len(lines) > 5
    assert max(map(len, lines)) <= LINE_LENGTH + len(r"\&")
    assert not any(line.startswith(".") for line in lines)
