"""Decisions about single pairs, over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.app_server import RunningApp, running_app
from tests.support.clips import write_clip

from midframe.app.store import Store
from midframe.jobs.choices import Choices


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, real_checkpoint_425: Path) -> Iterator[RunningApp]:
    place = tmp_path_factory.mktemp("decisions")
    (place / "films").mkdir()
    with running_app(place / "films", place / "data") as running:
        yield running


@pytest.fixture
def item(app: RunningApp, request: pytest.FixtureRequest) -> Iterator[str]:
    made = app.add(write_clip(app.root / f"{request.node.name}.mp4", 6))
    set_options(app, made, quality="fast")
    yield made
    app.request("DELETE", f"/api/items/{made}")


def set_options(app: RunningApp, item: str, **options: Any) -> None:
    assert app.request("PUT", f"/api/items/{item}", {"options": options}).status == 200


def decide(app: RunningApp, item: str, pair: Any, becomes: Any) -> Any:
    return app.request("PUT", f"/api/items/{item}/choices", {"pair": pair, "becomes": becomes})


def test_a_decision_is_stored_and_becomes_a_choice_of_the_job(app: RunningApp, item: str, tmp_path: Path) -> None:
    begun = app.request("GET", f"/api/items/{item}/choices").json
    assert (begun["decided"], begun["count"]) == ({}, 0)
    names = ["as-it-is", "best", "scale-half", "scale-double", "blend", "hold", "cut"]
    assert [name for name, _ in begun["alternatives"]] == names
    decide(app, item, 4, "best")
    decided = decide(app, item, 2, "hold")
    assert (decided.status, decided.json["decided"], decided.json["count"]) == (200, {"2": "hold", "4": "best"}, 2)
    shown = app.request("GET", f"/api/items/{item}/preview?pair=2&time=1/2&quality=fast")
    assert shown.headers["x-origin"] == "held_choice"
    assert app.request("GET", f"/api/items/{item}/plan").json["command"].endswith(" --choices choices.json")
    download = app.request("GET", f"/api/items/{item}/choices/file")
    assert download.headers["content-disposition"] == 'attachment; filename="choices.json"'
    (tmp_path / "choices.json").write_bytes(download.body)
    read = Choices.read(tmp_path / "choices.json")
    assert [(str(each.time), each.choice, each.quality) for each in read.pairs] == [
        ("2/25", "hold", None),
        ("4/25", "interpolate", "best"),
    ]
    assert read.input is not None
    assert (read.input.frames, read.input.width) == (6, 64)
    assert app.service.store.item(item).choices == json.loads(download.body)


def test_a_decision_can_be_taken_back(app: RunningApp, item: str) -> None:
    decide(app, item, 1, "cut")
    assert decide(app, item, 1, "as-it-is").json["count"] == 0
    assert app.service.store.item(item).choices is None
    assert app.request("GET", f"/api/items/{item}/choices/file").status == 400
    decide(app, item, 1, "blend")
    assert app.request("DELETE", f"/api/items/{item}/choices").json["count"] == 0


def test_pairs_are_counted_in_the_part_that_is_used(app: RunningApp, item: str) -> None:
    decide(app, item, 0, "blend")
    set_options(app, item, quality="fast", start_time="0.08")
    assert decide(app, item, 1, "hold").json["decided"] == {"1": "hold"}
    stored = app.service.store.item(item).choices or {}
    times = [each["time"] for each in stored["choices"]]
    assert times == ["0", "3/25"]
    assert decide(app, item, 3, "hold").status == 400
    set_options(app, item, quality="fast")
    assert app.request("GET", f"/api/items/{item}/choices").json["decided"] == {"0": "blend", "3": "hold"}


def test_what_the_job_does_anyway_is_not_offered(app: RunningApp, item: str) -> None:
    set_options(app, item, quality="best")
    offered = dict(app.request("GET", f"/api/items/{item}/choices").json["alternatives"])
    assert "best" not in offered
    assert offered["scale-half"] == "Flow scale 0.5"


def test_a_file_of_choices_and_decisions_exclude_each_other(app: RunningApp, item: str) -> None:
    path = app.root / "choices.json"
    Choices().write(path)
    set_options(app, item, choices=str(path))
    refused = decide(app, item, 0, "hold")
    assert (refused.status, refused.json["option"]) == (400, "choices")
    set_options(app, item)
    decide(app, item, 0, "hold")
    set_options(app, item, choices=str(path))
    refused = app.request("GET", f"/api/items/{item}/plan")
    assert (refused.status, refused.json["option"]) == (400, "choices")
    assert app.request("DELETE", f"/api/items/{item}/choices").status == 200
    assert app.request("GET", f"/api/items/{item}/plan").status == 200


@pytest.mark.parametrize(
    ("pair", "becomes"), [(-1, "hold"), (5, "hold"), (True, "hold"), ("0", "hold"), (None, "hold"), (0, "x"), (0, [])]
)
def test_what_there_is_not_is_refused(app: RunningApp, item: str, pair: Any, becomes: Any) -> None:
    assert decide(app, item, pair, becomes).status == 400
    assert app.service.store.item(item).choices is None


def test_decisions_survive_and_are_copied(app: RunningApp, item: str, tmp_path: Path) -> None:
    decide(app, item, 3, "scale-half")
    copy = app.request("POST", f"/api/items/{item}/copy").json["ids"][0]
    assert app.service.store.item(copy).choices == app.service.store.item(item).choices
    app.request("DELETE", f"/api/items/{copy}")
    stored = app.service.store.item(item)
    store = Store(tmp_path / "queue.sqlite")
    store.add(stored)
    store.close()
    again = Store(tmp_path / "queue.sqlite")
    assert again.item(item) == stored
    again.close()
