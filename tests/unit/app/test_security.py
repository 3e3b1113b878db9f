"""What is tried against the app, and what it answers. Requests go over the wire, as an attacker's would."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.app_server import TOKEN, Answer, RunningApp, running_app
from tests.support.clips import write_clip

from midframe.app import connections, looks, uploads
from midframe.app.job_options import OPTIONS, PATHS
from midframe.app.security import HEADERS, host_names, load_token
from midframe.engines.options import EngineOptions
from midframe.jobs.job import Job

SECRET = b"the secret of somebody else"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app whose root is `films`, next to things that are not its business."""
    place = tmp_path_factory.mktemp("security")
    root = place / "films"
    root.mkdir()
    write_clip(root / "clip.mp4", 3)
    outside = place / "outside"
    outside.mkdir()
    (outside / "secret.png").write_bytes(SECRET)
    write_clip(outside / "private.mp4", 3)
    (place / "films-of-others").mkdir()
    write_clip(place / "films-of-others" / "clip.mp4", 3)
    (root / ".keys").mkdir()
    write_clip(root / ".keys" / "clip.mp4", 3)
    (root / "link.mp4").symlink_to(outside / "private.mp4")
    (root / "linked").symlink_to(outside)
    (root / "loop").symlink_to(root / "loop")
    os.mkfifo(root / "pipe.mp4")
    (root / "pipes").mkdir()
    (root / "pipes" / "0.png").symlink_to(root / "pipe.mp4")
    shots = root / "shots"
    shots.mkdir()
    for number in range(2):
        (shots / f"{number}.png").symlink_to(outside / "secret.png")
    with running_app(root, place / "data") as running:
        item = running.add(root / "clip.mp4")
        running.extra = {"item": item, "outside": str(outside), "place": str(place)}
        yield running


@dataclass(frozen=True)
class Try:
    """A request, and the status that it is answered with.

    Attributes:
        status: The answer.
        method: Of the request.
        target: Its path; {item}, {root}, {outside}, {place} and {port} stand for what they say.
        body: What is sent as JSON.
        headers: Changed ones; None for one that is left out.
        raw: What is sent as it is.
    """

    status: int
    method: str
    target: str
    body: Any = None
    headers: dict[str, str | None] = field(default_factory=dict)
    raw: bytes | None = None


def adds(path: str) -> dict[str, Any]:
    return {"paths": [path]}


def options(**values: Any) -> dict[str, Any]:
    return {"options": values}


