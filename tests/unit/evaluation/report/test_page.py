"""What can be said of the page without a browser; tests/browser has the rest."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from tests.support.evaluations import evaluation, result

from midframe.errors import OptionError, WriteError
from midframe.evaluation.report import write_report_page

STYLE = (files("midframe.evaluation.report") / "page_files" / "page.css").read_text("utf-8")


def page(tmp_path: Path, **changes: object) -> str:
    write_report_page(evaluation(**changes), tmp_path / "report.html")  # type: ignore[arg-type]
    return (tmp_path / "report.html").read_text("utf-8")


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.identities: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("src", "href", "action", "srcset", "poster", "data"):
                self.found.append(value or "")
            if name == "id":
                self.identities.append(value or "")


def test_everything_is_in_the_file(tmp_path: Path) -> None:
    text = page(tmp_path)
    parser = _Addresses()
    parser.feed(text)
    assert parser.found
    assert all(address.startswith(("data:", "#frame-")) for address in parser.found)
    assert len(parser.identities) == len(set(parser.identities))
    assert "url(" not in text
    assert "@import" not in text


def test_policy_allows_two_scripts_and_no_loading(tmp_path: Path) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page(tmp_path))
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert re.search(r"script-src 'sha256-[\w+/]{43}=' 'sha256-[\w+/]{43}=';", policy[1])
    assert "http" not in policy[1]


def test_names_are_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\x1b\u202e\udcfe"
    text = page(tmp_path, results=(result(evil),), source=evil, recommendations=(evil,), worst_frames=())
    assert evil not in text
    assert r"&lt;script&gt;alert(1)&lt;/script&gt;\x1b\u202e\xfe" in text
    assert not re.search("[\x1b\u202e\udcfe]", text)


def test_absent_metrics_are_told_with_their_reason(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "LPIPS was not measured: its weights come with no installed package." in text
    assert "0123456789abcdef" * 4 in text


def test_same_results_give_the_same_page(tmp_path: Path) -> None:
    assert page(tmp_path) == page(tmp_path)


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"missing.*cannot be written"):
        write_report_page(evaluation(worst_frames=()), tmp_path / "missing" / "report.html")


def test_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(OptionError, match="pip install jinja2"):
        page(tmp_path)


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_stand_out(theme: int) -> None:
    """Text has 4.5 : 1 and lines of the plot 3 : 1, as WCAG 2.2 AA asks."""
    block = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[theme]
    colours = dict(re.findall(r"--([\w-]+): (#\w+);", block))
    for text in ("ink", "quiet", "accent"):
        assert contrast(colours[text], colours["paper"]) >= 4.5, text
    for text in ("ink", "quiet"):
        assert contrast(colours[text], colours["raised"]) >= 4.5, text
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    series = [name for name in colours if name.startswith("series")]
    assert len(series) == 8
    for name in series:
        assert contrast(colours[name], colours["paper"]) >= 3, name
