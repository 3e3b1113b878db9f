"""Clips with known scene cuts, of many kinds, made from `cut_material` and a seed.

A label belongs to a pair of neighbouring frames: it is a cut, or it is not. Flashes, fades, dissolves, pans, zooms,
changes of exposure and noise are not.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import av
import numpy as np
from cut_material import HEIGHT, WIDTH, Frames, Half, Material, Window, cartoons, film, live, panorama, stills

Random = np.random.Generator

LENGTH = 20
"""Frames in a shot; PySceneDetect's detectors want at least 15 between two cuts, unless told otherwise."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A labelled clip.

    Attributes:
        kind: What it tries.
        frames: (HEIGHT, WIDTH, 3), RGB, 8 bit.
        cuts: Pairs that are cuts, by the number of their left frame.
    """

    kind: str
    frames: Frames
    cuts: frozenset[int]


Maker = Callable[[Half, Random], tuple[Frames, set[int]]]


def labelled_clips(half: Half, kind: str, rounds: int) -> Iterator[Clip]:
    """`rounds` clips of a kind, the same ones every time."""
    for number in range(rounds):
        # A seed for each clip: a kind that is added or changed leaves the others as they are.
        seed = [half == "held-out", number, *kind.encode()]
        frames, cuts = KINDS[kind](half, np.random.default_rng(seed))
        yield Clip(kind, frames, frozenset(cuts))


def _calm(random: Random) -> Callable[[int], Window]:
    """A camera that drifts a little."""
    x, y, size = random.uniform(0.1, 0.9), random.uniform(0.2, 0.8), random.uniform(0.6, 0.95)
    drift_x, drift_y, zoom = random.uniform(-0.004, 0.004), random.uniform(-0.004, 0.004), random.uniform(-0.002, 0.002)
    return lambda number: Window(x + drift_x * number, y + drift_y * number, size + zoom * number)


def _shot(material: Material, random: Random, count: int = LENGTH) -> Frames:
    room = max(1, len(material.pictures) - count)
    return film(material, count, _calm(random), int(random.integers(room)))


def _two(materials: Sequence[Material], random: Random) -> tuple[Material, Material]:
    first, second = random.choice(len(materials), 2, replace=False)
    return materials[first], materials[second]


def _anything(half: Half) -> tuple[Material, ...]:
    return (*live(half), *live(half), *stills(half))


def _distinct(half: Half, random: Random) -> tuple[Material, Material]:
    """Two materials, most of them live."""
    while True:
        pair = _two(_anything(half), random)
        if pair[0] is not pair[1]:
            return pair


def _join(*shots: Frames) -> tuple[Frames, set[int]]:
    ends = np.cumsum([len(shot) for shot in shots])[:-1]
    return [frame for shot in shots for frame in shot], {int(end) - 1 for end in ends}


def _spliced(half: Half, random: Random, count: int = LENGTH) -> tuple[Frames, set[int]]:
    first, second = _distinct(half, random)
    return _join(_shot(first, random, count), _shot(second, random, count))


def _changed(frames: Frames, change: Callable[[int, np.ndarray], np.ndarray]) -> Frames:
    """Frames after `change(number, frame)`, which takes and gives float32 in [0, 255]."""
    return [
        np.clip(np.rint(change(number, frame.astype(np.float32))), 0, 255).astype(np.uint8)
        for number, frame in enumerate(frames)
    ]


# Cuts.


def _hard(half: Half, random: Random) -> tuple[Frames, set[int]]:
    return _spliced(half, random)


def _cartoon_cut(half: Half, random: Random) -> tuple[Frames, set[int]]:
    first, second = _two(cartoons(half), random)
    return _join(_shot(first, random), _shot(second, random))


def _similar(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """Another framing of the same scene, at another time: from a wide view to a close one, or from side to side."""
    material = _pick((*live(half), *stills(half)), random)
    side = int(random.integers(2))
    wide = Window(side, random.uniform(0, 1), random.uniform(0.75, 0.9))
    near = Window(1 - side, random.uniform(0, 1), random.uniform(0.35, 0.5))
    starts = random.permutation([0, len(material.pictures) // 2])
    shots = [film(material, LENGTH, lambda _, w=window: w, int(starts[i])) for i, window in enumerate((wide, near))]
    return _join(*(shots if random.integers(2) else shots[::-1]))


def _black(half: Half, random: Random) -> tuple[Frames, set[int]]:
    first, second = _distinct(half, random)
    level = int(random.choice([0, 0, 16]))
    black = [np.full((HEIGHT, WIDTH, 3), level, np.uint8)] * LENGTH
    return _join(_shot(first, random), black, _shot(second, random))


def _to_still(half: Half, random: Random) -> tuple[Frames, set[int]]:
    still = film(_pick(stills(half), random), 1, _calm(random))
    return _join(_shot(_pick(live(half), random), random), still * LENGTH, _shot(_pick(live(half), random), random))


def _dark(half: Half, random: Random) -> tuple[Frames, set[int]]:
    frames, cuts = _spliced(half, random)
    gain = random.uniform(0.12, 0.3)
    return _changed(frames, lambda _, frame: gain * frame), cuts


def _noise(half: Half, random: Random) -> tuple[Frames, set[int]]:
    frames, cuts = _spliced(half, random)
    sigma = random.uniform(12, 30)
    return _changed(frames, lambda _, frame: frame + sigma * random.standard_normal(frame.shape, np.float32)), cuts


def _grey(half: Half, random: Random) -> tuple[Frames, set[int]]:
    frames, cuts = _spliced(half, random)
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return _changed(frames, lambda _, frame: np.repeat((frame @ weights)[..., None], 3, axis=-1)), cuts


def _letterbox(half: Half, random: Random) -> tuple[Frames, set[int]]:
    frames, cuts = _spliced(half, random)
    bar = int(random.integers(HEIGHT // 10, HEIGHT // 4))

    def boxed(_: int, frame: np.ndarray) -> np.ndarray:
        frame[:bar] = frame[-bar:] = 0
        return frame

    return _changed(frames, boxed), cuts


def _repeated(cycle: tuple[int, ...], half: Half, random: Random) -> tuple[Frames, set[int]]:
    """Each frame shown `cycle` times in turn, with the cut at a random phase of it."""
    materials = cartoons(half) if random.integers(2) else _anything(half)
    first, second = _two(materials, random)
    while first is second:
        first, second = _two(materials, random)
    shots = []
    for material in (first, second):
        phase = int(random.integers(len(cycle)))
        frames = _shot(material, random)
        shown = [frame for i, frame in enumerate(frames) for _ in range(cycle[(i + phase) % len(cycle)])]
        shots.append(shown[int(random.integers(max(cycle))) :][: LENGTH + 4])
    return _join(*shots)


def _compressed(half: Half, random: Random) -> tuple[Frames, set[int]]:
    frames, cuts = _spliced(half, random)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": str(random.integers(36, 44)), "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as source:
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)], cuts


def _montage(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """Shots of 4 to 8 frames between two long ones."""
    shots, last = [], None
    for place in range(5):
        material = _pick([other for other in _anything(half) if other is not last], random)
        shots.append(_shot(material, random, LENGTH if place in (0, 4) else int(random.integers(4, 9))))
        last = material
    return _join(*shots)


def _cut_in_motion(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """From one pan into another, both of 3 to 10% of the width a frame."""
    return _join(
        *(_pan(material, random, random.uniform(0.03, 0.1), LENGTH) for material in _two(stills(half), random))
    )


def _jump(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """Half of a shot is left out, and the camera stands still."""
    material = _pick([shot for shot in live(half) if len(shot.pictures) >= 60], random)
    camera, middle = _calm(random), len(material.pictures) // 2
    starts = (int(random.integers(middle - LENGTH)), int(random.integers(middle, len(material.pictures) - LENGTH)))
    return _join(*(film(material, LENGTH, lambda _: camera(0), start) for start in starts))


# No cuts.


def _plain(half: Half, random: Random) -> tuple[Frames, set[int]]:
    return _shot(_pick((*live(half), *cartoons(half)), random), random, 2 * LENGTH), set()


def _fast_action(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """A live shot at four to eight times its speed."""
    material, speed = _pick(live(half), random), int(random.integers(4, 9))
    faster = Material(material.name, material.pictures[int(random.integers(speed)) :: speed])
    camera = _calm(random)
    return film(faster, len(faster.pictures), lambda _: camera(0)), set()


def _flash(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """One to three bright frames, the whole picture or a part of it."""
    frames = _shot(_pick(_anything(half), random), random, 2 * LENGTH)
    at, count = int(random.integers(8, 30)), int(random.integers(1, 4))
    strength = random.uniform(0.5, 1)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(rows - random.uniform(0, HEIGHT), columns - random.uniform(0, WIDTH)) / HEIGHT
    light = 1.0 if random.integers(2) else np.exp(-((distance / random.uniform(0.3, 0.8)) ** 2))[..., None]

    def lit(number: int, frame: np.ndarray) -> np.ndarray:
        fading = strength * (1 - 0.25 * (number - at))
        return frame + light * fading * (255 - frame) if at <= number < at + count else frame

    return _changed(frames, lit), set()


def _fade(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """Out to black or white and in again, in 8, 15 or 30 frames each."""
    steps, level = int(random.choice([8, 15, 30])), float(random.choice([0, 0, 255]))
    parts = [_shot(material, random, steps + 8) for material in _distinct(half, random)]
    gone = _changed(parts[0], lambda number, frame: frame + min(1, max(0, (number - 7) / steps)) * (level - frame))
    come = _changed(parts[1], lambda number, frame: level + min(1, (number + 1) / steps) * (frame - level))
    return [*gone, *([np.full((HEIGHT, WIDTH, 3), level, np.uint8)] * int(random.integers(1, 8))), *come], set()


def _dissolve(steps: int, half: Half, random: Random) -> tuple[Frames, set[int]]:
    first, second = (_shot(material, random, steps + 20) for material in _distinct(half, random))
    frames = first[:10]
    for step in range(1, steps):
        mixed = first[9 + step] + step / steps * (second[step].astype(np.float32) - first[9 + step])
        frames.append(np.rint(mixed).astype(np.uint8))
    return frames + second[steps : steps + 10], set()


def _pan(material: Material, random: Random, speed: float, count: int, still: int = 0) -> Frames:
    """`speed` in widths of the window a frame; starts after and ends before `still` frames, within two frames."""
    wide = panorama(material)
    picture = wide.pictures[0]
    size = random.uniform(0.5, 0.9)
    window = size * min(picture.width / WIDTH, picture.height / HEIGHT) * WIDTH
    step = min(speed * window, 0.98 * (picture.width - window) / max(1, count - 2 * still)) / (picture.width - window)
    speeds = np.zeros(count + 1)
    speeds[still + 1 : count - still] = step
    if still:
        speeds[still] = speeds[count - still] = step / 2
    places = np.cumsum(speeds)
    places += random.uniform(0, 1 - places[-1]) if places[-1] < 1 else 0
    backwards, height = bool(random.integers(2)), random.uniform(0.1, 0.9)
    path = [Window(1 - place if backwards else place, height, size) for place in places]
    return film(wide, count, lambda number: path[number], blur=int(random.choice([1, 4])))


def _fast_pan(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """A whip pan between two rests, of 5 to 30% of the width a frame."""
    speed = random.uniform(0.05, 0.3)
    moving = int(min(12, 2.0 / speed))
    return _pan(_pick(stills(half), random), random, speed, moving + 16, still=8), set()


def _zoom(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """In or out by 4 to 15% a frame, between two rests."""
    rate, x, y = random.uniform(0.04, 0.15), random.uniform(0.2, 0.8), random.uniform(0.2, 0.8)
    steps = min(12, int(np.log(3.5) / rate))
    sizes = [0.95 * np.exp(-rate * min(max(number - 8, 0), steps)) for number in range(steps + 17)]
    if random.integers(2):
        sizes.reverse()
    blur = int(random.choice([1, 4]))
    return film(
        _pick(_anything(half), random), len(sizes) - 1, lambda number: Window(x, y, sizes[number]), 0, blur
    ), set()


def _shake(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """A camera in a running hand: every frame up to 8% away from its place."""
    offsets = random.uniform(-0.12, 0.12, (2 * LENGTH + 1, 2))
    windows = [Window(0.5 + x, 0.5 + y, 0.6) for x, y in offsets]
    return film(_pick(_anything(half), random), 2 * LENGTH, lambda number: windows[number]), set()


def _exposure(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """Up or down by up to two stops over 3 to 12 frames, as a camera does that has lost its light."""
    frames = _shot(_pick(_anything(half), random), random, 2 * LENGTH)
    stops, steps, start = random.uniform(-2, 1.2), int(random.integers(3, 13)), int(random.integers(5, 20))
    return _changed(frames, lambda n, frame: frame * 2 ** (stops * min(1, max(0, (n - start) / steps)))), set()


def _passing(half: Half, random: Random) -> tuple[Frames, set[int]]:
    """Something large and near passes in front of a calm shot within some frames."""
    shot = _shot(_pick(_anything(half), random), random, 2 * LENGTH)
    curtain = film(_pick(stills(half), random), 1, _calm(random))[0]
    width, speed = int(random.uniform(0.3, 0.8) * WIDTH), random.uniform(0.08, 0.25) * WIDTH
    backwards = bool(random.integers(2))

    def hidden(number: int, frame: np.ndarray) -> np.ndarray:
        left = int((number - 10) * speed) - width
        left = WIDTH - left - width if backwards else left
        begin, end = max(0, left), min(WIDTH, left + width)
        if begin < end:
            frame[:, begin:end] = curtain[:, begin - left : end - left]
        return frame

    return _changed(shot, hidden), set()


def _pick(materials: Sequence[Material], random: Random) -> Material:
    return materials[int(random.integers(len(materials)))]


KINDS: dict[str, Maker] = {
    "hard": _hard,
    "cartoon": _cartoon_cut,
    "similar": _similar,
    "black": _black,
    "still": _to_still,
    "dark": _dark,
    "noise": _noise,
    "grey": _grey,
    "letterbox": _letterbox,
    "on twos": partial(_repeated, (2,)),
    "on threes": partial(_repeated, (3,)),
    "24 in 30": partial(_repeated, (1, 1, 1, 2)),
    "low bit rate": _compressed,
    "montage": _montage,
    "in motion": _cut_in_motion,
    "jump": _jump,
    "plain": _plain,
    "fast action": _fast_action,
    "flash": _flash,
    "fade": _fade,
    "dissolve 8": partial(_dissolve, 8),
    "dissolve 15": partial(_dissolve, 15),
    "dissolve 30": partial(_dissolve, 30),
    "fast pan": _fast_pan,
    "whip zoom": _zoom,
    "shake": _shake,
    "exposure": _exposure,
    "passing": _passing,
}
