from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.random_weights import narrow, random_tensors

from midframe.engines.folding import fold_block, fold_encoder
from midframe.engines.ncnn.chains import RAW_FLOAT32, Chain, block_chain, encoder_chain
from midframe.models.rife.spec import ROWS, Spec, spec_for_version

FLOAT = 4


def block_of(spec: Spec, index: int = 0) -> Chain:
    return block_chain(fold_block(spec, random_tensors(spec), index))


def layers(chain: Chain) -> list[list[str]]:
    magic, counts, *lines = chain.text.splitlines()
    assert magic == "7767517"
    found = [line.split() for line in lines]
    assert counts.split() == [str(len(found)), str(sum(int(line[3]) for line in found))]
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_output_is_made_once_and_read_once(row: Spec) -> None:
    """What ncnn asks of a text."""
    for index in range(len(row.widths)):
        made: list[str] = []
        read: list[str] = []
        for _, _, inputs, outputs, *names in layers(block_of(narrow(row.name), index)):
            sources, results = names[: int(inputs)], names[int(inputs) : int(inputs) + int(outputs)]
            assert set(sources) <= set(made)
            read += sources
            made += results
        assert len(made) == len(set(made))
        assert sorted(read) == sorted(set(made) - {"output"})
        assert made[0] == "input"


def test_layers_of_a_block() -> None:
    kinds = [line[0] for line in layers(block_of(narrow("4.25")))]
    assert kinds == ["Input", "Permute", *["Convolution"] * 11, "Permute"]


def test_layers_of_the_oldest_blocks() -> None:
    """Slopes for each channel, and an input that is added to the trunk's output."""
    chain = layers(block_of(narrow("4.0")))
    kinds = [line[0] for line in chain]
    assert kinds[:7] == ["Input", "Permute", "Convolution", "PReLU", "Convolution", "PReLU", "Split"]
    assert kinds[-4:] == ["PReLU", "BinaryOp", "Convolution", "Permute"]
    split, added = (next(line for line in chain if line[0] == kind) for kind in ("Split", "BinaryOp"))
    assert split[-1] in added


def test_groups() -> None:
    row = replace(spec_for_version("4.14.lite"), widths=(32, 32, 32, 32))
    kinds = [line[0] for line in layers(block_of(row))]
    assert kinds.count("ConvolutionDepthWise") == 8
    assert all("7=2" in line for line in layers(block_of(row)) if line[0] == "ConvolutionDepthWise")


def test_parameters_of_a_convolution() -> None:
    spec = narrow("4.25")
    first = layers(block_of(spec))[2]
    outputs, inputs = spec.widths[0] // 2, spec.input_channels(0)
    size = outputs * inputs * 9
    assert first[6:] == [
        f"0={outputs}", "1=3", "3=2", "4=1", "5=1", f"6={size}", "9=2", "-23310=1,2.000000e-01"
    ]  # fmt: skip
    last = layers(block_of(spec))[-2]
    assert "1=2" in last
    assert not any(parameter.startswith("9=") for parameter in last)


def test_weights_follow_one_another() -> None:
    spec = narrow("4.25")
    block = fold_block(spec, random_tensors(spec), 0)
    chain = block_chain(block)
    convolutions = [*block.first, *block.trunk, block.last]
    assert len(chain.weights) == sum(FLOAT * (1 + each.weight.size + each.bias.size) for each in convolutions)
    assert chain.weights[:4] == RAW_FLOAT32
    first = np.frombuffer(chain.weights, np.float32, block.first[0].weight.size, 4)
    np.testing.assert_array_equal(first, block.first[0].weight.ravel())


@pytest.mark.parametrize("version", ["4.7", "4.25"])
def test_the_encoder(version: str) -> None:
    spec = narrow(version)
    folded = fold_encoder(spec, random_tensors(spec))
    assert folded is not None
    found = layers(encoder_chain(folded))
    assert [line[0] for line in found].count("Convolution") == 2 + len(folded.middle)
    # One version has no activations.
    activated = [line for line in found if any(part.startswith("9=") for part in line)]
    assert bool(activated) == (version != "4.7")


def test_files(tmp_path: Path) -> None:
    text, weights = Chain("layers", b"numbers").write(tmp_path)
    assert (text.read_text(), weights.read_bytes()) == ("layers", b"numbers")
