"""From what users say to contenders that are ready."""

from __future__ import annotations

from collections.abc import Sequence

from midframe.engines.loading import load_model
from midframe.engines.protocols import Notify, ignore_notice
from midframe.errors import OptionError, UnknownModelError
from midframe.evaluation.methods.model import NetworkDrawer
from midframe.evaluation.methods.names import PLAIN_NAMES, Variant
from midframe.evaluation.methods.plain import BlendDrawer, HoldDrawer
from midframe.evaluation.methods.protocol import Drawer
from midframe.evaluation.results import Contender
from midframe.models.download import Progress
from midframe.types import FrameFormat


def choose(
    rows: Sequence[Variant | str],
    frame_format: FrameFormat,
    times: int,
    progress: Progress | None = None,
    notify: Notify = ignore_notice,
) -> tuple[Drawer, ...]:
    """Load networks and make contenders.

    Args:
        rows: See `midframe.evaluation.methods.names.Wanted.rows`.
        frame_format: Of the source.
        times: Frames drawn in an interval.
        progress: Hears of downloads.
        notify: Is given sentences: what was ignored in a checkpoint, and that a network steps down for lack of memory.

    Raises:
        WeightsError: No such model, or its checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
        DeviceError: No such device.
        OptionError: An option that a network cannot be run with, or libraries that are not installed.
        OutOfMemoryError: A network does not fit.
    """
    return tuple(
        make_plain(row) if isinstance(row, str) else _make_network(row, frame_format, times, progress, notify)
        for row in rows
    )


def make_plain(name: str) -> Drawer:
    """A contender of `PLAIN_NAMES`.

    Raises:
        OptionError: The library that it needs is not installed.
    """
    if name == "blend":
        return BlendDrawer()
    if name == "hold":
        return HoldDrawer()
    if name == "minterpolate":
        from midframe.evaluation.methods.minterpolate import MinterpolateDrawer

        return MinterpolateDrawer()
    try:
        from midframe.evaluation.methods.dense_flow import DisDrawer
    except ModuleNotFoundError as error:
        raise OptionError('--against dis needs OpenCV: pip install "midframe[evaluate]".') from error
    return DisDrawer()


def _make_network(
    variant: Variant, frame_format: FrameFormat, times: int, progress: Progress | None, notify: Notify
) -> Drawer:
    try:
        network = load_model(variant.options, progress)
    except UnknownModelError as error:
        raise UnknownModelError(f"{error} Besides models, --against takes {', '.join(PLAIN_NAMES)}.") from error
    fitted = network.fitted(frame_format, times, variant.mode)
    for note in fitted.notes:
        notify(f"{variant.name}: {note}")
    engine = fitted.make_engine(lambda sentence: notify(f"{variant.name}: {sentence}"))
    settings = {
        **variant.settings,
        "architecture": fitted.name,
        "model_sha256": fitted.sha256,
        "device": engine.device_name,
    }
    return NetworkDrawer(Contender(variant.name, variant.label, settings), engine, variant.mode)
