"""The page about a review, in a real browser: looking, deciding, and the file that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.support.clips import write_clip
from tests.support.jobs import FakeNetwork

from midframe import Event, FramePlaced, Job, Review, Session, review
from midframe.evaluation.review import alternatives as alternatives_module
from midframe.evaluation.review.outputs import write_review
from midframe.jobs import session as session_module
from midframe.jobs.choices import Choices

Open = Callable[..., Any]

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}

PART: dict[str, Any] = {"start_time": "3.8", "end_time": "4.04"}
"""Six frames of a film."""

OVERFLOWING = """() => [...document.body.querySelectorAll("*")]
    .filter((element) => !element.closest(".unseen, .controls label span, option, svg"))
    .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width && (box.right > innerWidth + 0.5 || box.left < -0.5);
    })
    .map((element) => `${element.tagName}.${element.getAttribute("class")}`)"""


def written(job: Job, path: Path, top: int) -> Review:
    found = review(job)
    write_review(found, path, job, top=top)
    return found


@pytest.fixture(scope="module")
def real(bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Review, Path]:
    """The two worst pairs of six frames of a film, interpolated by the real network."""
    path = tmp_path_factory.mktemp("real") / "review.html"
    return written(Job(bikes, **PART), path, 2), path


@pytest.fixture
def folded(tmp_path: Path) -> Iterator[Path]:
    """Nine pairs of waves, interpolated without a network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alternatives_module, "load_model", lambda _: FakeNetwork())
        patch.setattr(session_module, "load_for_execution", lambda *_, **__: FakeNetwork())
        write_clip(tmp_path / "clip.mp4", 10)
        written(Job(tmp_path / "clip.mp4"), tmp_path / "review.html", 9)
        yield tmp_path / "review.html"


def test_a_decision_is_downloaded_and_obeyed(
    bikes: Path, real: tuple[Review, Path], open_page: Open, tmp_path: Path
) -> None:
    found, path = real
    page = open_page(path)
    pair = page.locator("[data-pair]").first
    assert page.get_by_role("status").inner_text() == "No decisions yet"

    pair.get_by_role("radio", name="As it is").focus()
    page.keyboard.press("ArrowLeft")  # round to the last one
    assert pair.get_by_role("radio", name="Cut here").is_checked()
    page.keyboard.press("ArrowLeft")
    assert pair.get_by_role("radio", name="Hold").is_checked()

    # The picture of the choice comes under the divider.
    assert pair.locator(".is-right figcaption").inner_text() == "Previous frame"
    assert page.get_by_role("status").inner_text() == "1 decision"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download choices.json").click()
    assert download.value.suggested_filename == "choices.json"
    download.value.save_as(tmp_path / "choices.json")

    choices = Choices.read(tmp_path / "choices.json")
    (choice,) = choices.pairs
    assert (choice.time, choice.choice) == (found.worst(1)[0].begin, "hold")
    assert choices.input == found.input

    placed: list[FramePlaced] = []

    def note(event: Event) -> None:
        if isinstance(event, FramePlaced) and event.time > 0:
            placed.append(event)

    obeying = Job(bikes, tmp_path / "out", **PART, choices=tmp_path / "choices.json")
    with Session() as session:
        session.run(obeying, on_event=note)
    held = [event.left for event in placed if event.origin != "synthesised"]
    assert held == [found.worst(1)[0].left - found.pairs[0].left]
    assert len(placed) == len(found.pairs)


def test_taking_a_decision_back_leaves_none(real: tuple[Review, Path], open_page: Open, tmp_path: Path) -> None:
    page = open_page(real[1])
    pair = page.locator("[data-pair]").first
    pair.get_by_role("radio", name="Best quality").check()
    assert page.get_by_role("status").inner_text() == "1 decision"
    pair.get_by_role("radio", name="As it is").check()
    assert page.get_by_role("status").inner_text() == "No decisions yet"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download choices.json").click()
    download.value.save_as(tmp_path / "choices.json")
    assert Choices.read(tmp_path / "choices.json").pairs == ()


def test_scores_are_read_along_the_timeline(folded: Path, open_page: Open) -> None:
    page = open_page(folded)
    course = page.get_by_role("slider", name="Pair to read the score of")
    course.hover(position={"x": 2, "y": 10})
    assert page.locator("[data-place]").inner_text().startswith("0.000 s, score ")
    course.focus()
    page.keyboard.press("End")
    words = page.locator("[data-place]").inner_text()
    assert words.startswith("0.320 s, score ")
    assert course.get_attribute("aria-valuetext") == words
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#pair-8"


def test_what_is_folded_away_opens_where_a_link_leads(folded: Path, open_page: Open) -> None:
    page = open_page(folded)
    last = page.locator("details").last
    assert last.get_attribute("open") is None
    page.get_by_role("navigation", name="Worst pairs").get_by_role("link").last.click()
    page.wait_for_function("[...document.querySelectorAll('details')].at(-1).open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows(folded: Path, open_page: Open, scheme: str) -> None:
    for options in ({}, PHONE):
        page = open_page(folded, color_scheme=scheme, **options)
        page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_checker_of_accessibility_finds_nothing_serious(folded: Path, open_page: Open, scheme: str) -> None:
    for options in ({}, PHONE):
        page = open_page(folded, color_scheme=scheme, **options)
        page.get_by_role("radio", name="Hold").first.check()
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_every_control_has_a_name(folded: Path, open_page: Open) -> None:
    page = open_page(folded)
    controls = page.locator("input, button, select")
    names = controls.evaluate_all(
        "all => all.map((each) => each.getAttribute('aria-label') || each.labels?.[0]?.textContent || each.textContent)"
    )
    assert names
    assert all(name.strip() for name in names)
    assert page.get_by_role("group", name="What to do with this pair").count() == 3
