"""Every kind of input through the whole job: format × depth × channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.command_line import run_in_process
from tests.support.samples import Sample, picture, read_only_matrix, sample_matrix, write_sequence

from midframe.media.images.codecs import codec_for
from midframe.media.sources import open_source


@pytest.mark.parametrize("sample", sample_matrix(), ids=lambda sample: sample.id)
def test_output_is_like_the_input(sample: Sample, tmp_path: Path) -> None:
    sources = write_sequence(tmp_path / "in", sample)

    run_in_process("run", tmp_path / "in", "-o", tmp_path / "out", "--static-threshold", "off")

    results = sorted((tmp_path / "out").iterdir())
    assert [path.suffix for path in results] == [sources[0].suffix] * 5
    for source, result in zip(sources, results[::2], strict=True):
        assert result.read_bytes() == source.read_bytes()
    codec = codec_for(sources[0])
    left, right = (codec.read(path).samples.astype(np.float64) for path in sources[:2])
    drawn_frame = codec.read(results[1])
    assert drawn_frame.format == codec.read(sources[0]).format
    drawn = drawn_frame.samples.astype(np.float64)
    assert not np.array_equal(drawn, left)
    # A blend of the two frames' samples can leave neither their range nor (much) their neighbourhood.
    slack = 0.02 * (max(left.max(), right.max()) - min(left.min(), right.min()))
    if sample.suffix not in (".jpg", ".gif", ".webp"):
        if drawn_frame.format.alpha is None or drawn_frame.format.alpha.premultiplied:
            assert drawn.min() >= min(left.min(), right.min()) - slack
            assert drawn.max() <= max(left.max(), right.max()) + slack
        assert drawn.max() > 0.5 * max(left.max(), right.max())


@pytest.mark.parametrize("sample", read_only_matrix(), ids=lambda sample: sample.id)
def test_what_is_only_read_goes_into_a_format_that_holds_it(sample: Sample, tmp_path: Path) -> None:
    sources = write_sequence(tmp_path / "in", sample, count=2)

    run_in_process("run", tmp_path / "in", "-o", tmp_path / "out", "--static-threshold", "off", "--cuts", "off")

    results = sorted((tmp_path / "out").iterdir())
    assert len(results) == 3
    source, first = codec_for(sources[0]).read(sources[0]), codec_for(results[0]).read(results[0])
    assert (first.format.channels, first.format.dtype) == (source.format.channels, source.format.dtype)
    np.testing.assert_array_equal(first.samples, source.samples)


@pytest.mark.parametrize(
    ("suffix", "low", "high"), [(".tif", 0.0, 40000.0), (".tif", -300.0, 700.0), (".exr", 0.0, 50.0)]
)
def test_float_ranges_stay_intact(suffix: str, low: float, high: float, tmp_path: Path) -> None:
    sample = next(each for each in sample_matrix() if each.suffix == suffix and each.id.endswith("float32-3"))
    paths = write_sequence(tmp_path / "in", sample, count=2, width=64, height=48)
    codec = codec_for(paths[0])
    for position, path in enumerate(paths):
        frame = codec.read(path)
        samples = picture(frame.format, position)
        unit = (samples - samples.min()) / (samples.max() - samples.min())
        codec.write(path, frame.with_samples((low + unit * (high - low)).astype(np.float32)))

    run_in_process("run", tmp_path / "in", "-o", tmp_path / "out", "--static-threshold", "off")

    drawn = codec.read(sorted((tmp_path / "out").iterdir())[1]).samples
    span = high - low
    assert drawn.max() == pytest.approx(high, abs=0.15 * span)
    assert drawn.min() == pytest.approx(low, abs=0.15 * span)


def test_stack_in_stack_out(tmp_path: Path) -> None:
    import tifffile

    stack = np.random.default_rng(0).integers(0, 4000, (4, 40, 48), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", stack, compression="zlib", photometric="minisblack")

    run_in_process("run", tmp_path / "stack.tif", "-o", tmp_path / "slow.tif", "-x", "3")

    result = open_source(tmp_path / "slow.tif")
    assert len(result) == 10
    for index in range(4):
        np.testing.assert_array_equal(result.read(3 * index).samples[:, :, 0], stack[index])
    assert result.format.dtype == np.uint16


def test_each_depth_of_a_stack_is_interpolated_by_itself(tmp_path: Path) -> None:
    """What two depths of a stack with time become is what each becomes alone."""
    import tifffile

    random = np.random.default_rng(1)
    textures = [np.repeat(np.repeat(random.integers(0, 60000, (12, 24)), 4, 0), 4, 1).astype(np.uint16) for _ in "ab"]
    depths = [
        np.stack([np.roll(texture, 2 * sign * time, 1) for time in range(2)])
        for texture, sign in zip(textures, (1, -1), strict=True)
    ]
    imagej: dict[str, Any] = {"imagej": True, "photometric": "minisblack"}
    tifffile.imwrite(tmp_path / "both.tif", np.stack(depths, axis=1), metadata={"axes": "TZYX"}, **imagej)
    for number, depth in enumerate(depths):
        tifffile.imwrite(tmp_path / f"{number}.tif", depth, metadata={"axes": "TYX"}, **imagej)

    for name in ("both", "0", "1"):
        run_in_process(
            "run",
            tmp_path / f"{name}.tif",
            "-o",
            tmp_path / f"{name}_out.tif",
            "--static-threshold",
            "off",
            "--cuts",
            "off",
        )

    both = tifffile.imread(tmp_path / "both_out.tif")
    assert both.shape == (3, 2, 48, 96)
    for number in range(2):
        alone = tifffile.imread(tmp_path / f"{number}_out.tif").astype(int)
        # The range of the view is that of both depths, which hardly differ here.
        assert np.abs(both[:, number].astype(int) - alone).max() < 1200


def test_transparent_pixels_lend_no_colour(tmp_path: Path) -> None:
    """Hidden green under full transparency must not shine into the visible edge of a moving red square."""
    sample = next(each for each in sample_matrix() if each.suffix == ".png" and each.id.endswith("uint8-4-straight"))
    paths = write_sequence(tmp_path / "in", sample, count=2, width=96, height=64)
    codec = codec_for(paths[0])
    for position, path in enumerate(paths):
        frame = codec.read(path)
        samples = np.zeros_like(frame.samples)
        samples[:] = (0, 255, 0, 0)
        samples[20:44, 20 + 8 * position : 44 + 8 * position] = (255, 0, 0, 255)
        codec.write(path, frame.with_samples(samples))

    run_in_process("run", tmp_path / "in", "-o", tmp_path / "out", "--static-threshold", "off")

    drawn = codec.read(sorted((tmp_path / "out").iterdir())[1]).samples
    visible = drawn[drawn[..., 3] > 8]
    assert len(visible) > 300
    assert visible[:, 1].max() <= 2
