"""What adapting brings: each clip is split in time, adapted on its first half and tested on its second.

The first half gives only its even frames to `midframe.finetuning`, as a user who wants the odd ones drawn would have
them. Of the second half, odd frames are drawn between even ones, with the model as it is and as adapted, and measured
against the real ones: PSNR, SSIM, MS-SSIM and sharpness of whole frames. Frames that repeat the one before are taken
out of a clip first (a repetition tells nothing about drawing); something moves on both sides of every tested frame, and
none stands at a cut. With --whole nothing is split: all even frames are learnt from and odd ones drawn, which is how it
is used.

    python benchmarks/adapt.py --json out/adapt.json                    all clips, 60 s each
    python benchmarks/adapt.py --quality fast                           the network's mask alone
    python benchmarks/adapt.py --clips cup bikes --steps 60 --whole     some clips, as far as steps go

Clips are those of footage.py and the synthetic stacks of science.py, which are labelled as such.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import footage
import numpy as np
import science

from midframe.cli.progress import PlainListener
from midframe.engines.interpolation import PairInterpolator
from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions
from midframe.evaluation.metrics.protocol import Comparison
from midframe.evaluation.metrics.registry import make_measures
from midframe.finetuning.adaptation import AdaptResult, adapt_weights
from midframe.finetuning.dataset import RULES, TrainingClip
from midframe.finetuning.options import AdaptOptions, TrainingBudget
from midframe.media.pixels import ViewTransform, from_working
from midframe.media.protocols import FrameSource
from midframe.media.sources import open_source
from midframe.models.adapted import write_adapted
from midframe.runtime.classification import PairClassifier
from midframe.runtime.events import Reporter
from midframe.runtime.view_fitting import fit_view
from midframe.types import Frame, FrameFormat

MEASURES = ("psnr", "ssim", "ms_ssim", "sharpness")
HALF = Fraction(1, 2)


class Chosen(FrameSource):
    """Some frames of a source, as a source."""

    notes: tuple[str, ...] = ()

    def __init__(self, source: FrameSource, indices: Sequence[int]) -> None:
        self._source = source
        self._indices = indices

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self._source.format

    @property
    def codec_name(self) -> str:
        """As the source says."""
        return self._source.codec_name

    @property
    def files(self) -> tuple[Path, ...]:
        """Those of the source."""
        return self._source.files

    def __len__(self) -> int:
        return len(self._indices)

    def read(self, index: int) -> Frame:
        """Frame `index` of the chosen ones."""
        frame = self._source.read(self._indices[index])
        return Frame(frame.samples, frame.format, index, metadata=frame.metadata)

    def close(self) -> None:
        """Close the source."""
        self._source.close()


@dataclass(frozen=True)
class Split:
    """A clip in two parts.

    Attributes:
        training: Numbers of the frames to adapt on.
        tested: Numbers of the frames to draw, each with its two neighbours in the clip without repetitions.
        frames: In the clip without repetitions.
    """

    training: list[int]
    tested: list[tuple[int, int, int]]
    frames: int


def split(source: FrameSource, most_frames: int, most_tested: int, *, whole: bool = False) -> Split:
    """Take out repetitions, halve, and choose tested frames evenly spread over the second half; or over all."""
    classifier = PairClassifier(fit_view(source), RULES)

    def frames() -> Iterator[Frame]:
        yield from map(source.read, range(min(len(source), most_frames)))

    pairs = list(classifier.classify(frames()))
    kept = [pairs[0].left.frame.index, *(pair.right.frame.index for pair in pairs)]
    kinds: dict[int, str] = {pair.left.frame.index: pair.verdict for pair in pairs}
    half = len(kept) // 2
    training = kept[::2] if whole else kept[:half:2]
    first = 1 if whole else half + 1 + half % 2
    tested = []
    for place in range(first, len(kept) - 1, 2):
        left, middle, right = kept[place - 1 : place + 2]
        if kinds[left] == kinds[middle] == "moving":
            tested.append((left, middle, right))
    chosen = np.unique(np.linspace(0, len(tested) - 1, min(most_tested, len(tested))).astype(int))
    return Split(training, [tested[each] for each in chosen], len(kept))


def measure(
    network: EngineOptions, source: FrameSource, transform: ViewTransform, tested: Sequence[tuple[int, int, int]]
) -> dict[str, list[float]]:
    """Draw the tested frames and measure them, whole."""
    engine = load_model(network).make_engine()
    measures = [
        each for each in make_measures(MEASURES, source.format.height, source.format.width) if not each.metric.absent
    ]
    scores: dict[str, list[float]] = {each.metric.name: [] for each in measures}
    for numbers in tested:
        left, middle, right = (source.read(number) for number in numbers)
        interpolator = PairInterpolator(engine, transform)
        ends = interpolator.encode(left), interpolator.encode(right)
        drawn = interpolator.interpolate(*ends, [HALF])[HALF]
        truth = transform.view(middle.samples)
        view = transform.view(from_working(drawn, source.format))
        comparison = Comparison(truth, view, truth, truth)
        for each in measures:
            scores[each.metric.name].append(each.score(comparison))
    return scores


def run(name: str, path: Path, wanted: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Adapt to one clip and test."""
    source = open_source(path)
    parts = split(source, wanted.frames, wanted.tested, whole=wanted.whole)
    network = EngineOptions(wanted.model, "cpu", threads=wanted.threads, quality=wanted.quality)
    budget = TrainingBudget(None, wanted.steps) if wanted.steps else TrainingBudget(wanted.time)
    checkpoint = load_model(network).checkpoint
    clip = TrainingClip(path.name, Chosen(source, parts.training))
    before_cpu = time.process_time()
    adapted: AdaptResult = adapt_weights(
        [clip], checkpoint, network, AdaptOptions(budget, wanted.seed), Reporter([PlainListener()])
    )
    cpu = time.process_time() - before_cpu
    file = folder / f"{name}.safetensors"
    write_adapted(file, adapted.tensors, adapted.provenance)
    transform = fit_view(source)
    before = measure(network, source, transform, parts.tested)
    after = before
    if adapted.better:
        after = measure(replace(network, model=file), source, transform, parts.tested)
    means = {
        kind: {key: fmean(values) for key, values in each.items()}
        for kind, each in (("before", before), ("after", after))
    }
    return {
        "clip": name,
        "quality": wanted.quality,
        "whole": wanted.whole,
        "format": str(source.format),
        "frames": parts.frames,
        "adapted_on": len(parts.training),
        "tested": len(parts.tested),
        "better": adapted.better,
        "sentence": adapted.message,
        "seconds": round(adapted.seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "steps": adapted.steps,
        "best_step": adapted.best_step,
        "held_out_gains": dict(adapted.provenance.gains),
        **means,
        "each": {"numbers": [middle for _, middle, _ in parts.tested], "before": before, "after": after},
    }


def table(rows: Sequence[dict[str, object]]) -> str:
    """For documents, in Markdown."""
    lines = [
        "| clip | PSNR before | after | gain | SSIM | MS-SSIM | sharpness | steps | s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        before, after = row["before"], row["after"]
        assert isinstance(before, dict)
        assert isinstance(after, dict)
        scale = f"{after['ms_ssim'] - before['ms_ssim']:+.4f}" if "ms_ssim" in before else "–"
        lines.append(
            f"| {row['clip']} | {before['psnr']:.2f} | {after['psnr']:.2f} | {after['psnr'] - before['psnr']:+.2f} "
            f"| {after['ssim'] - before['ssim']:+.4f} | {scale} "
            f"| {before['sharpness']:.3f} → {after['sharpness']:.3f} | {row['best_step']} of {row['steps']} "
            f"| {row['seconds']} |"
        )
    gains = [row["after"]["psnr"] - row["before"]["psnr"] for row in rows]  # type: ignore[index]
    return "\n".join([*lines, f"\nmean gain {fmean(gains):+.3f} dB, least {min(gains):+.3f} dB"])


def main() -> None:
    """Measure all clips, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = (*footage.DEMO_CLIPS, *footage.FOOTAGE, *science.STACKS)
    parser.add_argument("--clips", nargs="*", choices=known, default=known)
    parser.add_argument("--time", type=float, default=60.0, help="seconds for each clip")
    parser.add_argument("--steps", type=int, help="steps in place of a time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="4.25")
    parser.add_argument("--quality", choices=("fast", "default"), default="default")
    parser.add_argument("--whole", action="store_true", help="do not split clips in time")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--frames", type=int, default=400, help="of each clip, at most")
    parser.add_argument("--tested", type=int, default=40, help="frames of each clip that are drawn again, at most")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    rows = []
    with TemporaryDirectory() as folder:
        for name in wanted.clips:
            path = science.make(name, Path(folder)) if name in science.STACKS else footage.fetch(name)
            print(f"# {name}", flush=True)
            rows.append(run(name, path, wanted, Path(folder)))
            print(table(rows[-1:]), flush=True)
            if wanted.json:
                wanted.json.parent.mkdir(parents=True, exist_ok=True)
                wanted.json.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
