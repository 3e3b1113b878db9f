"""PySceneDetect's detectors on labelled clips, if it is installed: ``pip install "scenedetect[opencv-headless]"``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from cut_material import WIDTH, Frames
from numpy.typing import NDArray

try:
    import cv2
    import scenedetect
    from scenedetect import detectors
    from scenedetect.scene_manager import compute_downscale_factor
except ImportError:
    scenedetect = None  # type: ignore[assignment, unused-ignore]

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Peer:
    """A detector, and how its scores are read.

    Attributes:
        name: Its class in PySceneDetect.
        metrics: Of a frame, as the detector records them: those that its decision rests on.
        score: Their values → what is compared with a threshold; larger is more of a cut.
        floors: Values that the last metric must reach, to choose one from; empty where the detector has no such.
    """

    name: str
    metrics: tuple[str, ...] = ()
    score: Callable[[Values], Values] = lambda values: values[:, 0]
    floors: tuple[float, ...] = ()


PEERS = (
    Peer("ContentDetector", ("content_val",)),
    Peer("AdaptiveDetector", ("adaptive_ratio (w=2)", "content_val"), floors=(5.0, 10.0, 15.0, 20.0, 25.0)),
    Peer("HashDetector", ("hash_dist [size=8 lowpass=2]",)),
    Peer("HistogramDetector", ("hist_diff [bins=128]",), score=lambda values: 1.0 - values[:, 0]),
    Peer("ThresholdDetector"),
)
"""ThresholdDetector's metric is the brightness of a frame, not a score of a pair: it runs at its defaults only."""


def version() -> str | None:
    """Of PySceneDetect, or None if it is not there."""
    return None if scenedetect is None else str(scenedetect.__version__)


def judge(peer: Peer, frames: Frames) -> tuple[set[int], Values]:
    """Run a detector at its defaults over a clip.

    Returns:
        The pairs it calls cuts, by their left frame, and the metrics of every pair, (pairs, metrics).
    """
    detector: Any = getattr(detectors, peer.name)()
    detector.stats_manager = stats = scenedetect.StatsManager()
    # As SceneManager does by default before it hands frames to a detector.
    factor = compute_downscale_factor(WIDTH)
    size = (round(frames[0].shape[1] / factor), round(frames[0].shape[0] / factor))
    times = [scenedetect.FrameTimecode(number, fps=25.0) for number in range(len(frames))]
    found = []
    for time, frame in zip(times, frames, strict=True):
        found += detector.process_frame(time, cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), size))
    found += detector.post_process(times[-1])
    values = [
        [value if value is not None else 0.0 for value in stats.get_metrics(time, list(peer.metrics))]
        for time in times[1:]
    ]
    return {time.frame_num - 1 for time in found}, np.array(values, np.float64)
