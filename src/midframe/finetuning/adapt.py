"""Adapting a model to files or to the inputs of jobs, and writing the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from midframe.atomic import write_json_atomically
from midframe.engines.loading import check_choice, load_model
from midframe.engines.options import EngineOptions
from midframe.errors import CancelledError, OutputExistsError, WriteError
from midframe.finetuning.adaptation import AdaptResult, adapt_weights, validation_quality
from midframe.finetuning.before_after import save_before_and_after
from midframe.finetuning.dataset import TrainingClip
from midframe.finetuning.options import AdaptOptions, check_adaptable
from midframe.finetuning.places import check_places, require_space_for
from midframe.jobs.fingerprint import fingerprint
from midframe.jobs.journal import read_journal
from midframe.jobs.resolve import ResolvedJob
from midframe.media.output_lock import exclusive_output
from midframe.media.output_paths import require_possible_file
from midframe.media.sources import open_source
from midframe.models.adapted import SUFFIX, check_place, write_adapted
from midframe.models.checkpoints import load_checkpoint
from midframe.models.download import Progress
from midframe.models.provenance import Provenance
from midframe.runtime.events import Notice, Reporter


@dataclass(frozen=True)
class AdaptedModel:
    """A model adapted to the inputs of jobs.

    Attributes:
        path: The file of weights; None where nothing was gained, and none was written.
        network: The options of the jobs' network: with `path` as the model if it is better, else unchanged.
        message: A sentence for the user.
    """

    path: Path | None
    network: EngineOptions
    message: str


def adapt_inputs(
    inputs: Sequence[str | Path],
    output: Path,
    network: EngineOptions,
    options: AdaptOptions,
    reporter: Reporter,
    *,
    sheet: Path | None = None,
    report: Path | None = None,
    overwrite: bool = False,
    downloads: Progress | None = None,
) -> AdaptResult:
    """Adapt a model to sequences and videos of one domain, and write the weights.

    Args:
        inputs: Inputs for `midframe.media.sources.open_source`.
        output: The file of weights, written only if something is gained.
        network: See `midframe.finetuning.adaptation.adapt_weights`.
        options: See `AdaptOptions`.
        reporter: See `midframe.finetuning.adaptation.adapt_weights`; closed at the end.
        sheet: File for a contact sheet of held-out patches before and after, written only if something is gained;
            None for none.
        report: File for a JSON report; None for none.
        overwrite: Whether files that exist may be replaced.
        downloads: Receives the progress of downloads.

    Raises:
        CancelledError: The user stopped it; the best weights so far are in `output`, if any were better.
        OptionError: An output or an input is not possible.
        OutputInUseError: Another run writes the same file.
        InputError: An input or the model cannot be used.
        WriteError: An output cannot be written.
        MidframeError: See `midframe.finetuning.adaptation.adapt_weights`.
    """
    check_adaptable(inputs)
    check_choice(network)
    check_places(output, sheet, report, overwrite=overwrite)
    with exclusive_output(output):
        with _training(reporter), ExitStack() as sources:
            clips = []
            for path in inputs:
                source = open_source(path)
                sources.callback(source.close)
                clips.append(TrainingClip(_clip_name(path), source))
            read = [file for clip in clips for file in clip.source.files] + [Path(network.model)]
            check_places(output, sheet, report, overwrite=overwrite, inputs=read)
            result = _adapt_clips(clips, network, options, reporter, downloads, output)
        _save(result, output, sheet)
        if report is not None:
            _write_report(report, result)
    return result


def adapt_model(
    jobs: Sequence[ResolvedJob],
    network: EngineOptions,
    options: AdaptOptions,
    reporter: Reporter,
    *,
    output: Path | None = None,
    overwrite: bool = False,
    downloads: Progress | None = None,
) -> AdaptedModel:
    """Adapt a model to the inputs of jobs, unless an earlier run has done so, and keep the weights next to the outputs.

    Args:
        jobs: At least one job; none of them reads a pipe. Their sources are read and stay open.
        network: The network of the jobs; see `midframe.finetuning.adaptation.adapt_weights`.
        options: See `AdaptOptions`.
        reporter: See `midframe.finetuning.adaptation.adapt_weights`; closed at the end.
        output: The folder of the outputs of several jobs; None for next to each input.
        overwrite: Whether weights adapted to other inputs or with other settings may be replaced.
        downloads: Receives the progress of downloads.

    Raises:
        CancelledError: The user stopped it; the best weights so far are in the file, if any were better.
        OptionError: A file of other adapted weights exists, or a job reads a pipe.
        OutputExistsError: A file of weights exists that was not made by adapting.
        OutputInUseError: Another run writes the same file.
        InputError: The model cannot be used.
        WriteError: The weights cannot be written.
        MidframeError: See `midframe.finetuning.adaptation.adapt_weights`.
    """
    clips = _clips_of(jobs)
    path = weights_path(jobs, output)
    require_possible_file(path, [Path(network.model)])
    with exclusive_output(path):
        with _training(reporter):
            provenance = earlier_provenance(path, clips, network, downloads)
            if provenance is not None:
                message = f"The weights in {path} were adapted to this input earlier; they are reused."
                return AdaptedModel(path, replace(network, model=path) if provenance.adapted else network, message)
            if _were_begun_without(jobs, network, downloads):
                message = "Not adapted, as the interrupted run was not. The original model is used again."
                return AdaptedModel(None, network, message)
            check_place(path, replace=overwrite)
            _require_adapted(path)
            result = _adapt_clips(clips, network, options, reporter, downloads, path)
        _save(result, path)
    if not result.better:
        return AdaptedModel(None, network, f"{result.message} The original model is used.")
    return AdaptedModel(path, replace(network, model=path), f"{result.message} The weights are in {path}.")


def weights_path(jobs: Sequence[ResolvedJob], output: Path | None) -> Path:
    """The file of weights adapted to the inputs of jobs: next to the output, or in the folder of several outputs."""
    first = jobs[0].path
    if len(jobs) > 1:
        return (output or first.parent) / f"adapted{SUFFIX}"
    return first.with_name(f"{first.name if first.is_dir() or not first.suffix else first.stem}{SUFFIX}")


def earlier_provenance(
    path: Path, clips: Sequence[TrainingClip], network: EngineOptions, downloads: Progress | None = None
) -> Provenance | None:
    """The provenance of weights that an earlier run adapted from the same model to the same clips, if there are any.

    Args:
        path: The file of weights; it need not exist.
        clips: The clips.
        network: Its model is the base; its quality must be the one that the weights were validated with.
        downloads: Receives the progress of downloads.

    Raises:
        InputError: A model cannot be used.
    """
    if not path.exists():
        return None
    provenance = load_checkpoint(path).provenance
    if provenance is None or provenance.base_sha256 != load_model(network, downloads).sha256:
        return None
    if provenance.settings.get("quality") != validation_quality(network):
        return None
    fingerprints = [{"name": clip.name, **fingerprint(clip.source)} for clip in clips]
    return provenance if [dict(found) for found in provenance.inputs] == fingerprints else None


def _were_begun_without(jobs: Sequence[ResolvedJob], network: EngineOptions, downloads: Progress | None) -> bool:
    """Whether an interrupted run, which is to be resumed, has used the model as it was.

    Training for a time may end differently: the rest of an output must not get other weights than its beginning.

    Raises:
        InputError: The model cannot be used, or a journal is damaged.
    """
    records = [read_journal(job.journal) for job in jobs if job.resume and job.journal is not None]
    models = {record.settings.get("model_sha256") for record in records if record is not None}
    return bool(models) and load_model(network, downloads).sha256 in models


def _require_adapted(path: Path) -> None:
    """Refuse to replace weights that were not made by adapting: their place follows from that of the output.

    Raises:
        OutputExistsError: There are such.
    """
    if path.exists() and load_checkpoint(path).provenance is None:
        raise OutputExistsError(
            f"{path} exists, and was not made by adapting. Move it away, or choose another output.",
            option="output",
            path=path,
        )


def _clips_of(jobs: Sequence[ResolvedJob]) -> list[TrainingClip]:
    check_adaptable([job.input for job in jobs])
    sources = [(job.input, job.whole_source.seekable) for job in jobs]
    return [TrainingClip(_clip_name(path), source) for path, source in sources if source is not None]


def _clip_name(path: str | Path) -> str:
    return Path(path).name or str(path)


@contextmanager
def _training(reporter: Reporter) -> Iterator[None]:
    """Close the reporter at the end, and turn Ctrl+C outside the training loop into an error."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        raise CancelledError("Stopped before training; no weights were written.") from interrupt
    finally:
        reporter.close()