TRIES = {
    # Paths that are read
    "an absolute path outside": Try(403, "POST", "/api/items", adds("{outside}/private.mp4")),
    "a path outside that does not exist": Try(403, "POST", "/api/items", adds("{outside}/nothing.mp4")),
    "a way up": Try(403, "POST", "/api/items", adds("{root}/../outside/private.mp4")),
    "a way up behind a folder that does not exist": Try(403, "POST", "/api/items", adds("{root}/no/../../outside/x")),
    "a folder whose name begins with the root's": Try(403, "POST", "/api/items", adds("{place}/films-of-others")),
    "a link to a file outside": Try(403, "POST", "/api/items", adds("{root}/link.mp4")),
    "a link to a folder outside": Try(403, "POST", "/api/items", adds("{root}/linked/private.mp4")),
    "a folder of links to files outside": Try(403, "POST", "/api/items", adds("{root}/shots")),
    "a link in a circle": Try(403, "POST", "/api/items", adds("{root}/loop")),
    "a hidden folder": Try(403, "POST", "/api/items", adds("{root}/.keys/clip.mp4")),
    "a relative path": Try(403, "POST", "/api/items", adds("clip.mp4")),
    "the home folder by its mark": Try(403, "POST", "/api/items", adds("~/clip.mp4")),
    "a NUL in a path": Try(403, "POST", "/api/items", adds("{root}/clip.mp4\0.png")),
    "half a character in a path": Try(403, "POST", "/api/items", adds("{root}/\ud800.mp4")),
    "a very long path": Try(403, "POST", "/api/items", adds("{root}/" + "a" * 5000)),
    "a path that is no text": Try(400, "POST", "/api/items", {"paths": [{"path": "x"}]}),
    "a pipe below the root": Try(403, "POST", "/api/items", adds("{root}/pipe.mp4")),
    "a folder with a pipe in it": Try(403, "POST", "/api/items", adds("{root}/pipes")),
    "a device": Try(403, "POST", "/api/items", adds("/dev/zero")),
    "the process itself": Try(403, "POST", "/api/items", adds("/proc/self/environ")),
    "an address": Try(403, "POST", "/api/items", adds("http://127.0.0.1:{port}/x.mp4")),
    "a file by its address": Try(403, "POST", "/api/items", adds("file://{outside}/private.mp4")),
    "a pattern that reaches outside": Try(403, "POST", "/api/items", adds("{root}/../outside/*.png")),
    "a pipe": Try(403, "POST", "/api/items", adds("-")),
    "a folder outside, listed": Try(403, "GET", "/api/folder?path={outside}"),
    "the root of the disk, listed": Try(403, "GET", "/api/folder?path=/"),
    "a way up, encoded": Try(403, "GET", "/api/folder?path={root}%2f..%2foutside"),
    "a way up, encoded twice": Try(403, "GET", "/api/folder?path={root}%252f..%252foutside"),
    "a way up with overlong UTF-8": Try(400, "GET", "/api/folder?path={root}/%c0%ae%c0%ae/outside"),
    "a hidden folder, listed": Try(403, "GET", "/api/folder?path={root}/.keys"),
    "a link to a folder outside, listed": Try(403, "GET", "/api/folder?path={root}/linked"),
    "a page file above the others": Try(404, "GET", "/static/..%2f..%2fsecurity.py"),
    "a page file by an absolute path": Try(404, "GET", "/static//etc/passwd"),
    "an item above the others": Try(404, "GET", "/api/items/..%2f..%2ftoken/report"),
    "an item that is none": Try(404, "GET", "/api/items/{item}x/plan"),
    "a result that is not finished": Try(400, "GET", "/api/items/{item}/result"),
    # Paths that are written
    "an output outside": Try(403, "PUT", "/api/items/{item}", options(output="{outside}/x.mp4")),
    "an output with a way up": Try(403, "PUT", "/api/items/{item}", options(output="../outside/x.mp4")),
    "an output behind a link": Try(403, "PUT", "/api/items/{item}", options(output="linked/x.mp4")),
    "an output in the place of a link": Try(403, "PUT", "/api/items/{item}", options(output="link.mp4")),
    "a hidden output": Try(403, "PUT", "/api/items/{item}", options(output=".bashrc.mp4")),
    "names of frames with a way up": Try(
        400, "PUT", "/api/items/{item}", options(output="out", name="../x_{:03d}.png")
    ),
    "a report of one's choice": Try(400, "PUT", "/api/items/{item}", options(report="{outside}/x.json")),
    "flow of one's choice": Try(400, "PUT", "/api/items/{item}", options(flow_folder="{outside}")),
    "to overwrite": Try(400, "PUT", "/api/items/{item}", options(overwrite=True)),
    "another source": Try(400, "PUT", "/api/items/{item}", options(source="{outside}/private.mp4")),
    "a model from outside": Try(403, "PUT", "/api/items/{item}", options(model="{outside}/secret.png")),
    "a mask from outside": Try(403, "PUT", "/api/items/{item}", options(mask="{outside}/secret.png")),
    "choices from outside": Try(403, "PUT", "/api/items/{item}", options(choices="/etc/passwd")),
    "a mask behind a link": Try(403, "PUT", "/api/items/{item}", options(mask="{root}/linked/secret.png")),
    "to redo a finished output": Try(400, "PUT", "/api/items/{item}", options(redo="{outside}/secret.png")),
    "an output with a very long name": Try(403, "PUT", "/api/items/{item}", options(output="x" * 300 + ".mp4")),
    "an output that is half a character": Try(400, "PUT", "/api/items/{item}", options(output="\udcff.mp4")),
    "an option of half a character": Try(400, "PUT", "/api/items/{item}", options(codec="\ud800")),
    "more threads than any machine has": Try(400, "PUT", "/api/items/{item}", options(threads=999_999_999)),
    "an option that is a list": Try(400, "PUT", "/api/items/{item}", options(fps=["60"])),
    "an option that does not exist": Try(400, "PUT", "/api/items/{item}", options(__class__="x")),
    # Where a request comes from
    "no token": Try(401, "GET", "/", headers={"Cookie": None}),
    "a wrong token": Try(401, "GET", "/?token=wrong", headers={"Cookie": None}),
    "a wrong cookie": Try(401, "GET", "/api/events", headers={"Cookie": "midframe-{port}=wrong"}),
    "a token with letters that are not ASCII": Try(401, "GET", "/?token=%C3%A4", headers={"Cookie": None}),
    "the token in the address of something else": Try(
        401, "GET", f"/api/folder?token={TOKEN}", headers={"Cookie": None}
    ),
    "a review without a token": Try(401, "POST", "/api/items/{item}/review", headers={"Cookie": None}),
    "a review for another page": Try(
        403, "POST", "/api/items/{item}/review", headers={"Origin": "http://evil.example"}
    ),
    "a review stopped by another page": Try(
        403, "DELETE", "/api/items/{item}/review", headers={"Origin": "http://evil.example"}
    ),
    "a review of an item that is none": Try(404, "POST", "/api/items/{item}x/review"),
    "a review read by another page": Try(
        403, "GET", "/api/items/{item}/review", headers={"Sec-Fetch-Site": "cross-site"}
    ),
    "a decision without a token": Try(
        401, "PUT", "/api/items/{item}/choices", {"pair": 0, "becomes": "hold"}, headers={"Cookie": None}
    ),
    "a decision of another page": Try(
        403,
        "PUT",
        "/api/items/{item}/choices",
        {"pair": 0, "becomes": "hold"},
        headers={"Origin": "http://evil.example"},
    ),
    "a decision that there is not": Try(400, "PUT", "/api/items/{item}/choices", {"pair": 0, "becomes": "../hold"}),
    "a decision about a pair of 500 digits": Try(
        400, "PUT", "/api/items/{item}/choices", {"pair": 10**500, "becomes": "hold"}
    ),
    "a decision that is no JSON": Try(400, "PUT", "/api/items/{item}/choices", raw=b"{"),
    "decisions forgotten by another page": Try(
        403, "DELETE", "/api/items/{item}/choices", headers={"Origin": "http://evil.example"}
    ),
    "choices read by another page": Try(
        403, "GET", "/api/items/{item}/choices/file", headers={"Sec-Fetch-Site": "cross-site"}
    ),
    "choices of an item that is none": Try(404, "GET", "/api/items/{item}x/choices/file"),
    "choices where nothing was decided": Try(400, "GET", "/api/items/{item}/choices/file"),
    "no token for a picture": Try(401, "GET", "/api/items/{item}/source?frame=0", headers={"Cookie": None}),
    "another host (DNS rebinding)": Try(421, "GET", "/", headers={"Host": "evil.example:{port}"}),
    "another port": Try(421, "GET", "/", headers={"Host": "127.0.0.1:1"}),
    "no host": Try(400, "GET", "/", headers={"Host": None}),
    "a host with a name before it": Try(421, "GET", "/", headers={"Host": "evil@127.0.0.1:{port}"}),
    "a host that ends with the app's": Try(421, "GET", "/", headers={"Host": "127.0.0.1.evil.example:{port}"}),
    "another page": Try(403, "POST", "/api/order", {"ids": []}, headers={"Origin": "http://evil.example"}),
    "another port's page": Try(403, "POST", "/api/order", {"ids": []}, headers={"Origin": "http://127.0.0.1:1"}),
    "an address within an address": Try(421, "GET", "/", headers={"Host": "127.0.0.1:{port}/evil"}),
    "the app's name with a dot after it": Try(421, "GET", "/", headers={"Host": "localhost.:{port}"}),
    "the app's address as a number": Try(421, "GET", "/", headers={"Host": "2130706433:{port}"}),
    "another program of this machine": Try(403, "GET", "/api/folder", headers={"Sec-Fetch-Site": "same-site"}),
    "a page without an origin": Try(403, "POST", "/api/order", {"ids": []}, headers={"Origin": "null"}),
    "a program without an origin": Try(403, "POST", "/api/order", {"ids": []}, headers={"Origin": None}),
    "a form of another page": Try(
        403,
        "POST",
        "/api/order",
        raw=b'{"ids": []}',
        headers={"Origin": "http://evil.example", "Content-Type": "text/plain"},
    ),
    "a form": Try(400, "POST", "/api/order", raw=b'{"ids": []}', headers={"Content-Type": "text/plain"}),
    "a picture in another page": Try(
        403, "GET", "/api/items/{item}/source?frame=0", headers={"Sec-Fetch-Site": "cross-site"}
    ),
    "a picture in a page of this machine": Try(
        403, "GET", "/api/items/{item}/source?frame=0", headers={"Sec-Fetch-Site": "same-site"}
    ),
    "the page in a frame of another": Try(
        403, "GET", "/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    ),
    # What a request holds
    "no JSON": Try(400, "POST", "/api/items", raw=b"{", headers={"Content-Type": "application/json"}),
    "JSON that is no object": Try(400, "POST", "/api/items", []),
    "JSON within JSON": Try(
        400, "POST", "/api/items", raw=b"[" * 100_000, headers={"Content-Type": "application/json"}
    ),
    "a very long request": Try(
        400, "POST", "/api/items", raw=b" " * 1_100_000, headers={"Content-Type": "application/json"}
    ),
    "a frame that is no number": Try(400, "GET", "/api/items/{item}/source?frame=-1"),
    "a frame of digits that are not ASCII": Try(400, "GET", "/api/items/{item}/source?frame=%D9%A1"),
    "a time that divides by zero": Try(400, "GET", "/api/items/{item}/preview?pair=0&time=1/0&quality=fast"),
    "a time outside": Try(400, "GET", "/api/items/{item}/preview?pair=0&time=1/1&quality=fast"),
    "a method that there is not": Try(405, "DELETE", "/api/order"),
    # Uploads
    "an upload of too many bytes": Try(400, "POST", "/api/uploads", {"files": [{"name": "a.mp4", "size": 10**15}]}),
    "an upload of too many files": Try(400, "POST", "/api/uploads", {"files": [{"name": "a.mp4", "size": 1}] * 10_001}),
    "an upload of no files": Try(400, "POST", "/api/uploads", {"files": []}),
    "an upload of a negative size": Try(400, "POST", "/api/uploads", {"files": [{"name": "a.mp4", "size": -1}]}),
    "an upload with a number of 5000 digits": Try(400, "PUT", "/api/uploads/x/" + "9" * 5000, raw=b"x"),
    "a preset of half a character": Try(400, "POST", "/api/presets", {"title": "a\ud800", "options": {}}),
    "a preset of a mask outside": Try(
        403, "POST", "/api/presets", {"title": "a", "options": {"mask": "{outside}/secret.png"}}
    ),
    "an upload that was not announced": Try(400, "PUT", "/api/uploads/0123456789abcdef/0", raw=b"x"),
}


def filled(value: Any, app: RunningApp) -> Any:
    """With paths of this test in the place of their names."""
    if isinstance(value, str):
        for name, text in {**app.extra, "root": str(app.root), "port": str(app.port)}.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, dict):
        return {key: filled(each, app) for key, each in value.items()}
    return [filled(each, app) for each in value] if isinstance(value, list) else value


