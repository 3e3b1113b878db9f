"""The page about an evaluation, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.support.evaluations import (
    FLOW,
    INTERPOLATED,
    LPIPS,
    PSNR,
    baseline,
    evaluation,
    result,
    worst_frame,
)

from midframe.evaluation.report import write_clips_page, write_report_page
from midframe.evaluation.results import Evaluation

Open = Callable[..., Any]

PHONE = {"viewport": {"width": 375, "height": 812}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}

BLEND = INTERPOLATED[1]
"""What viewers show on the left at first: the first baseline; the first method is on the right."""

PLACE = "location.hash"
"""Asked of the page: its address as seen from outside comes late on a busy machine."""

HOSTILE = '</title></script><script>window.owned = 1</script><img src=x onerror="window.owned = 2">{{ 7 * 7 }}\'"&'


def written(tmp_path: Path, found: Evaluation | None = None) -> Path:
    path = tmp_path / "report.html"
    write_report_page(found or evaluation(), path)
    return path


def colours_along(stage: Any) -> np.ndarray:
    """The middle row of what a viewer shows, (width, 3)."""
    pixels = np.asarray(Image.open(BytesIO(stage.screenshot())).convert("RGB")).astype(int)
    # Above the middle, where the divider's handle is.
    middle: np.ndarray = pixels[pixels.shape[0] // 3]
    return middle


def seen_at(stage: Any, percent: float) -> np.ndarray:
    row = colours_along(stage)
    colour: np.ndarray = row[round(percent / 100 * (len(row) - 1))]
    return colour


def is_colour(seen: np.ndarray, colour: tuple[int, int, int]) -> bool:
    # WebP is lossy, and browsers round its colour conversion each in their own way.
    return bool(np.abs(seen - colour).max() <= 6)


def stage_of(page: Any) -> tuple[Any, dict[str, float]]:
    stage = page.locator(".stage").first
    stage.scroll_into_view_if_needed()
    return stage, stage.bounding_box()


def test_pictures_lie_under_a_divider_in_the_middle(tmp_path: Path, open_page: Open) -> None:
    stage, _ = stage_of(open_page(written(tmp_path)))
    assert is_colour(seen_at(stage, 45), BLEND)
    assert is_colour(seen_at(stage, 55), INTERPOLATED[0])


def test_mouse_drags_the_divider(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    stage, box = stage_of(page)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 40, steps=5)
    page.mouse.up()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 40)  # no longer held
    assert is_colour(seen_at(stage, 15), BLEND)
    assert is_colour(seen_at(stage, 25), INTERPOLATED[0])
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + 40)
    assert is_colour(seen_at(stage, 75), BLEND)


def test_finger_drags_the_divider(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path), **PHONE)
    stage, box = stage_of(page)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *places: float) -> None:
        points = [{"x": box["x"] + box["width"] * place, "y": box["y"] + 40} for place in places]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.5)
    for place in (0.55, 0.6, 0.7, 0.8):
        touch("touchMove", place)
    touch("touchEnd")
    assert is_colour(seen_at(stage, 75), BLEND)
    assert is_colour(seen_at(stage, 85), INTERPOLATED[0])
    page.touchscreen.tap(box["x"] + box["width"] * 0.3, box["y"] + 40)
    assert is_colour(seen_at(stage, 35), INTERPOLATED[0])


def test_keys_move_the_divider(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    stage, _ = stage_of(page)
    slider = page.get_by_role("slider", name="Divider, frame 17")
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "30% blend, 70% 4.25"
    assert is_colour(seen_at(stage, 25), BLEND)
    assert is_colour(seen_at(stage, 35), INTERPOLATED[0])
    page.keyboard.press("End")
    assert is_colour(seen_at(stage, 97), BLEND)


def test_any_two_layers_can_be_chosen(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    stage, _ = stage_of(page)
    page.get_by_label("Left picture, frame 17").select_option("Flow")
    page.get_by_label("Right picture, frame 17").select_option("dis")
    assert is_colour(seen_at(stage, 45), FLOW)
    assert is_colour(seen_at(stage, 55), INTERPOLATED[2])
    page.get_by_role("button", name="Swap left and right").first.click()
    assert is_colour(seen_at(stage, 45), INTERPOLATED[2])
    assert is_colour(seen_at(stage, 55), FLOW)
    page.get_by_label("Right picture, frame 17").select_option("dis")
    assert is_colour(seen_at(stage, 55), INTERPOLATED[2]), "one layer on both sides"
    options = page.get_by_label("Left picture, frame 17").locator("option").all_inner_texts()
    errors = ["Error of 4.25", "Error of blend", "Error of dis"]
    assert options == ["Truth", "4.25", "blend", "dis", *errors, "Flow", "Previous frame", "Next frame"]


def test_detail_shows_the_worst_place_at_full_size(tmp_path: Path, open_page: Open) -> None:
    size = (540, 960)
    shown = worst_frame(17, ["4.25"], size)
    truth = shown.truth.copy()
    drawn = truth.copy()
    drawn[400:440, 800:840] = INTERPOLATED[0]
    patched = type(shown)(17, truth, shown.left, shown.right, {"4.25": drawn})
    page = open_page(written(tmp_path, evaluation((result("4.25"),), worst_frames=(patched,))))
    stage, before = stage_of(page)
    stage_of(page)[0].locator(".split").focus()
    page.keyboard.press("Home")
    assert np.mean([is_colour(each, INTERPOLATED[0]) for each in colours_along(stage)]) < 0.01
    page.get_by_role("button", name="Detail").click()
    pixels = np.asarray(Image.open(BytesIO(stage.screenshot())).convert("RGB")).astype(int)
    share = np.mean(np.abs(pixels - INTERPOLATED[0]).max(axis=2) <= 20)
    # 40 × 40 pixels of a detail of 384 × 216.
    assert share == pytest.approx(1600 / (384 * 216), rel=0.15)
    assert stage.bounding_box()["width"] == before["width"]


def test_plot_names_the_frame_under_the_mouse(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    place, values = page.locator("[data-place]"), page.locator(".legend-value")
    assert place.inner_text() == "Mean PSNR of moving frames"
    means = values.all_inner_texts()
    plot = page.locator(".plot-picture")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 46 + (box["width"] - 56) * 23 / 50, box["y"] + 80)
    assert place.inner_text() == "Frame 23, 0.920 s, still"
    assert values.all_inner_texts() == ["49.00 dB", "46.00 dB", "48.00 dB"]
    page.mouse.move(box["x"] + 10, box["y"] - 200)
    assert values.all_inner_texts() == means


def test_click_in_the_plot_jumps_to_the_exhibit(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path), reduced_motion="reduce")
    plot = page.locator(".plot-picture")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.click(box["x"] + 46 + (box["width"] - 56) * 23 / 50, box["y"] + 80)
    assert page.evaluate(PLACE) == "", "frame 23 is no exhibit"
    page.mouse.click(box["x"] + 46 + (box["width"] - 56) * 41 / 50, box["y"] + 80)
    assert page.evaluate(PLACE) == "#frame-41"
    assert page.evaluate("document.activeElement.id") == "frame-41-title"
    top = page.locator("#frame-41").bounding_box()["y"]
    assert -1 <= top <= 900


def test_plot_can_be_read_with_keys(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    plot = page.get_by_role("slider", name="Frame to read values at")
    plot.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert plot.get_attribute("aria-valuetext").startswith("Frame 3, 0.120 s, moving: 4.25")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.evaluate(PLACE) == "#frame-17"


def test_methods_and_metrics_are_chosen(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    assert page.locator(".plot-picture .course").count() == 3
    page.locator(".legend").get_by_role("button", name="blend").click()
    assert page.locator(".plot-picture .course").count() == 2
    page.get_by_role("radio", name="SSIM").check()
    assert page.locator(".legend-value").all_inner_texts() == ["0.9100", "0.8800", "0.9000"]


def test_kinds_of_frames_are_summed_up_apart(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    tables = page.locator("table.summary")
    assert [table.is_visible() for table in tables.all()] == [True, False, False, False]
    page.get_by_role("radio", name="Across cuts").check()
    assert [table.is_visible() for table in tables.all()] == [False, False, True, False]
    assert "15.00" in tables.nth(2).inner_text()


def strange() -> dict[str, Evaluation]:
    exact = (result("4.25", exact=True), result("hold", -3.0, exact=True))
    bare = result("blend", frames=3, timed=False)
    all_exact = tuple(
        type(frame)(frame.index, None, frame.left, frame.right, frame.time, frame.kind, {"psnr": inf})
        for frame in bare.frames
    )
    long = "a method with a name that says everything about it " * 4
    unbroken = "nameswithoutanyspace" * 12
    hostile = (result(HOSTILE), result("b", label=f"{HOSTILE}{unbroken}"), result("c", label=long))
    names = [HOSTILE, "b", "c"]
    many = tuple(result(f"method number {number}", -number / 3) for number in range(12))
    return {
        "ordinary": evaluation(),
        "infinities": evaluation(exact),
        "nothing but infinities": evaluation((type(bare)(bare.method, all_exact, 0.0),), worst_frames=()),
        "absent metrics": evaluation(metrics=(LPIPS,)),
        "single method": evaluation((result("4.25"),)),
        "no exhibits": evaluation(worst_frames=()),
        "no network": evaluation((result("blend"),), worst_frames=(worst_frame(17, ["blend"], flow=False),)),
        "exhibit nobody drew": evaluation(worst_frames=(worst_frame(17, []),)),
        "no frames": evaluation((result("4.25", frames=0),), worst_frames=()),
        "one frame": evaluation((result("4.25", frames=1),), worst_frames=(worst_frame(1, ["4.25"], (1, 1)),)),
        "no times": evaluation((result("4.25", timed=False),)),
        "nobody": evaluation((), worst_frames=(), metrics=(PSNR,)),
        "many methods": evaluation(many),
        "many frames": evaluation((result("4.25", frames=4000), result("blend", -1, frames=4000))),
        "tall frames": evaluation((result("4.25"),), worst_frames=(worst_frame(17, ["4.25"], (800, 60)),)),
        "hostile names": evaluation(
            hostile,
            source=f"{HOSTILE}{unbroken}",
            worst_frames=(worst_frame(17, names),),
            recommendations=(HOSTILE, unbroken),
        ),
    }


OVERFLOWING = """() => [...document.body.querySelectorAll("*")]
    .filter((element) => !element.closest(".unseen, thead, caption, .controls label span, option"))
    .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width && (box.right > innerWidth + 0.5 || box.left < -0.5);
    })
    .map((element) => `${element.tagName}.${element.getAttribute("class")}`)"""


@pytest.mark.parametrize("name", list(strange()))
def test_nothing_fails_and_nothing_overflows(name: str, tmp_path: Path, open_page: Open) -> None:
    path = written(tmp_path, strange()[name])
    for options, width in (({}, 1280), (PHONE, 375)):
        page = open_page(path, **options)
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [width, width]


def test_names_are_text_and_nothing_else(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path, strange()["hostile names"]))
    assert page.evaluate("window.owned") is None
    assert HOSTILE in page.title()
    assert HOSTILE in page.locator("h1").inner_text()
    assert page.locator(".legend-name").first.inner_text() == HOSTILE


def test_exact_frames_are_told(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path, strange()["infinities"]))
    page.get_by_role("radio", name="All").check()
    assert "+3 exact" in page.locator("table.summary").last.inner_text()
    plot = page.locator(".plot-picture")
    assert "exact" in plot.text_content()


def test_every_control_has_a_name_and_can_be_reached(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    tree = page.locator("body").aria_snapshot()
    unnamed = [line for line in tree.splitlines() if line.strip() in ("- button", "- combobox", "- slider", "- radio")]
    assert unnamed == []
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('class') || document.activeElement.tagName"))
    assert {"INPUT", "BUTTON", "SELECT", "split", "plot-picture", "A"} <= reached


def test_without_scripts_all_is_there(tmp_path: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written(tmp_path).as_uri())
    assert all(table.is_visible() for table in page.locator("table.summary").all())
    assert all(layer.is_visible() for layer in page.locator(".layer").all())
    assert not page.locator(".controls").first.is_visible()
    context.close()


def test_print_has_all_tables_and_the_key_pictures(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path))
    page.emulate_media(media="print")
    assert all(table.is_visible() for table in page.locator("table.summary").all())
    shown = page.locator("#frame-17 .layer:visible figcaption").all_inner_texts()
    assert shown == ["Truth", "4.25", "Error of 4.25", "Flow"]
    assert not page.locator(".controls").first.is_visible()


def test_dark_and_calm_as_the_reader_wants_it(tmp_path: Path, open_page: Open) -> None:
    path = written(tmp_path)
    page = open_page(path, color_scheme="dark", reduced_motion="reduce")
    brightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]"
    motion = "getComputedStyle(document.documentElement).scrollBehavior"
    assert page.evaluate(brightness) < 60
    assert page.evaluate(motion) == "auto"
    page = open_page(path)
    assert page.evaluate(brightness) > 200
    assert page.evaluate(motion) == "smooth"


def test_page_may_load_nothing_and_run_no_other_script(tmp_path: Path, browser: Any) -> None:
    path = written(tmp_path)
    text = path.read_text("utf-8")
    path.write_text(text.replace("</body>", "<script>window.owned = 1</script><img src='near.png'></body>"), "utf-8")
    context = browser.new_context()
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())
    assert page.evaluate("window.owned") is None
    assert len([text for text in refused if "Content Security Policy" in text]) == 2
    context.close()


def folded(tmp_path: Path) -> Path:
    names = ["4.25", "blend"]
    frames = tuple(worst_frame(index, names) for index in (41, 17, 5, 45, 1))
    return written(tmp_path, evaluation((result("4.25"), result("blend", -2.0)), worst_frames=frames))


def test_pictures_after_the_third_are_folded(tmp_path: Path, open_page: Open) -> None:
    page = open_page(folded(tmp_path))
    assert [stage.is_visible() for stage in page.locator(".stage").all()] == [True, True, True, False, False]
    fold = page.locator("#frame-45 summary")
    fold.focus()
    page.keyboard.press("Enter")
    assert page.locator("#frame-45 .stage").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Divider, frame 45"
    page.locator("#frame-45 summary").press("Space")
    assert not page.locator("#frame-45 .stage").is_visible()


def test_what_leads_to_a_folded_picture_unfolds_it(tmp_path: Path, open_page: Open) -> None:
    path = folded(tmp_path)
    page = open_page(path, reduced_motion="reduce")
    page.get_by_role("link", name="45", exact=True).click()
    page.locator("#frame-45 .stage").wait_for(state="visible")
    assert not page.locator("#frame-1 .stage").is_visible()
    page.locator("#frame-45 summary").click()
    page.get_by_role("link", name="45", exact=True).click()
    page.locator("#frame-45 .stage").wait_for(state="visible")
    page.goto(f"{path.as_uri()}#frame-1")
    page.locator("#frame-1 .stage").wait_for(state="visible")


def test_paper_shows_folded_pictures_too(tmp_path: Path, open_page: Open) -> None:
    page = open_page(folded(tmp_path))
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert all(stage.is_visible() for stage in page.locator(".stage").all())


CONTRASTS = """() => {
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const luminance = ([red, green, blue]) => [red, green, blue].map((value) => value / 255)
        .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = parse(getComputedStyle(each).backgroundColor);
            if (colour.length < 4 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const poor = new Set();
    for (const element of document.querySelectorAll("main *, header *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.checkVisibility() || element.closest("svg, .stage, .unseen, option")) continue;
        const [one, two] = [parse(getComputedStyle(element).color), behind(element)].map(luminance);
        const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        if (ratio < 4.5) poor.add(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}`);
    }
    return [...poor];
}"""
"""Text whose contrast is below that of level AA of the Web Content Accessibility Guidelines."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_enough(scheme: str, tmp_path: Path, open_page: Open) -> None:
    report = evaluation(recommendations=("Use `--quality fast`.",))
    for path in (written(tmp_path, report), clips(tmp_path)):
        assert open_page(path, color_scheme=scheme).evaluate(CONTRASTS) == []


def clips(tmp_path: Path) -> Path:
    published = result("4.25 quality=fast", -0.1, label="RIFE 4.25 as published, flow scale 0.5")
    own = (result("4.25", label="midframe"), published, baseline("blend", -2.0))
    sources = ("a.mp4", f"{HOSTILE}.mp4", "c.mp4")
    found = tuple(evaluation(own, source=source, worst_frames=()) for source in sources)
    path = tmp_path / "clips.html"
    write_clips_page(found, [tmp_path / f"clips_{number} #?.html" for number in range(3)], path)
    return path


def test_page_about_several_clips(tmp_path: Path, open_page: Open) -> None:
    page = open_page(clips(tmp_path))
    assert page.locator("h1").inner_text().startswith("midframe rebuilds the moving frames of 3 clips at 29.9 dB")
    table = page.locator("table.summary").first
    names = table.locator("tbody th").all_inner_texts()
    assert names == ["a.mp4", f"{HOSTILE}.mp4", "c.mp4", "Mean", "Difference from midframe"]
    assert page.get_by_role("link", name="c.mp4").get_attribute("href") == "clips_2%20%23%3F.html"
    page.get_by_role("radio", name="SSIM").check()
    assert [each.is_visible() for each in page.locator("table.summary").all()] == [False, True]
    for options, width in (({}, 1280), (PHONE, 375)):
        page = open_page(clips(tmp_path), **options)
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [width, width]


def test_options_in_sentences_are_set_as_code(tmp_path: Path, open_page: Open) -> None:
    page = open_page(written(tmp_path, evaluation(recommendations=("Use `--quality <b>fast</b>` here.",))))
    item = page.locator(".recommendations li")
    assert item.inner_text() == "Use --quality <b>fast</b> here."
    assert item.locator("code").inner_text() == "--quality <b>fast</b>"
