from __future__ import annotations

import pytest
from tools.site.linked_names import linked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See `midframe.Job`.", "See [`midframe.Job`][midframe.Job]."),
        ("`midframe.Session.run` runs it", "[`midframe.Session.run`][midframe.Session.run] runs it"),
        ("`midframe.Job.default_output`", "[`midframe.Job.default_output`][midframe.Job.default_output]"),
        (
            "a field: `midframe.EngineOptions.model`",
            "a field: [`midframe.EngineOptions.model`][midframe.EngineOptions]",
        ),
        ("`midframe.review`", "[`midframe.review`][midframe.review]"),
        ("internal: `midframe.runtime.events`", "internal: `midframe.runtime.events`"),
        ("[`midframe.Job`](elsewhere.md)", "[`midframe.Job`](elsewhere.md)"),
        ("code: ``midframe run``", "code: ``midframe run``"),
    ],
)
def test_public_names_are_links(text: str, expected: str) -> None:
    assert linked(text) == expected
