from __future__ import annotations

import pytest

from midframe.engines.options import EngineOptions
from midframe.errors import OptionError
from midframe.evaluation.methods.variants import MethodSelection, ModelVariant, method_name


def names(wanted: MethodSelection) -> list[str]:
    return [method_name(row) for row in wanted.rows]


def test_only_what_is_unusual_is_in_the_name() -> None:
    assert ModelVariant(EngineOptions()).name == "4.25"
    assert ModelVariant(EngineOptions(flow_scale=0.5, precision="fast"), "bisect").name == (
        "4.25 scale=0.5 mode=bisect precision=fast"
    )


@pytest.mark.parametrize(
    ("variant", "label"),
    [
        (ModelVariant(EngineOptions()), "midframe"),
        (ModelVariant(EngineOptions(quality="fast")), "RIFE 4.25 as published"),
        (ModelVariant(EngineOptions(quality="best")), "midframe, best quality"),
        (ModelVariant(EngineOptions(flow_scale=0.5)), "midframe, flow scale 0.5"),
        (ModelVariant(EngineOptions(), "recursive"), "midframe, recursive mode"),
        (ModelVariant(EngineOptions("4.6")), "midframe with RIFE 4.6"),
        (ModelVariant(EngineOptions("4.6", quality="fast")), "RIFE 4.6 as published"),
        (ModelVariant(EngineOptions("trained/my.pkl")), "midframe with my.pkl"),
        (ModelVariant(EngineOptions("4.pkl", quality="fast")), "4.pkl alone"),
    ],
)
def test_people_read_one_name(variant: ModelVariant, label: str) -> None:
    assert variant.label == label


def test_paths_go_by_the_name_of_their_file() -> None:
    assert ModelVariant(EngineOptions("trained/best/my.pkl")).name == "my.pkl"


def test_every_setting_of_the_model_has_a_row_and_other_models_one() -> None:
    wanted = MethodSelection(
        EngineOptions(), flow_scales=(1.0, 0.5), modes=("direct", "bisect"), against=("blend", "4.6", "dis")
    )

    assert names(wanted) == [
        "4.25",
        "4.25 scale=0.5",
        "4.25 mode=bisect",
        "4.25 scale=0.5 mode=bisect",
        "blend",
        "4.6",
        "dis",
    ]


def test_other_models_are_run_as_the_first_row() -> None:
    wanted = MethodSelection(EngineOptions(threads=3), flow_scales=(0.5, 1.0), against=("4.6",))

    rival = wanted.rows[-1]

    assert isinstance(rival, ModelVariant)
    assert rival.name == "4.6 scale=0.5"
    assert rival.options.threads == 3


@pytest.mark.parametrize("against", [("blend", "blend"), ("4.25",), ("a/my.pkl", "b/my.pkl")])
def test_names_that_come_twice_are_refused(against: tuple[str, ...]) -> None:
    with pytest.raises(OptionError, match="named twice"):
        _ = MethodSelection(EngineOptions(), against=against).rows
