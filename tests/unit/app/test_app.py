"""Jobs from being added to their result, over the wire."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import av
import pytest
from PIL import Image
from tests.support.app_server import TOKEN, RunningApp, free_port, running_app
from tests.support.clips import write_clip

from midframe.app.serving import listening_socket
from midframe.app.store import Store
from midframe.engines.threads import thread_count, usable_cores
from midframe.errors import DiskFullError, InputError
from midframe.jobs.session import Session


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def app(place: Path, real_checkpoint_425: Path) -> Iterator[RunningApp]:
    (place / "films").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("midframe.app.runner.STORE_SECONDS", 0.02)
        with running_app(place / "films", place / "data") as running:
            yield running


def added(app: RunningApp, name: str, count: int = 4, **options: Any) -> str:
    """A new item of a clip of its own."""
    folder = app.root / name
    folder.mkdir()
    item = app.add(write_clip(folder / f"{name}.mp4", count))
    assert app.request("PUT", f"/api/items/{item}", {"options": {"quality": "fast", **options}}).status == 200
    return item


def put_state(app: RunningApp, item: str, state: str) -> int:
    return app.request("POST", f"/api/items/{item}/state", {"state": state}).status


def test_from_a_file_to_its_result(app: RunningApp) -> None:
    item = added(app, "whole")
    planned = app.request("GET", f"/api/items/{item}/plan").json
    assert planned["plan"]["outputs"] == 8
    assert planned["plan"]["analysis"] is None
    assert planned["strip"] == [0, 1, 2, 3]
    assert planned["command"].startswith("midframe run ")
    analysed = app.request("GET", f"/api/items/{item}/analysis").json["plan"]["analysis"]
    assert (analysed["pairs"], analysed["cuts"], analysed["static_count"]) == (3, [], 0)
    timed = app.request("GET", f"/api/items/{item}/seconds?quality=fast").json
    assert timed["seconds"] > 0
    assert "cpu" in timed["device"]
    assert put_state(app, item, "waiting") == 200
    app.wait_for(item, "done")
    output = app.root / "whole" / "whole_2x.mp4"
    with av.open(str(output)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 8
    report = app.request("GET", f"/api/items/{item}/report")
    assert "midframe" in report.json
    assert output.is_file()
    assert app.request("DELETE", f"/api/items/{item}").status == 200
    assert output.is_file(), "a result beside its input is the user's"


def test_pictures_of_an_item(app: RunningApp) -> None:
    item = added(app, "seen")
    small = app.request("GET", f"/api/items/{item}/source?frame=1&small")
    assert Image.open(io.BytesIO(small.body)).size == (64, 48)
    middle = app.request("GET", f"/api/items/{item}/preview?pair=1&time=1/2&quality=fast")
    assert middle.headers["x-origin"] == "synthesised"
    assert Image.open(io.BytesIO(middle.body)).size == (64, 48)
    again = app.request("GET", f"/api/items/{item}/preview?pair=1&time=1/2&quality=fast")
    assert again.body == middle.body
    assert app.request("GET", f"/api/items/{item}/source?frame=4").status == 400
    assert app.request("GET", f"/api/items/{item}/preview?pair=3&time=1/2&quality=fast").status == 400
    assert app.request("GET", f"/api/items/{item}/preview?pair=0&time=1/2&quality=none").status == 400
    assert app.request("GET", f"/api/items/{item}/frame").status == 204


def test_results_are_sent_in_ranges(app: RunningApp) -> None:
    item = added(app, "ranges")
    put_state(app, item, "waiting")
    app.wait_for(item, "done")
    content = (app.root / "ranges" / "ranges_2x.mp4").read_bytes()
    target = f"/api/items/{item}/result"
    part = app.request("GET", target, headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert part.headers["content-type"] == "video/mp4"
    assert app.request("GET", target, headers={"Range": f"bytes={len(content)}-"}).status == 416
    kept = app.request("GET", f"{target}?download")
    assert kept.body == content
    assert kept.headers["content-disposition"] == 'attachment; filename="ranges_2x.mp4"'
    (app.root / "ranges" / "ranges_2x.mp4").unlink()
    assert app.request("GET", target).status == 400


def test_a_link_in_the_place_of_a_result_is_not_followed(app: RunningApp, place: Path) -> None:
    item = added(app, "swapped")
    put_state(app, item, "waiting")
    app.wait_for(item, "done")
    output = app.root / "swapped" / "swapped_2x.mp4"
    private = write_clip(place / "private.mp4", 3)
    output.unlink()
    output.symlink_to(private)
    assert app.request("GET", f"/api/items/{item}/result").status == 403


def test_a_folder_of_pictures(app: RunningApp) -> None:
    pictures = []
    for number in range(3):
        content = io.BytesIO()
        Image.new("RGB", (32, 24), (60 * number, 90, 0)).save(content, "PNG")
        pictures.append((f"shot {number}.png", content.getvalue()))
    item = app.upload(*pictures).json["ids"][0]
    assert app.service.store.item(item).name == "shot 0.png to shot 2.png"
    app.request("PUT", f"/api/items/{item}", {"options": {"quality": "fast", "static_threshold": "off"}})
    assert put_state(app, item, "waiting") == 200
    app.wait_for(item, "done")
    answer = app.request("GET", f"/api/items/{item}/result/files")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 5
    assert app.request("GET", f"/api/items/{item}/result").status == 400
    assert app.request("GET", f"/api/items/{item}/result/frame?frame=2").status == 200
    folder = app.data / "results" / item
    assert folder.is_dir()
    assert app.request("DELETE", f"/api/items/{item}").status == 200
    assert not folder.exists()
    assert list((app.data / "uploads").iterdir()) == []


def test_a_second_job_of_the_same_file_gets_another_name(app: RunningApp) -> None:
    first = added(app, "twice")
    put_state(app, first, "waiting")
    app.wait_for(first, "done")
    second = app.request("POST", f"/api/items/{first}/copy", {}).json["ids"][0]
    assert app.service.store.item(second).options == {"quality": "fast"}
    planned = app.request("GET", f"/api/items/{second}/plan").json
    assert planned["plan"]["output"].endswith("twice_2x-2.mp4")
    assert "-o" in planned["command"]


def test_jobs_that_start_at_once_get_names_of_their_own(app: RunningApp) -> None:
    first = added(app, "many", 3)
    items = [first, *(app.request("POST", f"/api/items/{first}/copy", {}).json["ids"][0] for _ in range(3))]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda item: put_state(app, item, "waiting"), items * 2))
    assert sorted(answers) == [200] * 4 + [400] * 4, "each starts once"
    for item in items:
        app.wait_for(item, "done")
    assert len({app.service.store.item(item).output for item in items}) == 4


def test_the_queue_goes_on_after_its_disk_was_full(
    app: RunningApp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = iter([True, True])
    change = Store.change

    def fail_twice(store: Store, item_id: str, *values: Any, **named: Any) -> Any:
        if threading.current_thread().name == "queue" and next(failing, False):
            raise DiskFullError("The list of jobs cannot be changed.")
        return change(store, item_id, *values, **named)

    monkeypatch.setattr("midframe.app.runner.RETRY_SECONDS", 0.01)
    item = added(app, "list", 3)
    monkeypatch.setattr(Store, "change", fail_twice)
    put_state(app, item, "waiting")
    app.wait_for(item, "done", "failed")
    monkeypatch.undo()
    assert "DiskFullError" in capsys.readouterr().err
    put_state(app, item, "waiting")
    app.wait_for(item, "done")


def test_threads_of_one_job_are_not_those_of_the_next(app: RunningApp) -> None:
    item = added(app, "threads", 3, threads=1)
    put_state(app, item, "waiting")
    app.wait_for(item, "done")
    assert thread_count() == 1
    other = added(app, "default", 3)
    app.request("GET", f"/api/items/{other}/seconds?quality=fast")
    assert thread_count() == usable_cores()


def test_jobs_that_stop_and_resume(app: RunningApp) -> None:
    item = added(app, "stopped", 4, factor="40")
    assert put_state(app, item, "paused") == 400, "it was not started"
    put_state(app, item, "waiting")
    waiting = added(app, "waiting")
    put_state(app, waiting, "waiting")
    assert put_state(app, waiting, "paused") == 200
    while not app.service.store.item(item).done:
        time.sleep(0.01)
    assert app.request("DELETE", f"/api/items/{item}").status == 400, "it runs"
    assert app.request("PUT", f"/api/items/{item}", {"options": {}}).status == 400, "it runs"
    assert put_state(app, item, "paused") == 200
    app.wait_for(item, "paused")
    assert put_state(app, item, "cancelled") == 200
    assert app.service.store.item(item).state == "cancelled"
    assert put_state(app, item, "running") == 400, "no such request"
    assert put_state(app, item, "waiting") == 200
    app.wait_for(item, "done")
    assert app.service.store.item(item).done == 160
    assert put_state(app, waiting, "waiting") == 200
    app.wait_for(waiting, "done")


def test_what_is_started_later_runs_later(app: RunningApp) -> None:
    first, second, third = added(app, "one"), added(app, "two"), added(app, "three")
    for item in (third, first, second):
        put_state(app, item, "waiting")
    for item in (third, first, second):
        app.wait_for(item, "done")
    ends = [app.service.store.item(item).ended or 0.0 for item in (third, first, second)]
    assert ends == sorted(ends)
    assert app.service.store.ids()[-3:] == [third, first, second]


def test_failures_say_why_and_what_to_do(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DiskFullError("Only 1 MB are free; `keep_free` asks for more.")

    item = added(app, "full")
    with monkeypatch.context() as patched:
        patched.setattr(Session, "run", fail)
        put_state(app, item, "waiting")
        app.wait_for(item, "failed")
    failure = app.service.store.item(item).failure
    assert failure is not None
    assert "Only 1 MB" in failure.message
    assert failure.advice.startswith("Free some space")
    assert put_state(app, item, "waiting") == 200
    app.wait_for(item, "done")


def test_a_defect_ends_one_job_and_not_the_queue(
    app: RunningApp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a defect")

    broken, sound = added(app, "broken"), added(app, "sound")
    with monkeypatch.context() as patched:
        patched.setattr(Session, "run", fail)
        put_state(app, broken, "waiting")
        app.wait_for(broken, "failed")
    put_state(app, sound, "waiting")
    app.wait_for(sound, "done")
    failure = app.service.store.item(broken).failure
    assert failure is not None
    assert "RuntimeError: a defect" in failure.message
    assert "Traceback" in capsys.readouterr().err


def test_presets(app: RunningApp) -> None:
    shipped = [preset["name"] for preset in app.service.presets.to_json()]
    assert shipped == ["tv-60", "slow-motion-4x", "animation-on-twos", "generated-16-to-24", "stack-2x"]
    options = {"fps": "48", "crf": "20", "slowmo": False, "output": "x.mp4", "quality": "best"}
    saved = app.request("POST", "/api/presets", {"title": "Mine, the ½ best", "options": options})
    assert saved.status == 200
    preset = app.service.presets.to_json()[-1]
    assert preset["title"] == "Mine, the ½ best"
    assert preset["options"] == {"fps": "48", "crf": 20, "slowmo": False, "quality": "best"}
    assert Path(preset["path"]).parent == app.data / "presets"
    assert app.request("DELETE", f"/api/presets/{quote(preset['name'])}").status == 200
    assert app.request("DELETE", f"/api/presets/{quote(preset['name'])}").status == 400
    assert app.request("DELETE", "/api/presets/..%2f..%2ftoken").status in (400, 404)
    assert (app.data / "presets").is_dir()
    for title, refused in (("../../x", 200), ("...", 400), ("", 400), ("x" * 99, 400), (None, 400)):
        assert app.request("POST", "/api/presets", {"title": title, "options": {}}).status == refused
    assert [path.name for path in (app.data / "presets").iterdir()] == ["x.toml"]
    app.request("DELETE", "/api/presets/x")


def events_of(app: RunningApp) -> Iterator[list[tuple[str, Any]]]:
    with socket.create_connection(("127.0.0.1", app.port)) as connection:
        connection.settimeout(20)
        connection.sendall(
            f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\n"
            f"Cookie: midframe-{app.port}={TOKEN}\r\n\r\n".encode()
        )
        file = connection.makefile("rb")
        for line in file:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def test_events_begin_with_everything_and_go_on(app: RunningApp) -> None:
    item = added(app, "events")
    events = events_of(app)
    first = dict(next(events))
    assert first[""] == "complete"
    assert first["order"][-1] == item
    assert first[f"item {item}"]["state"] == "draft"
    assert {"app", "options", "presets", "devices"} <= first.keys()
    put_state(app, item, "waiting")
    states = []
    for changes in events:
        states += [value["state"] for name, value in changes if name == f"item {item}"]
        if "done" in states:
            break
    assert states[0] in ("waiting", "running")
    app.request("DELETE", f"/api/items/{item}")
    assert any((f"item {item}", None) == tuple(change) for changes in events for change in changes)


def test_a_server_that_ends_continues_its_job(
    tmp_path: Path, real_checkpoint_425: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midframe.app.runner.STORE_SECONDS", 0.02)
    root, data = tmp_path / "films", tmp_path / "data"
    root.mkdir()
    with running_app(root, data) as app:
        item = added(app, "long", 4, factor="40")
        put_state(app, item, "waiting")
        while not app.service.store.item(item).done:
            time.sleep(0.01)
    with running_app(root, data) as app:
        app.wait_for(item, "done")
        assert app.service.store.item(item).done == 160


def test_the_usual_port_may_be_taken() -> None:
    with listening_socket("127.0.0.1", free_port()) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match="cannot listen"):
            listening_socket("127.0.0.1", port)
    with listening_socket("127.0.0.1", None) as one, listening_socket("127.0.0.1", None) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
    with pytest.raises(InputError, match="is not an address"):
        listening_socket("not an address", 1)


def test_threads_end_with_the_app(app: RunningApp) -> None:
    assert [thread.name for thread in threading.enumerate()].count("queue") == 1
