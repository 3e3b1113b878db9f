from __future__ import annotations

from dataclasses import asdict

import pytest

from midframe.errors import OptionError
from midframe.finetuning.options import AdaptOptions, TrainingBudget, TrainingSettings, check_adaptable


def test_share_of_the_budget() -> None:
    assert TrainingBudget(10.0, 100).share(5.0, 10) == 0.5
    assert TrainingBudget(10.0, 100).share(1.0, 90) == 0.9
    assert TrainingBudget(10.0).share(20.0, 0) == 1.0
    assert TrainingBudget(None, None).share(0.0, 0) == 1.0


@pytest.mark.parametrize("steps", [0, -3])
def test_there_is_at_least_one_step(steps: int) -> None:
    with pytest.raises(OptionError, match=f"`steps` must be at least 1, not {steps}") as caught:
        TrainingBudget(None, steps)
    assert caught.value.option == "steps"


def test_seeds_are_not_negative() -> None:
    with pytest.raises(OptionError, match="`seed` must be 0 or more, not -1") as caught:
        AdaptOptions(seed=-1)
    assert caught.value.option == "seed"


def test_files_name_all_settings_as_before() -> None:
    settings = TrainingSettings(interpolation_weight=0.25)
    names = ["learning_rate", "warm_up", "batch", "averaging", "way", "structure", "frozen_blocks"]
    assert list(settings.to_json()) == names
    assert list(settings.to_json().values()) == list(asdict(settings).values())


def test_pipes_cannot_be_adapted_to() -> None:
    check_adaptable(["clip.mp4", "frames/"])
    with pytest.raises(OptionError, match="a pipe cannot be adapted to"):
        check_adaptable(["clip.mp4", "-"])
