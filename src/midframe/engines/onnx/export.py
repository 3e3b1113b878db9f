"""Writing the network as one ONNX file, and comparing what the file gives with what midframe gives."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.atomic import atomic_path
from midframe.engines.loading import load_model
from midframe.engines.onnx.openvino_module import load_openvino
from midframe.engines.onnx.providers import OPENVINO, OPSETS, Warp
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Engine, EngineFrame
from midframe.engines.registry import make_engine
from midframe.errors import EngineError, OptionError, OutputExistsError, WriteError
from midframe.extras import is_installed, require_package
from midframe.models.download import Progress
from midframe.models.rife.architecture import RifeModel
from midframe.paths import user_path
from midframe.version import __version__

Floats = NDArray[np.float32]

LONGEST_SIDE = 16384
"""Pixels."""

CHECKED_SIZES = ((96, 160), (125, 187))
"""Rows and columns that files for any size are checked with: one that needs no padding for most rows, and one that
does."""

CHECKED_TIME = 0.375

BLOB = 4
"""Pixels from point to point of a random texture."""


@dataclass(frozen=True)
class Difference:
    """How far two results are apart, on a scale of 0 to 1.

    Attributes:
        largest: The largest difference of two samples.
        median: The median of all.
    """

    largest: float
    median: float

    @staticmethod
    def between(results: list[Floats], wanted: list[Floats]) -> Difference:
        """Over all samples of several frames."""
        apart = np.concatenate([np.abs(a - b).ravel() for a, b in zip(results, wanted, strict=True)])
        return Difference(float(apart.max()), float(np.median(apart)))


MOST_DIFFERENT = {False: Difference(1e-3, 1e-5), True: Difference(0.05, 2e-3)}
"""What a file may differ from midframe's own result; by whether convolutions are float16."""


@dataclass(frozen=True)
class ExportedModel:
    """A file that was written.

    Attributes:
        file: The file.
        checked_with: The library that ran it for the check; None if none is installed.
        difference: From midframe's own result, on made-up frames; None if it was not checked. On real frames it is
            smaller.
        allowed: What was allowed of it: with more, there would be no file.
        notes: Sentences about it.
    """

    file: Path
    checked_with: str | None
    difference: Difference | None
    allowed: Difference
    notes: tuple[str, ...]


