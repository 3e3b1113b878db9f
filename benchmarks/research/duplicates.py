"""How well a repeated frame can be distinguished from a small motion after compression.

Shots of the demo clips are put on twos, on threes and from 24 into 30 frames per second, with and without grain, for
repeats; stills of them are panned, zoomed, faded or given a small moving object or mouth, for motions. All of it is
encoded as H.264 (x264, preset medium) and decoded again. The threshold is chosen on two shots and held against the
other three.

    python benchmarks/research/duplicates.py --json out/duplicates.json
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midframe.detection.duplicates import DEFAULT_DUPLICATE_THRESHOLD, duplicate_score
from midframe.detection.static_pairs import static_score
from midframe.media.video import read_rgb_frames
from midframe.models.clips import fetch_clip

Picture = NDArray[np.uint8]

QUALITIES = ("lossless", "18", "23", "28", "35")

SHOTS = {"bikes 0": "choose", "bunny 0": "choose", "bikes 120": "report", "bunny 70": "report", "carphone 0": "report"}

MEASURES: dict[str, Callable[[NDArray[np.float32], NDArray[np.float32]], float]] = {
    "duplicate_score": duplicate_score,
    "static_score": static_score,
}

SLIGHT = ("pan 0.1", "faint object", "live grain")
"""Motions at the limit of what is left after compression: shown, but not what the threshold is chosen by."""

STILL_FRAMES, PAIRS = 12, 4


@dataclass(frozen=True)
class Video:
    """A made video before it is encoded: neighbours with the same id are repeats."""

    shot: str
    kind: str
    frames: list[Picture]
    ids: list[int]


def shot_frames(shot: str) -> list[Picture]:
    """48 frames, at most 480×272 from the middle of the picture."""
    clip, start = shot.split()
    name = {"bunny": "bigbuckbunny", "carphone": "carphone_pristine"}.get(clip, clip)
    frames = islice(read_rgb_frames(fetch_clip(name)), int(start), int(start) + 48)
    return [_middle(frame) for frame in frames]


def _middle(frame: Picture) -> Picture:
    height, width = min(272, frame.shape[0] // 2 * 2), min(480, frame.shape[1] // 2 * 2)
    top, left = (frame.shape[0] - height) // 2, (frame.shape[1] - width) // 2
    return frame[top : top + height, left : left + width]


def with_grain(picture: NDArray[np.floating], sigma: float, seed: int) -> Picture:
    """Rounded to 8 bits, with noise of that many codes."""
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape) if sigma else 0
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def repeats(shot: str, frames: list[Picture]) -> Iterator[Video]:
    """The shot with repeated frames; grain is part of the picture and repeats with it."""
    cadences = {
        "twos": [number // 2 for number in range(30)],
        "threes": [number // 3 for number in range(30)],
        "24 in 30": [number * 4 // 5 for number in range(30)],
    }
    for sigma in (0, 3):
        source = [with_grain(frame.astype(np.float32), sigma, seed) for seed, frame in enumerate(frames)]
        for name, ids in cadences.items():
            yield Video(shot, f"{name}, grain {sigma}", [source[number] for number in ids], ids)


def motions(shot: str, still: Picture) -> Iterator[Video]:
    """The still picture with something small that moves."""
    ground = still.astype(np.float32)
    height, width, _ = still.shape
    rows, columns = np.mgrid[:height, :width]

    def pan(step: float, number: int) -> NDArray[np.float32]:
        return _resampled(ground, 1.0, step * number, 0.3 * step * number)

    def with_object(contrast: float, number: int) -> NDArray[np.float32]:
        picture = ground.copy()
        place = picture[height // 2 : height // 2 + 8, width // 3 + number : width // 3 + number + 8]
        place += contrast if place.mean() < 128 else -contrast
        return picture

    def mouth(number: int) -> NDArray[np.float32]:
        opening = (1.5, 3.5, 6.0, 3.5)[number % 4]
        shape = 1.5 - ((columns - width / 2) / 11) ** 2 - ((rows - height / 2) / opening) ** 2
        share = np.clip(shape, 0, 1)[..., np.newaxis].astype(np.float32)
        return ground * (1 - share) + share * np.array([60, 25, 30], np.float32)

    painters: dict[str, Callable[[int], NDArray[np.float32]]] = {
        **{f"pan {step} px": lambda number, step=step: pan(step, number) for step in (0.1, 0.2, 0.3, 0.5)},
        "zoom 0.2 %": lambda number: _resampled(ground, 1 + 0.002 * number, 0, 0),
        "object 8×8": lambda number: with_object(60, number),
        "faint object 8×8": lambda number: with_object(20, number),
        "mouth": mouth,
        "fade 1 %": lambda number: ground * np.float32(1 - 0.01 * number),
    }
    ids = list(range(STILL_FRAMES))
    for name, paint in painters.items():
        yield Video(shot, name, [with_grain(paint(number), 0, 0) for number in ids], ids)
    yield Video(shot, "live grain 3", [with_grain(ground, 3, number) for number in ids], ids)


def _resampled(picture: NDArray[np.float32], zoom: float, across: float, down: float) -> NDArray[np.float32]:
    height, width, channels = picture.shape
    matrix = (1 / zoom, 0, width / 2 * (1 - 1 / zoom) - across, 0, 1 / zoom, height / 2 * (1 - 1 / zoom) - down)
    # Pillow leaves black where it has no samples to read.
    padded = np.pad(picture, ((8, 8), (8, 8), (0, 0)), mode="edge")
    matrix = (*matrix[:2], matrix[2] + 8 * (1 - 1 / zoom), *matrix[3:5], matrix[5] + 8 * (1 - 1 / zoom))
    planes = [
        np.asarray(
            Image.fromarray(padded[..., channel]).transform(
                (width + 16, height + 16), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
            )
        )[8:-8, 8:-8]
        for channel in range(channels)
    ]
    return np.stack(planes, axis=-1)


def coded(frames: list[Picture], quality: str) -> list[Picture]:
    """Encoded and decoded again."""
    file = io.BytesIO()
    options = {"qp": "0"} if quality == "lossless" else {"crf": quality}
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=30, options={**options, "preset": "medium"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def score_video(video: Video, quality: str) -> Iterator[dict[str, object]]:
    """Some pairs of it: as many repeats as motions, where it has both."""
    frames = [frame.astype(np.float32) / 255 for frame in coded(video.frames, quality)]
    same = np.diff(video.ids) == 0
    random = np.random.default_rng(5)
    for repeat in (True, False):
        numbers = random.permutation(np.flatnonzero(same == repeat))[:PAIRS]
        for number in numbers:
            scores = {name: measure(frames[number], frames[number + 1]) for name, measure in MEASURES.items()}
            kind = video.kind if repeat or not same.any() else "the clip's own motion"
            yield {"shot": video.shot, "kind": kind, "quality": quality, "repeat": repeat, **scores}


def chosen_threshold(rows: list[dict[str, object]], measure: str) -> float:
    """The lowest that takes at most 1 in 20 motions of the first half for repeats, at CRF 28 and better."""
    motion = [
        row[measure]
        for row in rows
        if SHOTS[row["shot"]] == "choose"
        and not row["repeat"]
        and not row["kind"].startswith(SLIGHT)
        and row["quality"] != "35"
    ]
    return float(np.quantile(motion, 0.95))


def print_table(rows: list[dict[str, object]], measure: str, threshold: float) -> None:
    """Share of each kind that is taken for a repeat, on the second half."""
    print(f"\n{measure} ≥ {threshold:.4f}: % taken for repeats, shots the threshold was not chosen on")
    print("| | " + " | ".join(QUALITIES) + " |\n|---|" + "---|" * len(QUALITIES))
    report = [row for row in rows if SHOTS[row["shot"]] == "report"]

    def line(name: str, chosen: list[dict[str, object]]) -> None:
        cells = []
        for quality in QUALITIES:
            scores = [row[measure] for row in chosen if row["quality"] == quality]
            cells.append(f"{100 * np.mean(np.array(scores) >= threshold):.0f}")
        print(f"| {name} | " + " | ".join(cells) + " |")

    for repeat in (True, False):
        these = [row for row in report if row["repeat"] == repeat]
        for kind in dict.fromkeys(row["kind"] for row in these):
            line(kind, [row for row in these if row["kind"] == kind])
        line(
            "**all repeats**" if repeat else "**all motions but the slightest**",
            [row for row in these if repeat or not row["kind"].startswith(SLIGHT)],
        )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows: list[dict[str, object]] = []
    for shot in SHOTS:
        frames = shot_frames(shot)
        for video in [*repeats(shot, frames), *motions(shot, frames[20])]:
            for quality in QUALITIES:
                rows += score_video(video, quality)
    for measure in MEASURES:
        print_table(rows, measure, chosen_threshold(rows, measure))
    print_table(rows, "duplicate_score", DEFAULT_DUPLICATE_THRESHOLD)
    left = np.random.default_rng(0).random((720, 1280, 3), dtype=np.float32)
    right, seconds = left + np.float32(1e-3), []
    for _ in range(20):
        began = time.perf_counter()
        duplicate_score(left, right)
        seconds.append(time.perf_counter() - began)
    print(f"\nduplicate_score at 1280×720: {1000 * min(seconds):.1f} ms")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
