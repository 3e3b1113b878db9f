"""How well scene cuts are distinguished from everything that looks like one, next to PySceneDetect's detectors.

The clips are made here, from the demo clips, the pictures of scikit-image and drawn shapes, so all labels are known
(``cut_clips.py``). Thresholds are chosen on one half of the material, and all figures are of the other half.

    python benchmarks/research/cuts.py --rounds 12 --json out/cuts.json
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from cut_clips import KINDS, Clip, labelled_clips
from cut_material import Half
from cut_peers import PEERS, judge, version
from numpy.typing import NDArray

from midframe.detection.cuts import CONTEXT, DEFAULT_CUT_THRESHOLD, cut_score, summarise

OURS = "midframe"

Verdicts = NDArray[np.bool_]


@dataclass
class Judged:
    """What every detector says of one half of the clips, pair by pair."""

    kinds: list[str] = field(default_factory=list)
    labels: list[bool] = field(default_factory=list)
    scores: dict[str, list[list[float]]] = field(default_factory=partial(defaultdict, list))
    defaults: dict[str, list[bool]] = field(default_factory=partial(defaultdict, list))
    seconds: dict[str, float] = field(default_factory=partial(defaultdict, float))

    def add(self, clip: Clip) -> None:
        """Have all detectors look at a clip."""
        pairs = range(len(clip.frames) - 1)
        self.kinds += [clip.kind for _ in pairs]
        self.labels += [pair in clip.cuts for pair in pairs]
        began = time.perf_counter()
        self.scores[OURS] += [[score] for score in our_scores(clip)]
        self.seconds[OURS] += time.perf_counter() - began
        for peer in PEERS if version() else ():
            began = time.perf_counter()
            cuts, values = judge(peer, clip.frames)
            self.seconds[peer.name] += time.perf_counter() - began
            self.defaults[peer.name] += [pair in cuts for pair in pairs]
            if peer.metrics:
                columns = np.column_stack([peer.score(values), values])
                self.scores[peer.name] += columns.tolist()

    def join(self, other: Judged) -> None:
        """Append what was said of other clips."""
        self.kinds += other.kinds
        self.labels += other.labels
        for name, scores in other.scores.items():
            self.scores[name] += scores
        for name, defaults in other.defaults.items():
            self.defaults[name] += defaults
        for name, seconds in other.seconds.items():
            self.seconds[name] += seconds

    def counts(self, verdicts: Verdicts, kind: str | None = None) -> dict[str, int]:
        """Found, missed and false cuts and pairs, of one kind or of all."""
        within = np.array([kind in (None, its) for its in self.kinds])
        labels = np.array(self.labels)[within]
        said = verdicts[within]
        return {
            "pairs": int(within.sum()),
            "cuts": int(labels.sum()),
            "found": int((said & labels).sum()),
            "missed": int((~said & labels).sum()),
            "false": int((said & ~labels).sum()),
        }


def judge_kind(half: Half, kind: str, rounds: int) -> Judged:
    """All clips of a kind, before all detectors."""
    judged = Judged()
    for clip in labelled_clips(half, kind, rounds):
        judged.add(clip)
    return judged


def our_scores(clip: Clip) -> list[float]:
    """Of every pair."""
    summaries = [summarise(frame.astype(np.float32) / 255) for frame in clip.frames]
    return [
        cut_score(summaries[max(0, pair - CONTEXT) : pair + 1], summaries[pair + 1 : pair + 2 + CONTEXT])
        for pair in range(len(summaries) - 1)
    ]


def rates(counts: dict[str, int]) -> dict[str, float]:
    """Precision, recall and their harmonic mean; 1 where nothing was to be found and nothing was."""
    said, found = counts["found"] + counts["false"], counts["found"]
    precision = found / said if said else 1.0
    recall = found / counts["cuts"] if counts["cuts"] else 1.0
    both = said + counts["cuts"]
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * found / both if both else 1.0, 4),
    }


def best_threshold(half: Judged, name: str, floors: tuple[float, ...]) -> tuple[float, float]:
    """(F1, threshold, floor) that does best, in the middle between the scores on both sides of it."""
    scores = np.array(half.scores[name])
    labels = np.array(half.labels)
    best = (-1.0, 0.0, -np.inf)
    for floor in floors or (-np.inf,):
        eligible = scores[:, -1] >= floor
        values = np.unique(scores[eligible, 0])
        for low, high in pairwise(values):
            said = (scores[:, 0] >= high) & eligible
            f1 = 2 * float((said & labels).sum()) / float(said.sum() + labels.sum())
            best = max(best, (f1, float(low + high) / 2, floor))
    return best[1:]


def verdicts_of_all(tuning: Judged, half: Judged) -> dict[str, tuple[str, Verdicts]]:
    """Row of the table → (threshold in words, verdict on each pair)."""
    rows: dict[str, tuple[str, Verdicts]] = {}
    ours = np.array(half.scores[OURS])[:, 0]
    rows[OURS] = (f"{DEFAULT_CUT_THRESHOLD}", ours >= DEFAULT_CUT_THRESHOLD)
    for peer in PEERS if version() else ():
        rows[f"{peer.name}, default"] = ("default", np.array(half.defaults[peer.name]))
        if peer.metrics:
            threshold, floor = best_threshold(tuning, peer.name, peer.floors)
            scores = np.array(half.scores[peer.name])
            words = f"{threshold:.3g}" + (f", content {floor:g}" if peer.floors else "")
            rows[f"{peer.name}, tuned"] = (words, (scores[:, 0] >= threshold) & (scores[:, -1] >= floor))
    return rows


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12, help="clips of every kind in each half")
    parser.add_argument("--jobs", type=int, help="processes; as many as there are cores by default")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if version() is None:
        print("PySceneDetect is not installed: midframe alone.\n")
    halves: dict[Half, Judged] = {"tuning": Judged(), "held-out": Judged()}
    with ProcessPoolExecutor(given.jobs) as pool:
        running = [(name, pool.submit(judge_kind, name, kind, given.rounds)) for name in halves for kind in KINDS]
        for name, judged in running:
            halves[name].join(judged.result())
    report = {
        "pyscenedetect": version(),
        "rounds": given.rounds,
        "best_threshold_on_tuning_half": round(best_threshold(halves["tuning"], OURS, ())[0], 3),
        "halves": {name: tables(halves["tuning"], half) for name, half in halves.items()},
    }
    for name in halves:
        print_tables(name, report["halves"][name])
    print(f"midframe's best threshold on the tuning half: {report['best_threshold_on_tuning_half']}")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(report, indent=1))


def tables(tuning: Judged, half: Judged) -> dict[str, object]:
    """Everything that is printed of a half, as data."""
    rows = verdicts_of_all(tuning, half)
    kinds = list(dict.fromkeys(half.kinds))
    frames = len(half.kinds)
    totals = {}
    for row, (threshold, said) in rows.items():
        counts = half.counts(said)
        milliseconds = 1000 * half.seconds[row.split(",")[0]] / frames
        totals[row] = {"threshold": threshold, **counts, **rates(counts), "ms_a_pair": round(milliseconds, 2)}
    by_kind = {
        kind: {row: {**(counts := half.counts(said, kind)), **rates(counts)} for row, (_, said) in rows.items()}
        for kind in kinds
    }
    return {"all": totals, "kinds": by_kind}


def print_tables(name: str, data: dict[str, object]) -> None:
    """Two tables: all detectors on everything; midframe and the best peer by kind."""
    totals, kinds = data["all"], data["kinds"]
    first = totals[OURS]
    print(f"## {name} half: {first['pairs']} pairs, {first['cuts']} of them cuts\n")
    print(
        "| detector | threshold | found | missed | false | precision | recall | F1 |\n|---|---|---|---|---|---|---|---|"
    )
    for row, found in totals.items():
        columns = ("threshold", "found", "missed", "false")
        figures = [str(found[column]) for column in columns]
        figures += [f"{found[column]:.3f}" for column in ("precision", "recall", "f1")]
        print(f"| {row} | " + " | ".join(figures) + " |")
    peers = sorted((row for row in totals if row != OURS), key=lambda row: -totals[row]["f1"])[:2]
    shown = [OURS, *peers]
    print("\nMissed + false cuts (F1 where there are cuts):\n")
    print("| kind | pairs | cuts | " + " | ".join(shown) + " |\n|---|---|---|" + "---|" * len(shown))
    for kind, rows in kinds.items():
        cells = [
            f"{rows[row]['missed']} + {rows[row]['false']}" + (f" ({rows[row]['f1']:.2f})" if rows[row]["cuts"] else "")
            for row in shown
        ]
        print(f"| {kind} | {rows[OURS]['pairs']} | {rows[OURS]['cuts']} | " + " | ".join(cells) + " |")
    print()


if __name__ == "__main__":
    main()
