from __future__ import annotations

from pathlib import Path

from midframe.integrations.vapoursynth.other_filters import HERE, unknown_option

PAGE = Path(__file__).parents[4] / "docs" / "vapoursynth.md"


def test_the_page_names_all_of_them() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## Coming from other filters")[2]
    # `factor_num=5, factor_den=2` names two.
    named = {part.partition("=")[0] for part in table.replace("`", " ").replace(",", " ").split()}
    assert set(HERE) <= named


def test_sentences() -> None:
    assert unknown_option("scale") == "`interpolate` has no option 'scale': use `flow_scale`."
    assert unknown_option("speed") == "`interpolate` has no option 'speed'."
