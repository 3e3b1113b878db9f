"""Adapting files: what is written when, and what Ctrl+C leaves."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import run_in_process, write_png
from tests.support.random_weights import random_tensors
from tests.support.training_sources import moving

from midframe.engines.options import EngineOptions
from midframe.errors import CancelledError, InputError, OptionError, OutputExistsError, OutputInUseError, SequenceError
from midframe.finetuning import adapt
from midframe.finetuning.adapt import adapt_inputs, adapt_model, earlier_provenance
from midframe.finetuning.adaptation import AdaptResult
from midframe.finetuning.dataset import TrainingClip
from midframe.finetuning.options import AdaptOptions
from midframe.jobs.fingerprint import fingerprint
from midframe.jobs.journal import Journal, ResumePoint
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.media.output_lock import exclusive_output
from midframe.media.sources import SequenceSource, open_source
from midframe.media.video import write_h264
from midframe.media.video.reading.source import VideoSource
from midframe.models.adapted import digest
from midframe.models.checkpoints import load_checkpoint
from midframe.models.provenance import Provenance
from midframe.models.rife.spec import spec_for_version
from midframe.runtime.events import Reporter

SPEC = spec_for_version("4.15.lite")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    from safetensors.numpy import save_file

    path = tmp_path / "base.safetensors"
    save_file(random_tensors(SPEC), path)
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    folder = tmp_path / "clip"
    folder.mkdir()
    for number, picture in enumerate(moving(4)):
        write_png(folder / f"{number}.png", picture)
    return folder


def make_result(clips: Any, checkpoint: Any, **changes: Any) -> AdaptResult:
    """A possible result of adapting."""
    provenance = Provenance(
        "0.1.0",
        "base",
        checkpoint.sha256,
        SPEC.name,
        digest(checkpoint.model.tensors),
        tuple({"name": clip.name, **fingerprint(clip.source)} for clip in clips),
        {"quality": "default"},
        {"gain": 0.3},
    )
    usual = AdaptResult(checkpoint.model.tensors, provenance, True, "Gained.", False, 20, 20, 1.0, "cpu")
    return replace(usual, **changes)


def replace_training(
    monkeypatch: pytest.MonkeyPatch, *, raises: bool = False, reads: bool = False, **changes: Any
) -> list[Any]:
    """Replace training by a result, with `reads` after reading; the list receives the clips of every call."""
    calls = []

    def stand_in(clips: Any, checkpoint: Any, network: Any, options: Any, reporter: Any) -> AdaptResult:
        calls.append(clips)
        if raises:
            raise KeyboardInterrupt
        if reads:
            for clip in clips:
                clip.source.read(len(clip.source) - 1)
        return make_result(clips, checkpoint, **changes)

    monkeypatch.setattr(adapt, "adapt_weights", stand_in)
    return calls


def adapt_with(monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, output: Path, **changes: Any) -> AdaptResult:
    replace_training(monkeypatch, **changes)
    return adapt_inputs([clip], output, EngineOptions(base, "cpu"), AdaptOptions(), Reporter())


def earlier(output: Path, clip: Path, network: EngineOptions) -> Provenance | None:
    return earlier_provenance(output, [TrainingClip(clip.name, open_source(clip))], network)


def count_opens(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders and videos that are opened and probed from now on."""
    opened = []
    open_sequence, open_video = SequenceSource.__init__, VideoSource.__init__

    def count_sequence(self: SequenceSource, sequence: Any) -> None:
        opened.append(sequence.paths[0].parent)
        open_sequence(self, sequence)

    def count_video(self: VideoSource, path: Path, *options: Any) -> None:
        opened.append(path)
        open_video(self, path, *options)

    monkeypatch.setattr(SequenceSource, "__init__", count_sequence)
    monkeypatch.setattr(VideoSource, "__init__", count_video)
    return opened


