"""From the methods that a user names to methods that are ready."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from midframe.engines.loading import check_choice, load_model
from midframe.engines.protocols import Notify, ignore_notice
from midframe.errors import UnknownModelError
from midframe.evaluation.methods.baselines import Blend, NearestFrame
from midframe.evaluation.methods.model import ModelMethod
from midframe.evaluation.methods.names import BASELINE_NAMES
from midframe.evaluation.methods.protocol import Method
from midframe.evaluation.methods.variants import ModelVariant
from midframe.evaluation.results import MethodInfo
from midframe.extras import require_package
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


def check_methods(rows: Sequence[ModelVariant | str]) -> None:
    """Check everything about methods that can be known without reading or fetching weights.

    Args:
        rows: See `make_methods`. The first model is the one that the evaluation is about.

    Raises:
        WeightsError: No such model.
        DeviceError: No such device.
        OptionError: An option that a model cannot be run with, or a library that is not installed.
    """
    asked_for = next(row.options.model for row in rows if isinstance(row, ModelVariant))
    for row in rows:
        if isinstance(row, ModelVariant):
            with nullcontext() if row.options.model == asked_for else _besides_models():
                check_choice(row.options)
        elif row == "dis":
            require_package("cv2", "`against=dis`", option="against")


@contextmanager
def _besides_models() -> Iterator[None]:
    """Where no model has a name, it may be a method that was meant."""
    try:
        yield
    except UnknownModelError as error:
        message = f"{error} Besides models, `against` takes {', '.join(BASELINE_NAMES)}."
        raise UnknownModelError(message, option="against") from error


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
    require_package("cv2", "`against=dis`", option="against")
    from midframe.evaluation.methods.dense_flow import DisFlow

    return DisFlow()


def _make_model(
    variant: ModelVariant, frame_format: FrameFormat, times: int, progress: Progress | None, notify: Notify
) -> Method:
    with _besides_models():
        network = load_model(variant.options, progress)
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