def _adapt_clips(
    clips: Sequence[TrainingClip],
    network: EngineOptions,
    options: AdaptOptions,
    reporter: Reporter,
    downloads: Progress | None,
    output: Path,
) -> AdaptResult:
    for clip in clips:
        for note in clip.source.notes:
            reporter(Notice(note))
    checkpoint = load_model(network, downloads).checkpoint
    require_space_for(output, sum(tensor.nbytes for tensor in checkpoint.model.tensors.values()))
    return adapt_weights(clips, checkpoint, network, options, reporter)


def _save(result: AdaptResult, output: Path, sheet: Path | None = None) -> None:
    """Write the weights and the contact sheet, if anything was gained.

    Raises:
        CancelledError: The user stopped adapting; better weights were written.
        WriteError: A file cannot be written.
    """
    if result.interrupted and not result.better:
        raise CancelledError("Stopped. No weights so far were better than the model's; none were written.")
    if not result.better:
        return
    write_adapted(output, result.tensors, result.provenance)
    if sheet is not None:
        save_before_and_after(result.examples, sheet)
    if result.interrupted:
        raise CancelledError(f"Stopped. The best weights so far are in {output}. {result.message}", path=output)


def _write_report(path: Path, result: AdaptResult) -> None:
    fields = {
        "better": result.better,
        "sentence": result.message,
        "steps": result.steps,
        "best_step": result.best_step,
        "seconds": round(result.seconds, 2),
        "device": result.device,
        "provenance": asdict(result.provenance),
    }
    try:
        write_json_atomically(path, fields)
    except OSError as error:
        raise WriteError(f"The report {path} cannot be written: {error.strerror or error}.", path=path) from error
