"""What can be said of the page without a browser; tests/browser has the rest."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from midframe import EngineOptions, Job, review
from midframe.evaluation.review.outputs import write_review
from midframe.text import parse_json

pytestmark = pytest.mark.usefixtures("loads")


class Page(HTMLParser):
    """Radio buttons, identities and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.radios: list[dict[str, str | None]] = []
        self.identities: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if values.get("type") == "radio":
            self.radios.append(values)
        if values.get("id"):
            self.identities.append(str(values["id"]))
        self.addresses += [str(values[name]) for name in ("src", "href") if values.get(name)]


def written(source: Path | str, path: Path, top: int = 12, **options: object) -> str:
    job = Job(source, **options)  # type: ignore[arg-type]
    write_review(review(job), path, job, EngineOptions(), top=top)
    return path.read_text("utf-8")


def test_everything_is_in_the_file(shots: Path, tmp_path: Path) -> None:
    page = Page(written(shots, tmp_path / "review.html"))
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert len(page.identities) == len(set(page.identities))


def test_each_of_the_worst_has_one_choice_for_everything(shots: Path, tmp_path: Path) -> None:
    page = Page(written(shots, tmp_path / "review.html", top=2))
    groups = {str(radio["name"]) for radio in page.radios}
    assert len(groups) == 2
    assert len(page.radios) == 14
    # The first radio button of each pair changes nothing.
    entries = [parse_json(str(radio["data-entry"])) for radio in page.radios[1:7]]
    number = int(str(page.radios[0]["name"]).removeprefix("choice-"))
    assert [entry.pop("frame") for entry in entries] == [101 + number] * 6
    assert entries == [
        {"choice": "interpolate", "quality": "best"},
        {"choice": "interpolate", "flow_scale": 0.5},
        {"choice": "interpolate", "flow_scale": 2.0},
        {"choice": "blend"},
        {"choice": "hold"},
        {"choice": "cut"},
    ]
    assert page.radios[0]["data-entry"] == ""
    assert "checked" in page.radios[0]


def test_pairs_behind_the_third_are_folded_away(shots: Path, tmp_path: Path) -> None:
    assert written(shots, tmp_path / "all.html").count("<details>") == 4
    assert "<details>" not in written(shots, tmp_path / "few.html", top=3)


def test_timeline_shows_cuts_and_what_stands(shots: Path, tmp_path: Path) -> None:
    text = written(shots, tmp_path / "review.html")
    timeline = text[text.index("data-timeline") : text.index("data-steps")]
    assert timeline.count('class="cut-line"') == 2  # one, and the key
    assert timeline.count('class="static-span"') == 2
    assert len(re.findall(r"<svg[^>]*><path class=.exhibit-mark", timeline)) == 8


def test_a_film_in_which_nothing_moves(shots: Path, tmp_path: Path) -> None:
    text = written(shots, tmp_path / "review.html", start_time="0.33")
    assert "Nothing is interpolated in shots" in text
    assert "data-decisions>" not in text