def files_of(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("name", TRIES)
def test_try(name: str, app: RunningApp) -> None:
    tried = TRIES[name]
    before = files_of(Path(app.extra["outside"]))
    answer = app.request(
        tried.method,
        filled(tried.target, app),
        filled(tried.body, app),
        headers=filled(tried.headers, app),
        raw=tried.raw,
    )
    if answer.status == 200 and tried.method == "PUT":
        # Options are checked against the input when the job is looked at, and when it starts.
        answer = app.request("POST", f"/api/items/{app.extra['item']}/state", {"state": "waiting"})
    assert answer.status == tried.status, answer.body
    assert SECRET not in answer.body
    assert b"Traceback" not in answer.body
    assert files_of(Path(app.extra["outside"])) == before
    assert app.service.store.ids() == [app.extra["item"]]
    app.request("PUT", f"/api/items/{app.extra['item']}", options())


def test_options_that_name_files_are_known() -> None:
    """A new option of this kind is read by jobs: it has to be checked, or left out."""
    named = {each.name for kind in (Job, EngineOptions) for each in fields(kind) if "Path" in str(each.type)}
    assert named & OPTIONS <= PATHS | {"model", "output"}


def send(app: RunningApp, text: str, seconds: float = 10) -> bytes:
    """What is answered to some bytes until the connection is closed."""
    with socket.create_connection(("127.0.0.1", app.port)) as connection:
        connection.settimeout(seconds)
        connection.sendall(text.encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize("begin", ["", "GET / HTTP/1.1\r\nHost: "])
def test_a_request_that_never_comes_is_not_waited_for(
    app: RunningApp, begin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    assert send(app, begin) == b""


def test_content_that_never_comes_is_not_waited_for(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "IDLE_SECONDS", 0.1)
    own = f"127.0.0.1:{app.port}"
    head = (
        f"POST /api/order HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\nConnection: close\r\n"
        f"Cookie: midframe-{app.port}={TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    )
    assert b" 400 " in send(app, head).splitlines()[0]


def test_two_origins_are_refused(app: RunningApp) -> None:
    own = f"127.0.0.1:{app.port}"
    head = (
        f"POST /api/order HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\nOrigin: http://evil.example\r\n"
        f"Cookie: midframe-{app.port}={TOKEN}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    assert b" 403 " in send(app, head).splitlines()[0]


@pytest.mark.parametrize("other", ['settings={"a":1}', "foo[bar]=1", "=;;", "a=b", "midframe-{port}=wrong"])
def test_cookies_of_other_programs_do_not_lock_out(app: RunningApp, other: str) -> None:
    cookie = f"{filled(other, app)}; midframe-{app.port}={TOKEN}"
    assert app.request("GET", "/", headers={"Cookie": cookie}).status == 200


def test_names_that_are_not_utf_8_can_be_answered_with(app: RunningApp) -> None:
    answer = app.request("POST", "/api/items", adds(f"{app.root}/\udcff.mp4"))
    assert answer.status == 400
    assert "\\xff.mp4 does not exist" in answer.json["error"]


def test_frames_that_fill_the_memory_are_not_shown(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "MOST_PIXELS", 1000)
    app.service.looks.release()
    refused = app.request("POST", f"/api/items/{app.extra['item']}/review")
    assert (refused.status, "64\u00d748 pixels" in refused.json["error"]) == (400, True)
    for target in ("source?frame=0", "source?frame=0&small", "preview?pair=0&quality=fast", "seconds?quality=fast"):
        answer = app.request("GET", f"/api/items/{app.extra['item']}/{target}")
        assert (answer.status, "64\u00d748 pixels" in answer.json["error"]) == (400, True), target


def test_defects_are_answered_and_shown_in_the_terminal(
    app: RunningApp, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(app.service.looks, "plan", fail)
    answer = app.request("GET", f"/api/items/{app.extra['item']}/plan")
    assert (answer.status, "RuntimeError: a defect" in answer.json["error"]) == (500, True)
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert "Traceback" in capfd.readouterr().err


def test_a_disk_that_fills_up_leaves_nothing(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(uploads, "_write", fail)
    begun = app.request("POST", "/api/uploads", {"files": [{"name": "clip.mp4", "size": 1}]}).json["id"]
    answer = app.request("PUT", f"/api/uploads/{begun}/0", raw=b"x")
    assert (answer.status, "Free some space" in answer.json["advice"]) == (500, True)
    assert list((app.data / "uploads" / begun).iterdir()) == []
    app.request("DELETE", f"/api/uploads/{begun}")


def test_an_upload_that_is_dropped_takes_no_more(app: RunningApp) -> None:
    begun = app.request("POST", "/api/uploads", {"files": [{"name": "clip.mp4", "size": 10**9}]}).json["id"]
    own = f"127.0.0.1:{app.port}"
    with socket.create_connection(("127.0.0.1", app.port)) as connection:
        connection.settimeout(10)
        head = (
            f"PUT /api/uploads/{begun}/0 HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\n"
            f"Cookie: midframe-{app.port}={TOKEN}\r\nContent-Length: 1000000000\r\n\r\n"
        )
        connection.sendall(head.encode() + b"x" * 1000)
        while not list((app.data / "uploads" / begun).iterdir()):
            time.sleep(0.01)
        app.request("DELETE", f"/api/uploads/{begun}")
        connection.sendall(b"x" * 1000)
        assert b" 400 " in connection.recv(1000).splitlines()[0]
    assert list((app.data / "uploads").iterdir()) == []


def test_an_upload_is_added_once_and_survives_wrong_options(app: RunningApp) -> None:
    begun = app.request("POST", "/api/uploads", {"files": [{"name": "clip.mp4", "size": 1}]}).json["id"]
    app.request("PUT", f"/api/uploads/{begun}/0", raw=b"x")
    assert app.request("POST", f"/api/uploads/{begun}", {"options": {"x": 1}}).status == 400
    answer = app.request("POST", f"/api/uploads/{begun}", {})
    assert answer.status == 200
    assert app.request("POST", f"/api/uploads/{begun}", {}).status == 400
    app.request("DELETE", f"/api/items/{answer.json['ids'][0]}")


def test_the_folder_of_the_app_is_for_its_user_alone(app: RunningApp) -> None:
    assert {path.name for path in app.data.iterdir() if path.stat().st_mode & 0o077} == set()
    assert app.data.stat().st_mode & 0o077 == 0


def test_there_are_enough_tries() -> None:
    assert len(TRIES) >= 25


@pytest.mark.parametrize("target", ["/", "/static/app.js", "/api/items/none/plan", "/nowhere"])
def test_every_answer_has_the_headers(target: str, app: RunningApp) -> None:
    answer = app.request("GET", target)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


def test_policy_has_no_exceptions(app: RunningApp) -> None:
    policy = app.request("GET", "/").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy


def test_refusals_have_the_headers_too(app: RunningApp) -> None:
    answer = app.request("GET", "/", headers={"Cookie": None})
    assert answer.status == 401
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]


def test_the_token_signs_in_once(app: RunningApp) -> None:
    answer = app.request("GET", f"/?token={TOKEN}", headers={"Cookie": None})
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert app.request("GET", "/", headers={"Cookie": f"midframe-{app.port}={TOKEN}"}).status == 200


def test_a_link_in_another_page_leads_to_the_page(app: RunningApp) -> None:
    """Browsers leave the cookie out then: the page is asked for once more, from here, and refused if that is all."""
    followed = {"Cookie": None, "Sec-Fetch-Mode": "navigate"}
    answer = app.request("GET", "/", headers={**followed, "Sec-Fetch-Site": "cross-site"})
    assert (answer.status, b'http-equiv="refresh" content="0; url=/"' in answer.body) == (200, True)
    assert b"<script" not in answer.body
    assert app.request("GET", "/", headers={**followed, "Sec-Fetch-Site": "same-origin"}).status == 401


def test_a_listing_leaves_out_what_is_hidden_or_outside(app: RunningApp) -> None:
    answer = app.request("GET", f"/api/folder?path={quote(str(app.root))}")
    assert [entry["name"] for entry in answer.json["entries"]] == ["pipes", "shots", "clip.mp4"]
    assert answer.json["parent"] is None


def test_a_link_that_comes_later_is_refused_when_the_job_starts(app: RunningApp, tmp_path: Path) -> None:
    swapped = app.root / "swapped.mp4"
    write_clip(swapped, 3)
    item = app.add(swapped)
    swapped.unlink()
    swapped.symlink_to(Path(app.extra["outside"]) / "private.mp4")
    try:
        assert app.request("GET", f"/api/items/{item}/plan").status == 403
        assert app.request("GET", f"/api/items/{item}/source?frame=0").status == 403
        assert app.request("POST", f"/api/items/{item}/state", {"state": "waiting"}).status == 403
    finally:
        swapped.unlink()
        app.request("DELETE", f"/api/items/{item}")


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize("name", ["list.mp4", "list.m3u8", "concat.mp4", "concat.mkv"])
def test_an_upload_cannot_lead_to_other_files(app: RunningApp, name: str) -> None:
    private = Path(app.extra["outside"]) / "private.mp4"
    text = PLAYLIST.format(path=private) if name.startswith("list") else f"ffconcat version 1.0\nfile '{private}'\n"
    answer = app.upload((name, text.encode()))
    item = answer.json["ids"][0]
    try:
        assert app.request("GET", f"/api/items/{item}/plan").status == 400
        assert app.request("GET", f"/api/items/{item}/source?frame=0").status == 400
    finally:
        app.request("DELETE", f"/api/items/{item}")


def upload_lengths(app: RunningApp, announced: int, sent: bytes) -> Answer:
    begun = app.request("POST", "/api/uploads", {"files": [{"name": "clip.mp4", "size": announced}]})
    answer = app.request("PUT", f"/api/uploads/{begun.json['id']}/0", raw=sent)
    assert app.request("POST", f"/api/uploads/{begun.json['id']}", {}).status == 400, "it is not finished"
    app.request("DELETE", f"/api/uploads/{begun.json['id']}")
    return answer


@pytest.mark.parametrize(("announced", "sent"), [(10, b"x" * 11), (10, b"x" * 9), (0, b"x" * 100_000)])
def test_an_upload_of_another_length_is_not_kept(app: RunningApp, announced: int, sent: bytes) -> None:
    assert upload_lengths(app, announced, sent).status == 400
    assert list((app.data / "uploads").rglob("*.mp4")) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../evil.mp4", "evil.mp4"),
        ("/etc/passwd.mp4", "passwd.mp4"),
        ("..\\..\\evil.mp4", "evil.mp4"),
        (".hidden.mp4", "hidden.mp4"),
        ("con.mp4", "_con.mp4"),
        ("a\0b\n.mp4", "a_b_.mp4"),
        ("a%2f..%2fb.mp4", "a_2f.._2fb.mp4"),
        ("shot_%04d.png", "shot__04d.png"),
        ("*.png", "_.png"),
        ("$(reboot);`id`.mp4", "_(reboot)__id_.mp4"),
        ("..", "upload"),
        ("", "upload"),
        ("\u202egnp.mp4", "_gnp.mp4"),
    ],
)
def test_names_of_uploads_are_made_safe(app: RunningApp, given: str, kept: str) -> None:
    begun = app.request("POST", "/api/uploads", {"files": [{"name": given, "size": 1}]})
    assert begun.json["names"] == [kept]
    app.request("DELETE", f"/api/uploads/{begun.json['id']}")


def test_an_upload_that_stops_ends(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "IDLE_SECONDS", 0.1)
    begun = app.request("POST", "/api/uploads", {"files": [{"name": "clip.mp4", "size": 100}]})
    target = f"/api/uploads/{begun.json['id']}/0"
    with socket.create_connection(("127.0.0.1", app.port)) as connection:
        head = (
            f"PUT {target} HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\nOrigin: http://127.0.0.1:{app.port}\r\n"
            f"Cookie: midframe-{app.port}={TOKEN}\r\nContent-Length: 100\r\n\r\nabc"
        )
        connection.sendall(head.encode())
        connection.settimeout(10)
        assert b" 400 " in connection.recv(1000).splitlines()[0]
    app.request("DELETE", f"/api/uploads/{begun.json['id']}")


def test_uploads_under_way_are_bounded(app: RunningApp) -> None:
    announced = {"files": [{"name": "clip.mp4", "size": 1}]}
    begun = [app.request("POST", "/api/uploads", announced) for _ in range(uploads.MOST_UPLOADS + 1)]
    assert [answer.status for answer in begun] == [200] * uploads.MOST_UPLOADS + [400]
    for answer in begun[:-1]:
        app.request("DELETE", f"/api/uploads/{answer.json['id']}")
    assert list((app.data / "uploads").iterdir()) == []


def test_a_full_disk_is_found_out_before_the_upload(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FREE_SHARE", 1.0)
    answer = app.request("POST", "/api/uploads", {"files": [{"name": "clip.mp4", "size": 1}]})
    assert answer.status == 500
    assert "not enough space" in answer.json["error"]


@pytest.mark.parametrize(
    ("host", "name", "own"),
    [
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "LOCALHOST", True),
        ("127.0.0.1", "192.0.2.1", False),
        ("127.0.0.1", "evil.example", False),
        ("0.0.0.0", "192.0.2.1", True),
        ("0.0.0.0", "fe80::1", True),
        ("0.0.0.0", socket.gethostname(), True),
        ("0.0.0.0", "evil.example", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_names_of_the_app(host: str, name: str, own: bool) -> None:
    assert host_names(host)(name) is own


def test_the_token_is_for_its_user_alone_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "data" / "token"
    token = load_token(path)
    assert len(token) >= 32
    assert load_token(path) == token
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("short", "ascii")
    assert load_token(path) != "short"
    token = load_token(path)
    path.chmod(0o644)
    assert load_token(path) != token, "others may have read it"


def test_tokens_are_compared_in_constant_time(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return False

    monkeypatch.setattr("hmac.compare_digest", compare)
    assert app.request("GET", "/").status == 401
    assert compared == [(TOKEN.encode(), TOKEN.encode())]


def test_many_streams_do_not_pile_up(app: RunningApp) -> None:
    streams = []
    for _ in range(40):
        stream = socket.create_connection(("127.0.0.1", app.port))
        stream.sendall(
            f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\n"
            f"Cookie: midframe-{app.port}={TOKEN}\r\n\r\n".encode()
        )
        streams.append(stream)
    time.sleep(0.3)
    assert len(app.service.broadcast._listeners) <= 32
    assert app.request("GET", "/").status == 200
    for stream in streams:
        stream.close()