def test_weights_are_written_and_known_again(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    output = tmp_path / "my.safetensors"
    network = EngineOptions(base, "cpu")
    assert earlier(output, clip, network) is None
    written = adapt_with(monkeypatch, clip, base, output).provenance
    assert load_checkpoint(output).provenance == written
    assert earlier(output, clip, network) == written
    assert earlier(output, clip, replace(network, quality="best")) == written
    assert earlier(output, clip, replace(network, quality="fast")) is None
    write_png(clip / "4.png", moving(5)[4])
    assert earlier(output, clip, network) is None
    assert earlier(base, clip, network) is None


def test_weights_of_another_base_do_not_count(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    output = tmp_path / "my.safetensors"
    adapt_with(monkeypatch, clip, base, output)
    assert earlier(output, clip, EngineOptions(output, "cpu")) is None


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        ({"output": "base.safetensors"}, SequenceError, "is the input"),
        ({"sheet": "clip/0.png"}, SequenceError, "is the input"),
        ({"report": "clip/0.png"}, SequenceError, "is the input"),
        ({"report": "link.png"}, OptionError, "is a symbolic link"),
        ({"report": "a.safetensors"}, OptionError, "Two outputs would be"),
        ({"sheet": "new.png", "report": "./new.png"}, OptionError, "Two outputs would be"),
    ],
    ids=str,
)
def test_no_output_takes_the_place_of_another_file(
    monkeypatch: pytest.MonkeyPatch,
    clip: Path,
    base: Path,
    tmp_path: Path,
    names: dict[str, str],
    error: type[InputError],
    words: str,
) -> None:
    calls = replace_training(monkeypatch)
    (tmp_path / "link.png").symlink_to(clip / "0.png")
    paths = {name: tmp_path / path for name, path in names.items()}
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    network = EngineOptions(base, "cpu")
    with pytest.raises(error, match=words):
        adapt_inputs(
            [clip],
            paths.get("output", tmp_path / "a.safetensors"),
            network,
            AdaptOptions(),
            Reporter(),
            sheet=paths.get("sheet"),
            report=paths.get("report"),
            overwrite=True,
        )
    assert not calls
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["sheet", "report"])
def test_files_beside_the_weights_are_replaced_on_request_only(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path, name: str
) -> None:
    calls = replace_training(monkeypatch)
    (tmp_path / "mine.png").write_bytes(b"mine")
    with pytest.raises(OutputExistsError):
        adapt_inputs(
            [clip],
            tmp_path / "a.safetensors",
            EngineOptions(base, "cpu"),
            AdaptOptions(),
            Reporter(),
            sheet=tmp_path / "mine.png" if name == "sheet" else None,
            report=tmp_path / "mine.png" if name == "report" else None,
        )
    assert not calls
    assert (tmp_path / "mine.png").read_bytes() == b"mine"


