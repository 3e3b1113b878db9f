"""Evaluations in processes of their own, here of programs that end as they are told."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.support.app_server import running_app
from tests.support.clips import write_clip

from midframe.app.evaluations import Evaluations
from midframe.errors import InputError

WRITE = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('<title>page</title>')"
FAIL = "import sys; print('some words'); print('midframe: There are too few frames.'); sys.exit(2)"
WAIT = "import time; time.sleep(60)"


def running(code: str) -> Callable[[Sequence[str], Path], list[str]]:
    return lambda _, page: [sys.executable, "-c", code, str(page)]


def ended(evaluations: Evaluations, item: str) -> tuple[str, str]:
    deadline = time.monotonic() + 30
    while evaluations.state(item)[0] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return evaluations.state(item)


def test_a_page_is_written(tmp_path: Path) -> None:
    changes: list[str] = []
    evaluations = Evaluations(tmp_path / "pages", running(WRITE), changes.append)
    assert evaluations.state("a") == ("", "")
    evaluations.start("a", ["clip.mp4"])
    assert ended(evaluations, "a") == ("done", "")
    assert "page" in evaluations.page("a").read_text("utf-8")
    evaluations.remove("a")
    assert evaluations.state("a") == ("", "")
    assert list((tmp_path / "pages").iterdir()) == []
    assert changes[0] == "a"


def test_failures_say_why(tmp_path: Path) -> None:
    evaluations = Evaluations(tmp_path, running(FAIL), lambda _: None)
    evaluations.start("a", ["clip.mp4"])
    assert ended(evaluations, "a") == ("failed", "There are too few frames.")
    evaluations.start("a", ["clip.mp4"])
    assert ended(evaluations, "a")[0] == "failed"


def test_one_at_a_time_and_none_is_left(tmp_path: Path) -> None:
    evaluations = Evaluations(tmp_path, running(WAIT), lambda _: None)
    evaluations.start("a", ["clip.mp4"])
    with pytest.raises(InputError, match="Another evaluation"):
        evaluations.start("b", ["clip.mp4"])
    began = time.monotonic()
    evaluations.close()
    assert ended(evaluations, "a")[0] == "failed"
    assert time.monotonic() - began < 20


def test_without_libraries_nothing_is_measured(tmp_path: Path) -> None:
    evaluations = Evaluations(tmp_path, None, lambda _: None)
    assert not evaluations.is_available
    with pytest.raises(InputError, match="not installed"):
        evaluations.start("a", ["clip.mp4"])


def test_pages_are_shut_off_from_the_app(tmp_path: Path) -> None:
    root = tmp_path / "films"
    root.mkdir()
    with running_app(root, tmp_path / "data", evaluate=running(WRITE)) as app:
        item = app.add(write_clip(root / "clip.mp4", 3))
        target = f"/api/items/{item}/evaluation"
        assert app.request("GET", target).status == 400
        assert app.request("POST", target, {}).status == 200
        ended(app.service.evaluations, item)
        answer = app.request("GET", target)
        assert answer.status == 200
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts;")
        assert "allow-same-origin" not in policy
        assert "connect-src" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        app.request("DELETE", f"/api/items/{item}")
        assert not app.service.evaluations.page(item).exists()
