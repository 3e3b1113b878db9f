"""The app as a web server."""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from midframe.app.archive import zipped
from midframe.app.failures import failure_of
from midframe.app.job_options import CHOICES_FILE
from midframe.app.pictures import MEDIA_TYPE, Picture
from midframe.app.roots import ForbiddenPathError
from midframe.app.security import EVALUATION_POLICY, Guard
from midframe.app.service import Service
from midframe.app.store import UnknownItemError
from midframe.app.uploads import timely
from midframe.errors import CancelledError, InputError, MidframeError, OptionError
from midframe.text import json_line

MOST_BODY_BYTES = 1_000_000
"""Of a request that is not an upload."""

QUALITIES = ("fast", "default", "best")


class Json(JSONResponse):
    """JSON in ASCII alone: names of files may hold what cannot be written as UTF-8."""

    def render(self, content: Any) -> bytes:
        """The bytes that are sent."""
        return json_line(content).encode("ascii")


_PAGE_FILES = {
    "page.css": ("midframe.evaluation.report", "page_files/page.css", "text/css"),
    "viewer.css": ("midframe.evaluation.report", "page_files/viewer.css", "text/css"),
    "app.css": ("midframe.app", "page_files/app.css", "text/css"),
    "icon.svg": ("midframe.app", "page_files/icon.svg", "image/svg+xml"),
    **{
        name: ("midframe.app", f"page_files/{name}", "text/javascript")
        for name in (
            *("app.js", "dom.js", "words.js", "api.js", "add.js", "item.js", "draft.js", "preview.js", "more.js"),
            *("doubtful.js", "decisions.js"),
        )
    },
}
"""Files of the page, by their names in addresses: package, file, type."""

Result = TypeVar("Result")


def make_app(service: Service, token: str, host: str, port: int) -> ASGIApp:
    """The app, guarded.

    Args:
        service: Does the work; started and closed with the app.
        token: What a request needs, see `Guard`.
        host: Address that the app listens on.
        port: Port that it listens on.
    """
    requests = _Requests(service)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.start()
        yield
        await anyio.to_thread.run_sync(service.close)

    item = "/api/items/{item:str}"
    routes = [
        Route("/", _page),
        Route("/static/{name:str}", _page_file),
        Route("/api/events", requests.events),
        Route("/api/folder", requests.folder),
        Route("/api/items", requests.add, methods=["POST"]),
        Route("/api/presets", requests.save_preset, methods=["POST"]),
        Route("/api/presets/{preset:str}", requests.remove_preset, methods=["DELETE"]),
        Route("/api/order", requests.order, methods=["POST"]),
        Route("/api/uploads", requests.begin_upload, methods=["POST"]),
        Route("/api/uploads/{upload:str}", requests.finish_upload, methods=["POST"]),
        Route("/api/uploads/{upload:str}", requests.drop_upload, methods=["DELETE"]),
        Route("/api/uploads/{upload:str}/{number:str}", requests.receive_upload, methods=["PUT"]),
        Route(item, requests.set_options, methods=["PUT"]),
        Route(item, requests.remove, methods=["DELETE"]),
        Route(item + "/state", requests.set_state, methods=["POST"]),
        Route(item + "/copy", requests.copy, methods=["POST"]),
        Route(item + "/plan", requests.plan),
        Route(item + "/analysis", requests.analysis),
        Route(item + "/seconds", requests.seconds),
        Route(item + "/source", requests.source_frame),
        Route(item + "/preview", requests.preview),
        Route(item + "/review", requests.review, methods=["GET"]),
        Route(item + "/review", requests.start_review, methods=["POST"]),
        Route(item + "/review", requests.stop_review, methods=["DELETE"]),
        Route(item + "/choices", requests.choices, methods=["GET"]),
        Route(item + "/choices", requests.decide, methods=["PUT"]),
        Route(item + "/choices", requests.forget_choices, methods=["DELETE"]),
        Route(item + "/choices/file", requests.choices_file),
        Route(item + "/frame", requests.running_frame),
        Route(item + "/result", requests.result),
        Route(item + "/result/frame", requests.result_frame),
        Route(item + "/result/files", requests.result_files),
        Route(item + "/report", requests.report),
        Route(item + "/evaluation", requests.evaluation, methods=["GET"]),
        Route(item + "/evaluation", requests.evaluate, methods=["POST"]),
    ]
    handlers: dict[Any, Any] = {
        MidframeError: requests.failed,
        ClientDisconnect: _gone,
        Exception: requests.defect,
    }
    return Guard(Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers), token, host, port)


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)


async def _page(_: Request) -> Response:
    return Response(_file("midframe.app", "page_files/index.html"), media_type="text/html")


