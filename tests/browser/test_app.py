"""The app in a real browser: what people do with it, from adding a file to its result."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.support.app_process import AppProcess
from tests.support.clips import write_clip
from tests.support.command_line import write_png

PHONE = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}

DESKTOP = {"viewport": {"width": 1280, "height": 900}}

SIZE = (96, 64)

OpenApp = Callable[..., Any]


def write_shots(folder: Path, count: int = 3) -> Path:
    """PNG files in which a square moves."""
    folder.mkdir(parents=True)
    for number in range(count):
        samples = np.full((48, 64, 3), 90, np.uint8)
        samples[12:30, 8 + 5 * number : 26 + 5 * number] = (220, 160, 60)
        write_png(folder / f"{number:03d}.png", samples)
    return folder


def count_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, real_checkpoint_425: Path) -> Iterator[AppProcess]:
    place = tmp_path_factory.mktemp("app")
    root = place / "films"
    root.mkdir()
    running = AppProcess(root, place / "data")
    yield running
    assert running.stop() == 0


@pytest.fixture
def open_app(browser: Any) -> Iterator[OpenApp]:
    """Open the page of an app. Whatever goes wrong in it fails the test, unless `fails` says that it may."""
    contexts, troubles = [], []

    def open_page(app: AppProcess, *, fails: bool = False, **options: Any) -> Any:
        context = browser.new_context(**{**DESKTOP, "reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        if not fails:
            page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.goto(app.address)
        page.wait_for_selector("#headline")
        assert "token" not in page.url
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def film(app: AppProcess) -> Callable[[str], Path]:
    """A clip of six frames in a folder of its own, under a name."""

    def write(name: str) -> Path:
        folder = app.root / name
        folder.mkdir()
        return write_clip(folder / f"{name}.mp4", 6, size=SIZE)

    return write


def choose(page: Any, path: Path) -> Any:
    """Add a file, or the pictures of a folder, by the dialog; the draft that comes of it."""
    page.get_by_role("button", name="Choose on this computer").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("Folder", exact=True)
    dialog.locator(".folder li").first.wait_for()
    is_folder = path.is_dir()
    field.fill(str(path if is_folder else path.parent))
    field.press("Enter")
    if is_folder:
        dialog.get_by_role("button", name=re.compile("as a sequence")).click()
    else:
        dialog.get_by_label(path.name).check()
        dialog.get_by_role("button", name="Add", exact=True).click()
    draft = page.get_by_role("article", name=path.name)
    draft.wait_for()
    return draft


def pick(draft: Any, words: str) -> None:
    """Choose one of what stands side by side."""
    draft.locator(".choice label", has_text=words).click()


def set_option(draft: Any, flag: str, value: str) -> None:
    """Fill in a field below More."""
    more = draft.locator("details.more")
    if more.get_attribute("open") is None:
        more.locator("summary").click()
    field = more.get_by_label(flag, exact=True)
    field.fill(value)
    field.press("Tab")


def start(draft: Any, words: str) -> None:
    """Start a job once its plan says these words."""
    draft.locator(".sentence", has_text=words).wait_for()
    draft.get_by_role("button", name="Start").click()


def row(page: Any, place: str, name: str) -> Any:
    return page.locator(f"#{place} .row", has=page.get_by_role("heading", name=name, exact=True))


def done(frames: int) -> re.Pattern[str]:
    """How the words of a finished job begin."""
    return re.compile(rf"^{frames} frames")


def drop(page: Any, path: Path) -> None:
    """Drop a file onto the page, as from a window of the system."""
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    transfer = page.evaluate_handle(
        """([name, content]) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name));
            return transfer;
        }""",
        [path.name, content],
    )
    for kind in ("dragenter", "dragover", "drop"):
        page.dispatch_event("#drop", kind, {"dataTransfer": transfer})


def test_a_dropped_clip_becomes_a_file_that_plays(app: AppProcess, open_app: OpenApp, tmp_path: Path) -> None:
    page = open_app(app)
    drop(page, write_clip(tmp_path / "dropped clip.mp4", 6, size=SIZE))
    draft = page.get_by_role("article", name="dropped clip.mp4")
    draft.locator(".sentence", has_text="6 frames become 12").wait_for()
    assert draft.locator(".strip img").count() == 6
    pick(draft, "Fast")
    draft.locator(".preview > summary").click()
    draft.locator(".preview[data-seconds]").wait_for()
    shown = draft.locator(".layer.is-right img").first
    assert shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == list(SIZE)
    draft.get_by_role("button", name="Start").click()
    ended = row(page, "ended", "dropped clip.mp4")
    ended.wait_for()
    video = ended.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    page.wait_for_function("() => document.querySelector('video').ended")
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == list(SIZE)
    with page.expect_download() as downloading:
        ended.get_by_role("link", name="Download").click()
    kept = tmp_path / "kept.mp4"
    downloading.value.save_as(kept)
    assert downloading.value.suggested_filename == "dropped clip_2x.mp4"
    assert count_frames(kept) == 12
    ended.get_by_role("button", name="Remove").click()
    ended.wait_for(state="detached")
    deadline = time.monotonic() + 10
    while list((app.data / "uploads").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_file_of_this_machine_is_used_where_it_is(
    app: AppProcess, open_app: OpenApp, film: Callable[[str], Path]
) -> None:
    path = film("local")
    page = open_app(app)
    draft = choose(page, path)
    pick(draft, "Slow motion")
    pick(draft, "4× slower")
    pick(draft, "Fast")
    start(draft, "6 frames become 24")
    ended = row(page, "ended", "local.mp4")
    ended.wait_for()
    output = path.with_name("local_4x_slow.mp4")
    assert ended.get_by_text(str(output)).is_visible()
    assert count_frames(output) == 24
    assert not list(app.data.glob("uploads/*"))
    with page.expect_popup() as opening:
        ended.get_by_role("link", name="Report").click()
    assert '"midframe"' in opening.value.content()


def test_the_command_does_the_same(app: AppProcess, open_app: OpenApp, film: Callable[[str], Path]) -> None:
    path = film("command")
    draft = choose(open_app(app), path)
    pick(draft, "Best")
    set_option(draft, "--crf", "20")
    draft.locator(".command > summary").click()
    expected = f"midframe run {path} --crf 20 --quality best"
    draft.locator(".command code", has_text=expected).wait_for()
    draft.get_by_role("button", name="Remove").click()


def test_what_may_look_wrong_is_found_and_decided(
    app: AppProcess, open_app: OpenApp, film: Callable[[str], Path], tmp_path: Path
) -> None:
    path = film("doubtful")
    page = open_app(app, bypass_csp=True)
    draft = choose(page, path)
    pick(draft, "Fast")
    set_option(draft, "--crf", "0")
    draft.locator(".preview > summary").click()
    draft.locator(".preview[data-seconds]").wait_for()
    draft.get_by_role("button", name="Find frames that may look wrong").click()
    draft.get_by_text("All pairs that are interpolated, the worst first").wait_for()
    listed = draft.locator(".doubtful-list button")
    marks = draft.locator(".doubtful-mark")
    assert (listed.count(), marks.count()) == (5, 5)
    assert listed.first.inner_text().startswith("0.")
    marks.nth(3).focus()
    page.keyboard.press("Enter")
    draft.locator(".slider output", has_text="3 and 4").wait_for()
    assert marks.nth(3).get_attribute("aria-current") == "true"
    draft.get_by_label("What becomes of this pair").select_option(label="Hold")
    draft.get_by_text("As decided, the frame before is held.").wait_for()
    draft.get_by_role("status").filter(has_text="1 pair decided").wait_for()
    draft.locator(".sentence", has_text="1 pair decided").wait_for()
    draft.locator(".command > summary").click()
    draft.locator(".command code", has_text="--choices choices.json").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate(OVERFLOWING) == []
    with page.expect_download() as downloading:
        draft.get_by_role("link", name="Download choices.json").click()
    downloading.value.save_as(tmp_path / "choices.json")
    assert '{"time": "3/25", "choice": "hold"}' in (tmp_path / "choices.json").read_text("utf-8")
    draft.get_by_role("button", name="Start").click()
    row(page, "ended", path.name).wait_for()
    with av.open(str(path.with_name("doubtful_2x.mp4"))) as container:
        frames = [frame.to_ndarray() for frame in container.decode(video=0)]
    assert len(frames) == 12
    assert np.array_equal(frames[7], frames[6]), "held, as decided"
    assert not np.array_equal(frames[5], frames[4])


def test_cancel_pause_and_resume(app: AppProcess, open_app: OpenApp) -> None:
    shots = write_shots(app.root / "stopped", 11)
    page = open_app(app)
    draft = choose(page, shots)
    pick(draft, "Fast")
    set_option(draft, "--factor", "30")
    start(draft, "11 frames become 301")
    queued = row(page, "queue", "stopped")
    queued.get_by_text(re.compile(r"^\d+ of 301 frames")).wait_for()
    queued.get_by_role("button", name="Pause").click()
    queued.get_by_text(re.compile("Paused after")).wait_for()
    queued.get_by_role("button", name="Resume").click()
    queued.get_by_text(re.compile(r"^\d+ of 301 frames")).wait_for()
    queued.get_by_role("button", name="Cancel").click()
    cancelled = row(page, "ended", "stopped")
    cancelled.get_by_text(re.compile("Cancelled after")).wait_for()
    cancelled.get_by_role("button", name="Resume").click()
    ended = row(page, "ended", "stopped")
    ended.get_by_text(done(301)).wait_for()
    assert len(list((app.root / "stopped_30x").glob("*.png"))) == 301
    assert re.search(r"[1-9]\d* from before", ended.inner_text())


def test_a_reload_and_a_second_browser_reattach(app: AppProcess, open_app: OpenApp) -> None:
    page = open_app(app, fails=True)
    draft = choose(page, write_shots(app.root / "watched"))
    pick(draft, "Fast")
    set_option(draft, "--factor", "1000")
    start(draft, "3 frames become 2,001")
    running = re.compile(r"^[\d,]+ of 2,001 frames")
    row(page, "queue", "watched").get_by_text(running).wait_for()
    page.reload()
    row(page, "queue", "watched").get_by_text(running).wait_for()
    other = open_app(app)
    row(other, "queue", "watched").get_by_text(running).wait_for()
    row(other, "queue", "watched").get_by_role("button", name="Cancel").click()
    for each in (page, other):
        row(each, "ended", "watched").get_by_text(re.compile(r"^Cancelled after [\d,]+ of 2,001")).wait_for()


def test_a_killed_app_continues(tmp_path: Path, browser: Any, open_app: OpenApp, real_checkpoint_425: Path) -> None:
    root = tmp_path / "films"
    root.mkdir()
    app = AppProcess(root, tmp_path / "data")
    try:
        page = open_app(app, fails=True)
        drafts = [choose(page, write_shots(root / name, count)) for name, count in (("first", 11), ("second", 3))]
        for draft, frames in zip(drafts, (301, 61), strict=True):
            pick(draft, "Fast")
            set_option(draft, "--factor", "30")
            draft.locator(".sentence", has_text=f"become {frames}").wait_for()
        page.get_by_role("button", name="Start all").click()
        deadline = time.monotonic() + 60
        while len(list((root / "first_30x").glob("*.png"))) < 60:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        app.kill()
        page.get_by_text("not connected").wait_for()
        app.start()
        row(page, "ended", "first").get_by_text(done(301)).wait_for()
        row(page, "ended", "second").get_by_text(done(61)).wait_for()
        assert re.search(r"[1-9]\d* from before", row(page, "ended", "first").inner_text())
        assert len(list((root / "first_30x").glob("*.png"))) == 301
    finally:
        assert app.stop() == 0


def test_the_queue_is_put_into_another_order(app: AppProcess, open_app: OpenApp) -> None:
    page = open_app(app)
    for name, factor in (("long", "300"), ("b", "3"), ("c", "3")):
        draft = choose(page, write_shots(app.root / name))
        pick(draft, "Fast")
        set_option(draft, "--factor", factor)
        start(draft, f"become {2 * int(factor) + 1:,}")
        row(page, "queue", name).wait_for()
    page.get_by_role("button", name="Move c up").click()
    headings = page.locator("#queue h3")
    page.wait_for_function("() => document.querySelectorAll('#queue h3')[1]?.textContent === 'c'")
    assert headings.all_inner_texts() == ["long", "c", "b"]
    row(page, "queue", "long").get_by_role("button", name="Cancel").click()
    row(page, "ended", "c").get_by_text(done(7)).wait_for()
    row(page, "ended", "b").get_by_text(done(7)).wait_for()


def test_wrong_options_are_explained_where_they_are(
    app: AppProcess, open_app: OpenApp, film: Callable[[str], Path]
) -> None:
    page = open_app(app, fails=True)
    draft = choose(page, film("wrong"))
    draft.locator(".sentence", has_text="become 12").wait_for()
    set_option(draft, "--factor", "0.5")
    draft.get_by_role("alert").filter(has_text="at least 1").wait_for()
    assert draft.get_by_role("button", name="Start").is_disabled()
    assert draft.get_by_label("--factor", exact=True).get_attribute("aria-invalid") == "true"
    set_option(draft, "--factor", "")
    draft.get_by_role("alert").wait_for(state="hidden")
    assert draft.get_by_role("button", name="Start").is_enabled()
    draft.get_by_role("button", name="Remove").click()


def test_a_file_that_is_no_video(app: AppProcess, open_app: OpenApp, tmp_path: Path) -> None:
    page = open_app(app, fails=True)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video" * 100)
    drop(page, broken)
    draft = page.get_by_role("article", name="broken.mp4")
    draft.get_by_role("alert").filter(has_text="cannot be read").wait_for()
    assert not draft.get_by_role("button", name="Start").is_visible()
    draft.get_by_role("button", name="Remove").click()
    draft.wait_for(state="detached")


def test_a_failed_job_says_why_and_can_be_resumed(app: AppProcess, open_app: OpenApp) -> None:
    page = open_app(app, fails=True)
    for name, factor in (("before", "300"), ("lost", "2")):
        draft = choose(page, write_shots(app.root / name))
        pick(draft, "Fast")
        set_option(draft, "--factor", factor)
        start(draft, f"become {2 * int(factor) + 1:,}")
        row(page, "queue", name).wait_for()
    (app.root / "lost").rename(app.root / "lost-away")
    row(page, "queue", "before").get_by_role("button", name="Cancel").click()
    failed = row(page, "ended", "lost")
    failed.get_by_text("does not exist").wait_for()
    (app.root / "lost-away").rename(app.root / "lost")
    failed.get_by_role("button", name="Resume").click()
    row(page, "ended", "lost").get_by_text(done(5)).wait_for()


def test_names_are_text_and_nothing_else(app: AppProcess, open_app: OpenApp) -> None:
    name = "<img src=x onerror=document.title='owned'>"
    page = open_app(app)
    draft = choose(page, write_shots(app.root / name))
    draft.locator(".sentence", has_text="become 5").wait_for()
    assert draft.get_by_role("heading").first.inner_text() == name
    assert page.title() == "midframe"
    draft.get_by_role("button", name="Remove").first.click()


def test_a_page_that_lost_its_token_says_so(app: AppProcess, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    response = page.goto(f"http://127.0.0.1:{app.port}/")
    assert response.status == 401
    assert "midframe app" in page.inner_text("body")
    context.close()


OVERFLOWING = """() => [...document.body.querySelectorAll("*")]
    .filter((element) => !element.closest(".unseen, .skip, option, .stage"))
    .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width && (box.right > innerWidth + 0.5 || box.left < -0.5);
    })
    .map((element) => `${element.tagName}.${element.getAttribute("class")}`)"""


def serious(page: Any) -> list[str]:
    """What the checker finds that keeps people from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("options", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_state_can_be_seen_and_read(
    app: AppProcess,
    open_app: OpenApp,
    film: Callable[[str], Path],
    options: dict[str, Any],
) -> None:
    page = open_app(app, bypass_csp=True, **options)
    width = options["viewport"]["width"]
    name = f"seen-{width}"

    def check() -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert serious(page) == []
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width

    check()
    page.get_by_role("button", name="Choose on this computer").click()
    page.locator("dialog .folder li").first.wait_for()
    check()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    draft = choose(page, film(name))
    pick(draft, "Fast")
    draft.locator(".sentence", has_text="become 12").wait_for()
    draft.locator("details.more summary").click()
    draft.locator(".preview > summary").click()
    draft.locator(".preview[data-seconds]").wait_for()
    check()
    draft.get_by_role("button", name="Start").click()
    row(page, "ended", f"{name}.mp4").wait_for()
    check()


def test_the_page_fits_the_largest_screens(app: AppProcess, open_app: OpenApp, film: Callable[[str], Path]) -> None:
    page = open_app(app, viewport={"width": 3840, "height": 2160})
    draft = choose(page, film("large"))
    draft.locator(".sentence", has_text="become 12").wait_for()
    assert page.evaluate(OVERFLOWING) == []
    assert draft.bounding_box()["width"] > 1200
    # Pictures of what is removed are no longer found.
    draft.locator(".strip img").evaluate_all("images => Promise.all(images.map(image => image.decode()))")
    draft.get_by_role("button", name="Remove").click()


def test_keys_do_it_all(app: AppProcess, open_app: OpenApp, film: Callable[[str], Path]) -> None:
    path = film("keys")
    page = open_app(app)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the jobs"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.locator(".folder li").first.wait_for()
    dialog.get_by_label("Folder", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(str(path.parent))
    page.keyboard.press("Enter")
    box = dialog.get_by_label(path.name)
    box.wait_for()
    box.focus()
    page.keyboard.press("Space")
    dialog.get_by_role("button", name="Add", exact=True).focus()
    page.keyboard.press("Enter")
    draft = page.get_by_role("article", name=path.name)
    draft.locator(".sentence", has_text="become 12").wait_for()
    draft.get_by_role("radio", name=re.compile("Default")).focus()
    page.keyboard.press("ArrowLeft")
    assert draft.get_by_role("radio", name=re.compile("Fast")).is_checked()
    draft.locator(".command code", has_text="--quality fast").wait_for(state="attached")
    draft.locator(".preview > summary").focus()
    page.keyboard.press("Enter")
    draft.locator(".preview[data-seconds]").wait_for()
    divider = draft.get_by_role("slider", name="Divider")
    divider.focus()
    page.keyboard.press("Home")
    assert divider.get_attribute("aria-valuetext") == "0% Before, 100% Fast"
    draft.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    row(page, "ended", "keys.mp4").wait_for()
    assert row(page, "ended", "keys.mp4").evaluate("row => row.contains(document.activeElement)"), "keys go on there"


def test_nothing_is_left_running(app: AppProcess) -> None:
    time.sleep(0.1)
    assert app.process.poll() is None
    assert not any("Traceback" in line for line in app.lines), "".join(app.lines)
