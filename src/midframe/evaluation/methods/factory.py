"""From the methods that a user names to methods that are ready."""

from __future__ import annotations

from collections.abc import Sequence

from midframe.engines.loading import load_model
from midframe.engines.protocols import Notify, ignore_notice
from midframe.errors import OptionError, UnknownModelError
from midframe.evaluation.methods.baselines import Blend, NearestFrame
from midframe.evaluation.methods.model import ModelMethod
from midframe.evaluation.methods.names import BASELINE_NAMES
from midframe.evaluation.methods.protocol import Method
from midframe.evaluation.methods.variants import ModelVariant
from midframe.evaluation.results import MethodInfo
from midframe.extras import pip_install
from midframe.models.download import Progress
from midframe.types import FrameFormat


def make_methods(
    rows: Sequence[ModelVariant | str],
    frame_format: FrameFormat,
    times: int,
    progress: Progress | None = None,
    notify: Notify = ignore_notice,
) -> tuple[Method, ...]:
    """Load models and make methods.

    Args:
        rows: See `midframe.evaluation.methods.variants.MethodSelection.rows`.
        frame_format: Format of the source.
        times: Frames to interpolate in an interval.
        progress: Reports the progress of downloads.
        notify: Called with sentences: what was ignored in a checkpoint, and what was reduced for lack of memory.

    Raises:
        WeightsError: No such model, or its checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
        DeviceError: No such device.
        OptionError: An option that a model cannot be run with, or libraries that are not installed.
        OutOfMemoryError: A model does not fit.
    """
    return tuple(
        make_baseline(row) if isinstance(row, str) else _make_model(row, frame_format, times, progress, notify)
        for row in rows
    )


def make_baseline(name: str) -> Method:
    """A method of `BASELINE_NAMES`.

    Raises:
        OptionError: The library that it needs is not installed.
    """
    if name == "blend":
        return Blend()
    if name == "hold":
        return NearestFrame()
    if name == "minterpolate":
        from midframe.evaluation.methods.minterpolate import Minterpolate

        return Minterpolate()
    try:
        from midframe.evaluation.methods.dense_flow import DisFlow
    except ModuleNotFoundError as error:
        message = f"`against=dis` needs OpenCV, which is not installed: {pip_install('opencv-python-headless')}"
        raise OptionError(message, option="against") from error
    return DisFlow()


def _make_model(
    variant: ModelVariant, frame_format: FrameFormat, times: int, progress: Progress | None, notify: Notify
) -> Method:
    try:
        network = load_model(variant.options, progress)
    except UnknownModelError as error:
        message = f"{error} Besides models, `against` takes {', '.join(BASELINE_NAMES)}."
        raise UnknownModelError(message, option="against") from error
    fitted = network.fitted(frame_format, times, variant.mode)
    for note in fitted.notes:
        notify(f"{variant.label}: {note}")
    engine = fitted.make_engine(lambda sentence: notify(f"{variant.label}: {sentence}"))
    settings = {
        **variant.settings,
        "architecture": fitted.name,
        "model_sha256": fitted.sha256,
        "device": engine.device_name,
    }
    return ModelMethod(MethodInfo(variant.name, variant.label, settings), engine, variant.mode)
