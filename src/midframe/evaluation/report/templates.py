"""Pages made of templates, styles and scripts that lie in `page_files`, each page in one file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from midframe.extras import require_package
from midframe.text import printable

if TYPE_CHECKING:
    from jinja2 import Environment


def render_page(template: str, values: Mapping[str, Any], *, styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A page that needs nothing but itself.

    Args:
        template: Name of a file in `page_files` that extends "page.html".
        values: Variables of the template. Text is escaped.
        styles: Names of style sheets, after "page.css".
        scripts: Names of scripts. The page allows these and no others, and nothing to be loaded from anywhere.

    Raises:
        OptionError: Jinja2 is not installed.
    """
    environment = _environment()
    style = "\n".join(_text(name) for name in ("page.css", *styles))
    early, script = _text("early.js"), "\n".join(_text(name) for name in scripts)
    digests = [b64encode(sha256(text.encode()).digest()).decode("ascii") for text in (early, script)]
    page = environment.get_template(template)
    return page.render(values, style=style, early=early, script=script, digests=digests)


def _text(name: str) -> str:
    return (files(__package__) / "page_files" / name).read_text("utf-8")


def _shown(value: object) -> object:
    """Text of a template's variable without control characters; markup and numbers as they are."""
    # Markup, of which styles and scripts are, is a class of its own.
    return printable(value) if type(value) is str else value


def _environment() -> Environment:
    require_package("jinja2", "Writing a page")
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
