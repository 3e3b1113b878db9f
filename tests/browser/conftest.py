"""A real browser without a window, and pages that must load nothing and complain about nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium or Chrome, as the system has it."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        message = f"no browser here: none of {', '.join(PROGRAMS)} is installed (on Debian: apt install chromium)"
        if os.environ.get("MIDFRAME_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    # Chromium's sandbox refuses to be run by root, as containers do.
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=arguments)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Open a file: `open_page(path, **options of a browser context)`. Whatever goes wrong in it fails the test."""
    contexts, troubles = [], []

    def open_file(path: Path, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url[:100]}"))

        def note(request: Any) -> None:
            if not request.url.startswith("data:") and request.url.partition("#")[0] != path.as_uri():
                troubles.append(f"request: {request.url[:100]}")

        page.on("request", note)
        page.goto(path.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert troubles == []
