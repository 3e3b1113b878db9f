"""Small trees in the layouts of public benchmarks, of real frames: the data itself cannot be shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.datasets.layouts import MIDDLEBURY_SCENES
from midframe.media.images.formats.png import PngCodec
from midframe.types import Frame, FrameFormat

SIDE = 96

Pictures = list[NDArray[np.uint8]]


def clip_pictures(path: Path, count: int, side: int = SIDE) -> Pictures:
    """The central squares of a video's first frames: (side, side, 3) uint8 RGB."""
    pictures: Pictures = []
    with av.open(str(path)) as container:
        for _, frame in zip(range(count), container.decode(video=0), strict=False):
            whole = frame.to_ndarray(format="rgb24")
            top, left = (whole.shape[0] - side) // 2, (whole.shape[1] - side) // 2
            pictures.append(np.ascontiguousarray(whole[top : top + side, left : left + side], np.uint8))
    return pictures


def write_png(path: Path, samples: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width, channels = samples.shape
    PngCodec().write(path, Frame(samples, FrameFormat(width, height, channels, samples.dtype)))


def vimeo90k_tree(root: Path, pictures: Pictures, frames: str = "sequences") -> Path:
    """Two triplets of the list: frames 0, 1, 2 and 3, 4, 5."""
    names = ("00001/0389", "00096/0936")
    for place, name in enumerate(names):
        for number in range(3):
            write_png(root / frames / name / f"im{number + 1}.png", pictures[3 * place + number])
    (root / "tri_testlist.txt").write_text("\n".join(names) + "\n\n")
    return root


def ucf101_tree(root: Path, pictures: Pictures) -> Path:
    """Folders 1, 11 and 101; frames 0 … 2, 1 … 3 and 2 … 4."""
    for place, folder in enumerate(("1", "11", "101")):
        for number, name in enumerate(("frame_00.png", "frame_01_gt.png", "frame_02.png")):
            write_png(root / "ucf101_interp_ours" / folder / name, pictures[place + number])
    return root


def middlebury_tree(root: Path, pictures: Pictures) -> Path:
    """All twelve scenes, each of frames 0, 1, 2."""
    for scene in MIDDLEBURY_SCENES:
        write_png(root / "other-data" / scene / "frame10.png", pictures[0])
        write_png(root / "other-gt-interp" / scene / "frame10i11.png", pictures[1])
        write_png(root / "other-data" / scene / "frame11.png", pictures[2])
    return root


def snu_film_tree(root: Path, pictures: Pictures, prefix: str = "data/SNU-FILM/") -> Path:
    """One scene of numbered frames; in each level the list has one triplet, 1, 2, 4 and 8 frames to either side."""
    scene = "test/GOPRO_test/GOPR0384_11_00"
    for number, picture in enumerate(pictures[:17]):
        write_png(root / scene / f"{number:06}.png", picture)
    for level, step in (("easy", 1), ("medium", 2), ("hard", 4), ("extreme", 8)):
        names = [f"{prefix}{scene}/{number:06}.png" for number in (8 - step, 8, 8 + step)]
        (root / f"test-{level}.txt").write_text(" ".join(names) + "\n")
    return root


def xiph_tree(root: Path, pictures: Pictures) -> Path:
    """Three frames of one clip."""
    for number in range(3):
        write_png(root / f"BoxingPractice-{number + 1:03}.png", pictures[number])
    return root


def x4k1000fps_tree(root: Path, pictures: Pictures) -> Path:
    """One scene; frame 0000 + 4n is picture n."""
    for number in range(0, 33, 4):
        write_png(root / "test" / "Type1" / "TEST01_003_f0433" / f"{number:04}.png", pictures[number // 4])
    return root