async def _page_file(request: Request) -> Response:
    found = _PAGE_FILES.get(request.path_params["name"])
    if found is None:
        return Json({"error": "There is no such file."}, 404)
    package, name, media_type = found
    return Response(_file(package, name), media_type=media_type)


@cache
def _file(package: str, name: str) -> bytes:
    return (files(package) / name).read_bytes()


class _Requests:
    """Answers the requests of the page."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def failed(self, _: Request, error: Exception) -> Response:
        failure = failure_of(error, self._service.spell)
        content = {"error": failure.message, "advice": failure.advice, "option": failure.option}
        return Json(content, _status(error))

    async def defect(self, request: Request, error: Exception) -> Response:
        # The page asks for what is in the terminal.
        traceback.print_exception(error)
        return await self.failed(request, error)

    async def events(self, _: Request) -> Response:
        state = await _in_thread(self._service.state)
        return StreamingResponse(
            self._service.broadcast.listen(state), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
        )

    async def folder(self, request: Request) -> Response:
        path = request.query_params.get("path")
        return Json(await _in_thread(lambda: self._service.browse(path)))

    async def add(self, request: Request) -> Response:
        body = await _body(request)
        return await self._added(lambda: self._service.add_paths(body.get("paths", []), body.get("options", {})))

    async def order(self, request: Request) -> Response:
        ids = (await _body(request)).get("ids")
        if not isinstance(ids, list):
            raise InputError("The order is missing.")
        return await _done(lambda: self._service.reorder(ids))

    async def begin_upload(self, request: Request) -> Response:
        announced = (await _body(request)).get("files")
        if not isinstance(announced, list):
            raise InputError("The files are missing.")
        upload = await _in_thread(lambda: self._service.uploads.begin(announced))
        return Json({"id": upload.id, "names": upload.names})

    async def receive_upload(self, request: Request) -> Response:
        upload, number = request.path_params["upload"], _whole(request.path_params["number"], "number")
        await self._service.uploads.receive(upload, number, request.stream())
        return Json({})

    async def finish_upload(self, request: Request) -> Response:
        upload = request.path_params["upload"]
        options = (await _body(request)).get("options", {})
        return await self._added(lambda: self._service.add_upload(upload, options))

    async def drop_upload(self, request: Request) -> Response:
        upload = request.path_params["upload"]
        return await _done(lambda: self._service.uploads.drop(upload))

    async def set_options(self, request: Request) -> Response:
        item, options = request.path_params["item"], (await _body(request)).get("options", {})
        return await _done(lambda: self._service.set_options(item, options))

    async def remove(self, request: Request) -> Response:
        item = request.path_params["item"]
        return await _done(lambda: self._service.remove_item(item))

    async def set_state(self, request: Request) -> Response:
        item, state = request.path_params["item"], (await _body(request)).get("state")
        if state == "waiting":
            return await _done(lambda: self._service.start_item(item))
        if state not in ("paused", "cancelled"):
            raise InputError("An item can be waiting, paused or cancelled.")
        return await _done(lambda: self._service.runner.stop(item, state))

    async def copy(self, request: Request) -> Response:
        item = request.path_params["item"]
        return Json({"ids": [await _in_thread(lambda: self._service.copy_item(item))]})

    async def plan(self, request: Request) -> Response:
        item = request.path_params["item"]
        return Json(await _in_thread(lambda: self._service.looks.plan(item)))

    async def analysis(self, request: Request) -> Response:
        item = request.path_params["item"]
        return Json(await _in_thread(lambda: self._service.looks.analyse(item)))

    async def seconds(self, request: Request) -> Response:
        item, quality = request.path_params["item"], _quality(request)
        return Json(await _in_thread(lambda: self._service.looks.seconds(item, quality)))

    async def source_frame(self, request: Request) -> Response:
        item, number, small = request.path_params["item"], _number(request, "frame"), "small" in request.query_params
        return _picture(await _in_thread(lambda: self._service.looks.source_frame(item, number, small=small)))

    async def preview(self, request: Request) -> Response:
        item, pair, quality = request.path_params["item"], _number(request, "pair"), _quality(request)
        time = _time(request)
        return _picture(await _in_thread(lambda: self._service.looks.preview(item, pair, time, quality)))

    async def review(self, request: Request) -> Response:
        item = request.path_params["item"]
        return Json(await _in_thread(lambda: self._service.reviews.state(item)))

    async def start_review(self, request: Request) -> Response:
        item = request.path_params["item"]
        return await _done(lambda: self._service.reviews.start(item))

    async def stop_review(self, request: Request) -> Response:
        item = request.path_params["item"]
        return await _done(lambda: self._service.reviews.stop(item))

    async def choices(self, request: Request) -> Response:
        item = request.path_params["item"]
        return Json(await _in_thread(lambda: self._service.decisions.state(item)))

    async def decide(self, request: Request) -> Response:
        item, body = request.path_params["item"], await _body(request)
        return Json(
            await _in_thread(lambda: self._service.decisions.decide(item, body.get("pair"), body.get("becomes")))
        )

    async def forget_choices(self, request: Request) -> Response:
        item = request.path_params["item"]
        return Json(await _in_thread(lambda: self._service.decisions.forget(item)))

    async def choices_file(self, request: Request) -> Response:
        item = request.path_params["item"]
        content = await _in_thread(lambda: self._service.decisions.file(item))
        headers = {"content-disposition": f'attachment; filename="{CHOICES_FILE}"'}
        return Response(content, media_type="application/json", headers=headers)

    async def running_frame(self, request: Request) -> Response:
        frame = self._service.runner.frame
        if frame is None or frame[0] != request.path_params["item"]:
            return Response(status_code=204)
        return Response(frame[1], media_type=MEDIA_TYPE)

    async def result(self, request: Request) -> Response:
        item, kept = request.path_params["item"], "download" in request.query_params
        path = await _in_thread(lambda: self._service.result_path(item))
        return FileResponse(
            path, filename=_readable_name(path), content_disposition_type="attachment" if kept else "inline"
        )

    async def result_frame(self, request: Request) -> Response:
        item, number = request.path_params["item"], _number(request, "frame")
        return _picture(await _in_thread(lambda: self._service.looks.result_frame(item, number)))

    async def result_files(self, request: Request) -> Response:
        item = request.path_params["item"]
        paths = await _in_thread(lambda: self._service.result_files(item))
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(_readable_name(paths[0].parent))}.zip"}
        return StreamingResponse(zipped(paths), media_type="application/zip", headers=headers)

    async def save_preset(self, request: Request) -> Response:
        body = await _body(request)
        return await _done(lambda: self._service.save_preset(body.get("title"), body.get("options")))

    async def remove_preset(self, request: Request) -> Response:
        preset = request.path_params["preset"]
        return await _done(lambda: self._service.presets.remove(preset))

    async def report(self, request: Request) -> Response:
        item = request.path_params["item"]
        path = await _in_thread(lambda: self._service.report_path(item))
        return FileResponse(path, media_type="application/json")

    async def evaluate(self, request: Request) -> Response:
        item = request.path_params["item"]
        return await _done(lambda: self._service.evaluate_item(item))

    async def evaluation(self, request: Request) -> Response:
        item = request.path_params["item"]
        path = await _in_thread(lambda: self._service.evaluation_page(item))
        return FileResponse(path, media_type="text/html", headers={"content-security-policy": EVALUATION_POLICY})

    async def _added(self, add: Callable[[], list[str]]) -> Response:
        return Json({"ids": await _in_thread(add)})


async def _in_thread(work: Callable[[], Result]) -> Result:
    return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)


async def _done(work: Callable[[], object]) -> Response:
    await _in_thread(work)
    return Json({})


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries.

    Raises:
        InputError: It carries something else, or too much of it.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InputError("The request is not JSON.")
    content = b""
    async for chunk in timely(request.stream()):
        content += chunk
        if len(content) > MOST_BODY_BYTES:
            raise InputError("The request is too long.")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError("The request is not JSON.") from error
    if not isinstance(body, dict):
        raise InputError("The request is not a JSON object.")
    return body


def _readable_name(path: Path) -> str:
    """The name of a file, with marks in the place of bytes that are not UTF-8."""
    return os.fsencode(path.name).decode(errors="replace")


def _number(request: Request, name: str) -> int:
    return _whole(request.query_params.get(name, ""), name)


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise OptionError(f"`{name}` must be a number from 0.", option=name)
    return int(text)


def _time(request: Request) -> str:
    text = request.query_params.get("time", "1/2")
    if not re.fullmatch(r"[0-9]{1,4}/[1-9][0-9]{0,3}", text) or not 0 < Fraction(text) < 1:
        raise OptionError("`time` must be a fraction between 0 and 1, such as 1/2.", option="time")
    return text


def _quality(request: Request) -> str:
    quality = request.query_params.get("quality", "default")
    if quality not in QUALITIES:
        raise OptionError("The quality must be fast, default or best.", option="quality")
    return quality


def _picture(picture: Picture) -> Response:
    return Response(picture.content, media_type=MEDIA_TYPE, headers={"x-origin": picture.origin})


def _status(error: Exception) -> int:
    if isinstance(error, ForbiddenPathError):
        return 403
    if isinstance(error, UnknownItemError):
        return 404
    if isinstance(error, CancelledError):
        return 409
    return 400 if isinstance(error, InputError) else 500