def export_onnx(
    file: str | Path,
    engine: EngineOptions | None = None,
    *,
    height: int | None = None,
    width: int | None = None,
    opset: int = 16,
    half: bool = False,
    warp: Warp = "gridsample",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> ExportedModel:
    """Write the network as an ONNX file.

    Inputs of the graph: ``img0`` and ``img1``, (N, 3, H, W) float32 RGB in [0, 1], and ``timestep``, (N,) float32 in
    (0, 1). Output: ``frame``, of the same shape as the images. Padding is inside. The quality is "fast".

    Args:
        file: An ``.onnx`` file.
        engine: Model, flow scale and ensemble; the rest is of no effect. None for the defaults.
        height: Rows of the frames. Without height and width, the file takes any size, and any batch.
        width: Columns of the frames.
        opset: Version of ONNX's operators, 16 to 22.
        half: Whether the blocks' convolutions are float16. All else, flow and warps above all, is float32.
        warp: "gridsample", or "gather" for warps without that operator.
        overwrite: Whether a file that exists is replaced.
        progress: Reports the download of the weights.

    Raises:
        OptionError: An option is out of range, the model is not RIFE, or a library is missing.
        WeightsError: The weights cannot be used.
        OutputExistsError: The file exists.
        WriteError: It cannot be written.
        EngineError: What the file gives is not what midframe gives; no file is left.
    """
    given = engine or EngineOptions()
    if not isinstance(given, EngineOptions):
        raise OptionError(
            f"`engine` takes `EngineOptions`, such as `EngineOptions('4.6')`, not {given!r}.", option="engine"
        )
    target, size = user_path(file), _checked_size(height, width)
    _check_options(target, opset, overwrite=overwrite)
    require_package("onnx", "Exporting", option=None)
    from midframe.engines.graphs.layers import network_layers
    from midframe.engines.onnx.models import GraphOptions, whole_model

    options = replace(given, device="cpu", engine="auto", provider="auto", quality="fast")
    loaded = load_model(options, progress)
    model = loaded.checkpoint.model
    if not isinstance(model, RifeModel):
        raise OptionError(f"Only RIFE can be exported; {model.description} is of another architecture.", option="model")
    notes = list(loaded.checkpoint.notes)
    if model.spec.retry:
        notes.append(
            f"{model.spec.description} looks at very large motion a second time, and exported files do not: use a "
            "lower flow scale for such footage."
        )
        model = replace(model, spec=replace(model.spec, retry=False))
    multiple = model.spec.pad_multiple(options.flow_scale)
    properties = {
        "midframe.version": __version__,
        "midframe.model": model.description,
        "midframe.weights_sha256": loaded.sha256,
        "midframe.flow_scale": f"{options.flow_scale:g}",
        "midframe.ensemble": str(options.ensemble).lower(),
        "midframe.pad": str(multiple),
        "midframe.convolutions": "float16" if half else "float32",
        "midframe.warp": warp,
    }
    layers = network_layers(model.spec, model.tensors, flow_scale=options.flow_scale)
    content = whole_model(
        layers,
        multiple,
        GraphOptions(opset, warp, half),
        size=size,
        ensemble=options.ensemble,
        properties=properties,
    ).SerializeToString()
    library = next((name for name in ("onnxruntime", OPENVINO) if is_installed(name)), None)
    difference = None
    if library is not None:
        run = _runner(library, content)
        difference = compared(run, make_engine(model, options), [size] if size else list(CHECKED_SIZES))
        _require_close(difference, half=half, library=library)
    try:
        with atomic_path(target) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise WriteError(f"{target} could not be written: {error.strerror or error}.", path=target) from error
    return ExportedModel(target, library, difference, MOST_DIFFERENT[half], tuple(notes))


Run = Callable[[Floats, Floats, float], Floats]
"""Takes two images, (1, 3, H, W), and a time; yields the frame."""


def compared(run: Run, engine: Engine[Any], sizes: list[tuple[int, int]]) -> Difference:
    """How far what a file gives is from what an engine gives, on made-up frames, alike and not alike."""
    results, wanted = [], []
    for left, right in _frames(sizes):
        first, second = (np.ascontiguousarray(view.transpose(2, 0, 1)[np.newaxis]) for view in (left, right))
        results.append(run(first, second, CHECKED_TIME)[0].transpose(1, 2, 0))
        before, after = (engine.encode(EngineFrame(view, view)) for view in (left, right))
        wanted.append(engine.between(before, after, [CHECKED_TIME])[0])
    return Difference.between(results, wanted)


def _frames(sizes: list[tuple[int, int]]) -> Iterator[tuple[Floats, Floats]]:
    for rows, columns in sizes:
        yield _waves(rows, columns, 0), _waves(rows, columns, 5)
        texture = _texture(rows + 2, columns + 3, 0)
        yield texture[:rows, :columns], texture[2:, 3:]
        yield texture[:rows, :columns], _texture(rows, columns, 1)


def _waves(rows: int, columns: int, shift: int) -> Floats:
    """A pattern that moves to the right, (rows, columns, 3) in [0, 1]."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    planes = [np.sin((x - shift) / period) * np.cos(y / (period + 3)) / 2 + 0.5 for period in (7, 19, 41)]
    return np.stack(planes, axis=-1).astype(np.float32)


def _texture(rows: int, columns: int, seed: int) -> Floats:
    """Random blobs, (rows, columns, 3) in [0, 1]. Plain noise has no motion: rounding alone decides about its flow."""
    random = np.random.default_rng(seed)
    points: Floats = random.random((rows // BLOB + 2, columns // BLOB + 2, 3), dtype=np.float32)
    for axis, length in enumerate((rows, columns)):
        places = np.arange(length, dtype=np.float32) / BLOB
        first = places.astype(np.intp)
        share = (places % 1).reshape([-1 if each == axis else 1 for each in range(3)])
        lower, upper = points.take(first, axis), points.take(first + 1, axis)
        points = np.asarray(lower + (upper - lower) * share, np.float32)
    return points


def _runner(library: str, content: bytes) -> Run:
    """Runs a file's content on the CPU, as other programs would."""
    if library == OPENVINO:
        core: Any = load_openvino().Core()
        compiled = core.compile_model(core.read_model(content), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return lambda left, right, time: np.array(compiled([left, right, np.array([time], np.float32)])[0])
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run(left: Floats, right: Floats, time: float) -> Floats:
        (frame,) = session.run(None, {"img0": left, "img1": right, "timestep": np.array([time], np.float32)})
        result: Floats = frame
        return result

    return run


def _require_close(difference: Difference, *, half: bool, library: str) -> None:
    allowed = MOST_DIFFERENT[half]
    # Written so that NaN is refused, too.
    if not (difference.largest <= allowed.largest and difference.median <= allowed.median):
        raise EngineError(
            f"What {library} makes of the exported network differs from midframe's own result by up to "
            f"{difference.largest:.2g}, {difference.median:.2g} in the median, so the file was not written. Use "
            "another `opset` or `warp`, or another version of the library."
        )


def _checked_size(height: int | None, width: int | None) -> tuple[int, int] | None:
    for name, length in (("height", height), ("width", width)):
        if length is not None and not 1 <= length <= LONGEST_SIDE:
            raise OptionError(f"`{name}` must be from 1 to {LONGEST_SIDE}, not {length}.", option=name)
    if height is None and width is None:
        return None
    if height is None or width is None:
        missing = "height" if height is None else "width"
        raise OptionError("`height` and `width` go together: give both, or neither for any size.", option=missing)
    return height, width


def _check_options(file: Path, opset: int, *, overwrite: bool) -> None:
    first, last = OPSETS
    if not first <= opset <= last:
        raise OptionError(f"`opset` must be from {first} to {last}, not {opset}.", option="opset")
    if file.suffix.lower() != ".onnx":
        raise OptionError(f"{file} must end in .onnx.", path=file)
    if file.exists() and not overwrite:
        raise OutputExistsError(f"{file} exists; replace it with `overwrite`.", option="overwrite", path=file)
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise WriteError(f"The folder {file.parent} does not exist or cannot be written.", path=file)