def test_two_runs_do_not_write_one_file(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    calls = replace_training(monkeypatch)
    network, output = EngineOptions(base, "cpu"), tmp_path / "out.safetensors"
    job = resolve_job(JobOptions(clip, tmp_path / "out"))
    with exclusive_output(output):
        with pytest.raises(OutputInUseError):
            adapt_inputs([clip], output, network, AdaptOptions(), Reporter())
        with pytest.raises(OutputInUseError):
            adapt_model([job], network, AdaptOptions(), Reporter())
    assert not calls
    assert not output.exists()


def test_an_earlier_report_is_replaced(monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path) -> None:
    replace_training(monkeypatch)
    for name in ("a", "b"):
        report, network = tmp_path / "report.json", EngineOptions(base, "cpu")
        adapt_inputs([clip], tmp_path / f"{name}.safetensors", network, AdaptOptions(), Reporter(), report=report)


def test_a_report_has_all_figures(monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path) -> None:
    replace_training(monkeypatch)
    report = tmp_path / "report.json"
    network = EngineOptions(base, "cpu")
    adapt_inputs([clip], tmp_path / "my.safetensors", network, AdaptOptions(), Reporter(), report=report)
    found = json.loads(report.read_text(encoding="utf-8"))
    assert list(found) == ["better", "sentence", "steps", "best_step", "seconds", "device", "provenance"]
    assert found["sentence"] == "Gained."
    assert found["provenance"]["gains"] == {"gain": 0.3}
    assert not list(tmp_path.glob(".*"))


def test_jobs_use_the_weights_if_they_are_better(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    job = resolve_job(JobOptions(clip, tmp_path / "out"))
    calls = replace_training(monkeypatch)
    network = EngineOptions(base, "cpu")
    opened = count_opens(monkeypatch)
    adapted = adapt_model([job], network, AdaptOptions(), Reporter())
    assert adapted.path == tmp_path / "out.safetensors"
    assert adapted.message == f"Gained. The weights are in {adapted.path}."
    assert adapted.network == replace(network, model=adapted.path)
    again = adapt_model([job], network, AdaptOptions(), Reporter())
    assert again.message.endswith("were adapted to this input earlier; they are reused.")
    assert again.network == adapted.network
    assert len(calls) == 1
    assert calls[0][0].source is job.source
    assert not opened


def test_jobs_use_the_model_as_it_is_where_nothing_is_gained(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    replace_training(monkeypatch, better=False, message="Not adapted: 5 frames are too few.")
    network = EngineOptions(base, "cpu")
    before = set(tmp_path.rglob("*"))
    adapted = adapt_model(
        [resolve_job(JobOptions(clip, tmp_path / "new" / "out"))], network, AdaptOptions(), Reporter()
    )
    assert adapted.message == "Not adapted: 5 frames are too few. The original model is used."
    assert (adapted.path, adapted.network) == (None, network)
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("base_was_used", "trained"), [(True, 0), (False, 1)])
def test_a_job_that_began_with_the_model_as_it_is_resumes_with_it(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path, base_was_used: bool, trained: int
) -> None:
    output = tmp_path / "out"
    job = resolve_job(JobOptions(clip, output, resume=True))
    assert job.journal is not None
    output.mkdir()
    sha256 = load_checkpoint(base).sha256 if base_was_used else "0" * 64
    Journal(job.journal, {"model_sha256": sha256}, ResumePoint(), lambda: 0).close()
    calls = replace_training(monkeypatch)
    network = EngineOptions(base, "cpu")
    adapted = adapt_model([job], network, AdaptOptions(), Reporter())
    assert len(calls) == trained
    assert (adapted.network == network) == base_was_used


def test_nothing_is_written_where_nothing_is_gained(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    before = set(tmp_path.rglob("*"))
    assert not adapt_with(monkeypatch, clip, base, tmp_path / "my.safetensors", better=False).better
    assert set(tmp_path.rglob("*")) == before


def test_weights_of_several_jobs_go_into_their_folder(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    replace_training(monkeypatch)
    jobs = [resolve_job(JobOptions(clip, tmp_path / "all" / name)) for name in ("a", "b")]
    adapted = adapt_model(jobs, EngineOptions(base, "cpu"), AdaptOptions(), Reporter(), output=tmp_path / "all")
    assert adapted.path == tmp_path / "all" / "adapted.safetensors"
    assert adapted.path.exists()


def test_weights_of_other_inputs_are_not_replaced(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    replace_training(monkeypatch)
    job = resolve_job(JobOptions(clip, tmp_path / "out"))
    adapt_model([job], EngineOptions(base, "cpu"), AdaptOptions(), Reporter())
    other = EngineOptions(base, "cpu", quality="fast")
    with pytest.raises(OutputExistsError, match="Choose another name"):
        adapt_model([job], other, AdaptOptions(), Reporter())
    adapt_model([job], other, AdaptOptions(), Reporter(), overwrite=True)


def test_weights_that_were_not_adapted_are_never_replaced(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    calls = replace_training(monkeypatch)
    mine = tmp_path / "out.safetensors"
    mine.write_bytes(base.read_bytes())
    job = resolve_job(JobOptions(clip, tmp_path / "out"))
    with pytest.raises(OutputExistsError, match="was not made by adapting"):
        adapt_model([job], EngineOptions(base, "cpu"), AdaptOptions(), Reporter(), overwrite=True)
    with pytest.raises(SequenceError, match="is the input"):
        adapt_model([job], EngineOptions(mine, "cpu"), AdaptOptions(), Reporter(), overwrite=True)
    assert not calls
    assert mine.read_bytes() == base.read_bytes()


def test_an_input_is_opened_once_for_adapting_and_running(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    replace_training(monkeypatch)
    opened = count_opens(monkeypatch)
    arguments = (
        "run",
        clip,
        "-o",
        tmp_path / "out",
        "--adapt",
        "--model",
        base,
        "--device",
        "cpu",
        "--progress",
        "none",
    )
    run_in_process(*arguments)
    assert opened == [clip]
    assert len(list((tmp_path / "out").glob("*.png"))) == 7
    run_in_process(*arguments, "--overwrite")
    assert opened == [clip, clip]


@pytest.mark.parametrize("output", ["out.mp4", "out"])
def test_a_part_of_a_video_is_run_from_the_source_that_was_adapted_to(
    monkeypatch: pytest.MonkeyPatch, base: Path, tmp_path: Path, output: str
) -> None:
    video = tmp_path / "clip.mp4"
    write_h264(video, iter(moving(6)), Fraction(24))
    calls = replace_training(monkeypatch, reads=True)
    opened = count_opens(monkeypatch)
    run_in_process(
        "run", video, "-o", tmp_path / output, "--adapt", "--model", base, "--device", "cpu", "--progress", "none",
        "--start-time", "0.08",
    )  # fmt: skip
    assert opened == [video]
    assert [len(clip.source) for clip in calls[0]] == [6]
    monkeypatch.undo()
    assert len(open_source(tmp_path / output)) == (8 if output == "out.mp4" else 7)


def test_several_inputs_are_opened_once_each(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in clip.glob("*.png"):
        (other / file.name).write_bytes(file.read_bytes())
    replace_training(monkeypatch)
    opened = count_opens(monkeypatch)
    run_in_process(
        "run", clip, other, "-o", tmp_path / "out", "--adapt", "--model", base, "--device", "cpu", "--progress", "none"
    )
    assert opened == [clip, other]
    assert [len(list((tmp_path / "out" / name).glob("*.png"))) for name in ("clip_2x", "other_2x")] == [7, 7]


def test_ctrl_c_keeps_the_best_so_far(monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path) -> None:
    output = tmp_path / "my.safetensors"
    with pytest.raises(CancelledError, match="The best weights so far are in") as caught:
        adapt_with(monkeypatch, clip, base, output, interrupted=True)
    assert "Gained." in str(caught.value)
    assert load_checkpoint(output).provenance is not None


@pytest.mark.parametrize("changes", [{"interrupted": True, "better": False}, {"raises": True}])
def test_ctrl_c_before_anything_is_better_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, clip: Path, base: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    output = tmp_path / "my.safetensors"
    with pytest.raises(CancelledError, match="Stopped"):
        adapt_with(monkeypatch, clip, base, output, **changes)
    assert not output.exists()
