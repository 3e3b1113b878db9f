"""Do subtitles, logos and bars wobble in drawn frames, and does holding them help, also if there are none?

Overlays are laid over demo clips; every second frame is dropped, drawn again with the 4.25 weights, and compared with
the truth, with the held parts and without. Half of the runs see frames that went through H.264 at CRF 23. Scenes of a
camera that stands still show what holding costs where there is no overlay. Drawn frames are kept in a folder, so that
a changed rule is judged within minutes.

    python benchmarks/research/overlays.py --drawn out/overlays
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from duplicates import coded, with_grain
from numpy.typing import NDArray
from overlay_rule import OverlayDetector, apply_mask
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from midframe.api.interpolator import Interpolator
from midframe.media.video import read_rgb_frames
from midframe.models.clips import fetch_clip

Picture = NDArray[np.uint8]

PAIRS = 20
COUNT = 2 * PAIRS + 1
OVERLAYS = ("letterbox", "pillarbox", "logo", "half-transparent logo", "subtitles")
HALO = 6
"""Pixels around an overlay that count as its region."""


@dataclass(frozen=True)
class Scene:
    """Frames, and where an overlay covers them completely (for the half-transparent logo: at all)."""

    name: str
    frames: list[Picture]
    covered: NDArray[np.bool_] | None


def clip_frames(name: str, start: int, count: int, size: tuple[int, int] | None = None) -> list[Picture]:
    """Frames of a demo clip, made smaller if a size is given."""
    frames = islice(read_rgb_frames(fetch_clip(name)), start, start + count)
    if size is None:
        return list(frames)
    return [np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX)) for frame in frames]


def overlay(kind: str, height: int, width: int) -> NDArray[np.float32]:
    """(height, width, 4) RGBA in [0, 1]."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if kind == "letterbox":
        bar = round(0.12 * height)
        draw.rectangle((0, 0, width, bar - 1), fill="black")
        draw.rectangle((0, height - bar, width, height), fill="black")
    elif kind == "pillarbox":
        bar = round(0.12 * width)
        draw.rectangle((0, 0, bar - 1, height), fill="black")
        draw.rectangle((width - bar, 0, width, height), fill="black")
    elif kind == "subtitles":
        size = max(9, height // 14)
        draw.multiline_text(
            (width / 2, height * 0.95),
            "It had been raining for days,\nbut nobody seemed to mind.",
            font=ImageFont.load_default(size),
            fill="white",
            stroke_width=max(1, size // 10),
            stroke_fill="black",
            anchor="md",
            align="center",
        )
    else:
        size = max(10, height // 10)
        left, top = width - int(size * 4.2), size // 2
        if kind == "logo":
            box = (left, top, left + int(size * 3.6), top + int(size * 1.4))
            draw.rounded_rectangle(box, size // 4, fill=(200, 30, 40))
        fill = (255, 255, 255, 255 if kind == "logo" else 128)
        draw.text((left + size * 0.3, top + size * 0.05), "MID 7", font=ImageFont.load_default(size), fill=fill)
    return np.asarray(image).astype(np.float32) / 255


def laid_over(frame: Picture, layer: NDArray[np.float32]) -> Picture:
    """The frame under the layer."""
    share = layer[..., 3:]
    return with_grain(frame * (1 - share) + layer[..., :3] * 255 * share, 0, 0)


def tripod(kind: str) -> list[Picture]:
    """A still ground, with something moving before it: a disc (40, 7 or, over an even ground, 14 pixels) or a fence.

    Posts of the fence are 4 pixels wide and 40 apart. They move by 14 pixels between the frames that are kept, or by
    20: then there are places that they cover in no kept frame, and in every dropped one.
    """
    ground = clip_frames("bikes", 60, 1)[0]
    texture = clip_frames("bigbuckbunny", 60, 1, (640, 360))[0]
    height, width, _ = ground.shape
    rows, columns = np.mgrid[:height, :width]
    if kind == "disc over even ground":
        ground = np.full_like(ground, 90)
    frames = []
    for number in range(COUNT):
        if kind.startswith("fence"):
            step = 7 if kind == "fence" else 10
            share = ((columns - step * number) % 40 < 4).astype(np.float32)[..., np.newaxis]
            moving = np.full_like(ground, 60)
        else:
            radius, step = {"disc": (40, 5), "small disc": (7, 9)}.get(kind, (14, 12))
            across, down = 60 + step * number, height / 2 + 20 * np.sin(number / 6)
            distance = np.hypot(rows - down, columns - across)
            share = np.clip(radius - distance + 0.5, 0, 1)[..., np.newaxis]
            moving = np.roll(texture[:height, :width], (round(down), round(across)), (0, 1))
        frames.append(with_grain(ground * (1 - share) + moving * share, 0, 0))
    return frames


def scenes() -> Iterator[Scene]:
    """All of them."""
    shots = {
        "bikes 0": clip_frames("bikes", 0, COUNT),
        "bikes 90": clip_frames("bikes", 90, COUNT),
        "bikes 195": clip_frames("bikes", 195, COUNT),
        "bunny 20": clip_frames("bigbuckbunny", 20, COUNT, (640, 360)),
        "carphone 0": clip_frames("carphone_pristine", 0, COUNT),
    }
    for shot, frames in shots.items():
        yield Scene(f"{shot}, no overlay", frames, None)
        for kind in OVERLAYS:
            if kind == "pillarbox" and shot in ("bikes 0", "carphone 0"):
                continue
            layer = overlay(kind, *frames[0].shape[:2])
            covered = layer[..., 3] > (0.3 if "transparent" in kind else 0.999)
            yield Scene(f"{shot}, {kind}", [laid_over(frame, layer) for frame in frames], covered)
    for kind in ("disc", "small disc", "disc over even ground", "fence", "fence out of step"):
        yield Scene(f"still ground, {kind}", tripod(kind), None)
    grainy = [with_grain(frame.astype(np.float32), 2, number) for number, frame in enumerate(tripod("disc"))]
    yield Scene("still ground, disc, grain 2", grainy, None)


def drawn_frames(scene: Scene, quality: str, folder: Path) -> dict[str, NDArray[np.uint8]]:
    """Kept, true and drawn frames, from the folder if they are there."""
    path = folder / f"{scene.name.replace(' ', '-')}_{quality}.npz"
    if not path.exists():
        kept = scene.frames[::2] if quality == "lossless" else coded(scene.frames[::2], quality)
        network = Interpolator.load("4.25")
        drawn = [network.between(left, right, [0.5])[0] for left, right in pairwise(kept)]
        np.savez(path, kept=np.stack(kept), truth=np.stack(scene.frames[1::2]), drawn=np.stack(drawn))
    with np.load(path) as file:
        return {name: file[name] for name in ("kept", "truth", "drawn")}


def held_frames(kept: Picture, drawn: Picture) -> tuple[Picture, float]:
    """Drawn frames with the rule applied, and the share of pixels that it holds."""
    detector, result, shares = OverlayDetector(), drawn.copy(), []
    detector.push(kept[0].astype(np.float32) / 255)
    for number in range(len(drawn)):
        detector.push(kept[number + 1].astype(np.float32) / 255)
        mask = detector.mask()
        shares.append(0.0 if mask is None else float(mask.mean()))
        if mask is not None:
            samples = (each.astype(np.float32) for each in (drawn[number], kept[number], kept[number + 1]))
            result[number] = np.rint(apply_mask(*samples, 0.5, mask))
    return result, float(np.mean(shares))


def squared_error(drawn: Picture, truth: Picture) -> NDArray[np.float32]:
    """(frames, height, width), averaged over channels."""
    return ((drawn.astype(np.float32) - truth) ** 2).mean(axis=-1)


def decibels(error: NDArray[np.float32]) -> float:
    """PSNR of 8-bit samples; 78 dB for equal ones."""
    return float(10 * np.log10(255**2 / max(float(error.mean()), 1e-3)))


def worst_tile(change: NDArray[np.float32]) -> float:
    """Largest rise of the mean square error in a tile of 16×16 in any frame."""
    height, width = (size // 16 * 16 for size in change.shape[1:])
    tiles = change[:, :height, :width].reshape(len(change), height // 16, 16, width // 16, 16).mean(axis=(2, 4))
    return float(tiles.max())


def row(scene: Scene, quality: str, folder: Path) -> str:
    """One line of the table."""
    frames = drawn_frames(scene, quality, folder)
    result, share = held_frames(frames["kept"], frames["drawn"])
    before, after = (squared_error(each, frames["truth"]) for each in (frames["drawn"], result))
    cells = [scene.name, "no" if quality == "lossless" else quality, f"{100 * share:.1f}"]
    cells += [
        f"{decibels(before):.2f}",
        f"{decibels(after) - decibels(before):+.3f}",
        f"{worst_tile(after - before):.0f}",
    ]
    if scene.covered is not None:
        grown = Image.fromarray(scene.covered.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(2 * HALO + 1))
        for region in (scene.covered, np.asarray(grown) > 0):
            # The last frames: a rule that needs time has had it.
            late = [decibels(error[PAIRS // 2 :, region]) for error in (before, after)]
            cells.append(f"{late[0]:.2f} → {late[1]:.2f}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drawn", type=Path, default=Path("out/overlays"))
    given = parser.parse_args()
    given.drawn.mkdir(parents=True, exist_ok=True)
    print("| scene | CRF | held, % | PSNR | change | worst tile, Δ MSE | in the overlay | and 6 px around |")
    print("|---|---|---|---|---|---|---|---|")
    for quality in ("lossless", "23"):
        for scene in scenes():
            print(row(scene, quality, given.drawn), flush=True)


if __name__ == "__main__":
    main()
