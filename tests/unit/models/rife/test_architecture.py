from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from tests.support.random_weights import random_tensors

from midframe.errors import CheckpointMismatchError, OptionError, UnrecognisedCheckpointError
from midframe.models.rife.architecture import RifeModel, check_ensemble, detect, load, recognise
from midframe.models.rife.spec import ROWS, Spec, spec_for_version


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_is_recognised_by_its_shapes(row: Spec) -> None:
    assert recognise(row.state_shapes(), Path("a.pkl")) is row


def test_what_resembles_a_row_is_detected_and_nothing_else() -> None:
    tensors = random_tensors(spec_for_version("4.15.lite"))
    assert detect(tensors)
    assert detect({f"module.{key}": tensor for key, tensor in tensors.items()})
    damaged = dict(list(tensors.items())[: len(tensors) * 2 // 3])
    assert detect(damaged)
    assert not detect({"gamma": np.zeros(1, np.float32)})
    assert not detect({})
    with pytest.raises(UnrecognisedCheckpointError, match="not a RIFE 4 checkpoint"):
        load({"gamma": np.zeros(1, np.float32)}, Path("a.pkl"))


def test_blocks_in_a_list_are_the_same_blocks() -> None:
    """As ComfyUI saves the network: "blocks.0.conv0…" for "block0.conv0…"."""
    tensors = random_tensors(spec_for_version("4.25"))
    listed = {re.sub(r"^block(\d)\.", r"blocks.\1.", key): tensor for key, tensor in tensors.items()}
    assert listed.keys() != tensors.keys()
    assert detect(listed)
    loaded = load(listed, Path("a.safetensors"))
    assert loaded.row == "4.25"
    assert all(np.array_equal(loaded.tensors[key], tensor) for key, tensor in tensors.items())
    with pytest.raises(CheckpointMismatchError, match="contains a tensor twice, as block0"):
        load({**tensors, **listed}, Path("a.safetensors"))


def test_rife_1_to_3_are_detected_to_be_named() -> None:
    assert detect({"block0.res0.conv1.0.weight": np.zeros(1, np.float32)})


def test_a_model_describes_itself() -> None:
    model = RifeModel(spec_for_version("4.26"), {})
    assert (model.architecture, model.row, model.description) == ("rife", "4.25", "RIFE 4.25 or 4.26")
    assert model.parameters == model.spec.parameters
    model.check(flow_scale=0.25, ensemble=False)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_ensemble_only_where_it_was_published(row: Spec) -> None:
    if row.ensemble:
        check_ensemble(row, ensemble=True)
    else:
        with pytest.raises(OptionError, match=f"{row.description} has no ensemble mode") as caught:
            check_ensemble(row, ensemble=True)
        assert caught.value.option == "ensemble"
