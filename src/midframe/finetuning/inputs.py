"""Adapting as commands do it: paths in, a file of weights out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions
from midframe.errors import CancelledError
from midframe.finetuning.adapt import Adapted, AdaptOptions, adapt, gate_quality
from midframe.finetuning.before_after import save_before_and_after
from midframe.finetuning.dataset import Clip
from midframe.finetuning.events import AdaptListener, Told
from midframe.jobs.fingerprint import fingerprint
from midframe.media.sources import open_source
from midframe.models.adapted import write_adapted
from midframe.models.checkpoints import load_checkpoint
from midframe.models.download import Progress
from midframe.models.provenance import Provenance


def adapt_files(
    inputs: Sequence[str | Path],
    output: Path,
    network: EngineOptions,
    options: AdaptOptions,
    listener: AdaptListener,
    *,
    sheet: Path | None = None,
    progress: Progress | None = None,
) -> Adapted:
    """Adapt a model to sequences and videos of one domain, and write the weights.

    Args:
        inputs: Whatever `midframe.media.sources.open_source` opens.
        output: Checked by `midframe.models.adapted.check_place`; replaced if it exists. If nothing is gained it holds
            the weights of the base.
        network: See `midframe.finetuning.adapt.adapt`.
        options: Likewise.
        listener: Likewise; closed at the end.
        sheet: For held-out places before and after; only written if something is gained.
        progress: Hears of downloads.

    Raises:
        CancelledError: The user stopped it; the best weights so far are in `output`, if any were better.
        InputError: An input or the model cannot be used.
        MidframeError: Of the kind that fits.
    """
    try:
        with ExitStack() as opened:
            clips = []
            for given in inputs:
                source = open_source(given)
                opened.callback(source.close)
                clips.append(Clip(Path(given).name or str(given), source))
                for note in source.notes:
                    listener(Told(note))
            checkpoint = load_model(network, progress).checkpoint
            adapted = adapt(clips, checkpoint, network, options, listener)
    except KeyboardInterrupt as interrupt:
        raise CancelledError("Stopped before anything was learnt; no weights were written.") from interrupt
    finally:
        listener.close()
    if adapted.interrupted and not adapted.better:
        raise CancelledError("Stopped. No weights so far were better than the model's; none were written.")
    write_adapted(output, adapted.tensors, adapted.provenance)
    if adapted.better and sheet is not None:
        save_before_and_after(adapted.shown, sheet)
    if adapted.interrupted:
        raise CancelledError(f"Stopped. The best weights so far are in {output}. {adapted.sentence}")
    return adapted


def adapted_before(
    path: Path, inputs: Sequence[str | Path], network: EngineOptions, progress: Progress | None = None
) -> Provenance | None:
    """Of weights that were adapted earlier from the same model to the same inputs; None if there are none.

    Args:
        path: Where they would be.
        inputs: As for `adapt_files`.
        network: Its model is the base; they must have been held to its quality.
        progress: Hears of downloads.

    Raises:
        InputError: An input or a model cannot be used.
    """
    if not path.exists():
        return None
    found = load_checkpoint(path).provenance
    if found is None or found.base_sha256 != load_model(network, progress).sha256:
        return None
    if found.settings.get("quality") != gate_quality(network):
        return None
    marks = []
    for given in inputs:
        source = open_source(given)
        try:
            marks.append({"name": Path(given).name or str(given), **fingerprint(source)})
        finally:
            source.close()
    return found if [dict(each) for each in found.inputs] == marks else None
