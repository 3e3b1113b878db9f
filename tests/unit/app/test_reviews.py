"""Reviews in the background, over the wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.app_server import RunningApp, running_app
from tests.support.clips import write_clip
from tests.support.reviews import sample_review

from midframe.app import reviews
from midframe.errors import CancelledError, EngineError
from midframe.evaluation.review.results import Review
from midframe.runtime.events import Advanced, Started


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    place = tmp_path_factory.mktemp("reviews")
    (place / "films").mkdir()
    with running_app(place / "films", place / "data") as running:
        yield running


@pytest.fixture
def item(app: RunningApp, request: pytest.FixtureRequest) -> Iterator[str]:
    made = app.add(write_clip(app.root / f"{request.node.name}.mp4", 13))
    yield made
    app.request("DELETE", f"/api/items/{made}")


def replace_review(monkeypatch: pytest.MonkeyPatch, work: Callable[..., Review]) -> None:
    monkeypatch.setattr(reviews, "review", work)


def state(app: RunningApp, item: str) -> dict[str, Any]:
    found = app.request("GET", f"/api/items/{item}/review")
    assert found.status == 200, found.body
    return dict(found.json)


def wait_for(app: RunningApp, item: str, wanted: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while (found := state(app, item))["state"] != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return found


def begin(app: RunningApp, item: str) -> int:
    return app.request("POST", f"/api/items/{item}/review").status


class Waiting:
    """A review that reports some progress and waits until it is cancelled."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def __call__(self, job: Any, *, on_event: Any, cancel: Any, **_: Any) -> Review:
        on_event(Started({"interpolate": 12}))
        on_event(Advanced("interpolate", 5))
        while not cancel.cancelled:
            time.sleep(0.01)
        self.ended.set()
        raise CancelledError("Stopped.")


def test_the_worst_pairs_are_found_and_kept(app: RunningApp, item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def count(*_: Any, **__: Any) -> Review:
        calls.append(1)
        return sample_review()

    replace_review(monkeypatch, count)
    assert state(app, item)["state"] == ""
    assert begin(app, item) == 200
    found = wait_for(app, item, "done")
    assert [pair["pair"] for pair in found["worst"]] == [11, 10, 9, 6, 5, 3, 2, 1, 0]
    assert found["worst"][0]["time"] == "0.440 s"
    assert "disagree" in found["worst"][0]["why"]
    assert found["scored"] == 9
    assert begin(app, item) == 200
    app.request("PUT", f"/api/items/{item}", {"options": {"factor": "4", "crf": "20"}})
    assert state(app, item)["state"] == "done", "none of these options matters"
    app.request("PUT", f"/api/items/{item}", {"options": {"quality": "best"}})
    assert state(app, item)["state"] == ""
    assert calls == [1]


def test_a_changed_input_is_looked_at_again(app: RunningApp, item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_review(monkeypatch, lambda *_, **__: sample_review())
    begin(app, item)
    wait_for(app, item, "done")
    write_clip(Path(app.service.store.item(item).sources[0]), 14)
    assert state(app, item)["state"] == ""


def test_one_at_a_time_and_it_can_be_stopped(app: RunningApp, item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Waiting()
    replace_review(monkeypatch, waiting)
    monkeypatch.setattr(reviews, "SEND_SECONDS", 0)
    begin(app, item)
    deadline = time.monotonic() + 10
    while state(app, item)["done"] != 5:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert state(app, item)["total"] == 12
    other = app.add(write_clip(app.root / "other.mp4", 3))
    refused = app.request("POST", f"/api/items/{other}/review")
    assert (refused.status, "another input" in refused.json["error"]) == (400, True)
    assert app.request("DELETE", f"/api/items/{item}/review").status == 200
    assert waiting.ended.wait(10)
    wait_for(app, item, "")
    assert app.request("DELETE", f"/api/items/{other}").status == 200


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
def test_removing_and_changing_an_item_end_its_review(
    app: RunningApp, item: str, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    waiting = Waiting()
    replace_review(monkeypatch, waiting)
    begin(app, item)
    body = {"options": {"flow_scale": "0.5"}} if method == "PUT" else None
    assert app.request(method, f"/api/items/{item}", body).status == 200
    assert waiting.ended.wait(10)
    if method == "PUT":
        assert state(app, item)["state"] == ""


def test_failures_say_why(app: RunningApp, item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Review:
        raise EngineError("The network cannot be run.")

    replace_review(monkeypatch, fail)
    begin(app, item)
    assert wait_for(app, item, "failed")["message"].startswith("The network cannot be run. Choose cpu")
    replace_review(monkeypatch, lambda *_, **__: sample_review())
    begin(app, item)
    wait_for(app, item, "done")


def test_the_end_of_the_app_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Waiting()
    replace_review(monkeypatch, waiting)
    (tmp_path / "films").mkdir()
    with running_app(tmp_path / "films", tmp_path / "data") as app:
        begin(app, app.add(write_clip(app.root / "clip.mp4", 3)))
    assert waiting.ended.is_set()
