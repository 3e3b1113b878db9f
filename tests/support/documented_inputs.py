"""The files that the documentation gives to commands, by the names that it uses, as small real ones.

A page that needs another file has a line here; most need none, because they use these names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
from tests.support.clips import write_clip
from tests.support.command_line import write_png
from tests.support.lpips_weights import write_alexnet
from tests.support.rows import pan
from tests.support.stand_ins import snu_film_tree, vimeo90k_tree

from midframe.media.images.codecs import codec_for
from midframe.models.fetch import locate_model
from midframe.types import Alpha, ChannelLabel, Frame, FrameFormat

WIDTH, HEIGHT = 64, 48
FRAMES = 12

RENDER_CHANNELS = (
    *("R", "G", "B", "A", "Z", "mask", "uv.x", "uv.y"),
    *("ViewLayer_fg.Combined.R", "ViewLayer_fg.Combined.G", "ViewLayer_fg.Combined.B"),
)

Make = Callable[[Path], object]


def input_named(name: str, command: str) -> Make | None:
    """What makes an input of a command; None for a name that is none."""
    return OWN_INPUTS.get((command, name)) or INPUTS.get(name)


def _video(path: Path, *, count: int = FRAMES, rate: int = 25, codec: str = "libx264", sound: bool = True) -> None:
    write_clip(path, count, Fraction(rate), codec=codec, sound=sound, options=None if codec == "libx264" else {})


def _videos(folder: Path) -> None:
    folder.mkdir()
    _video(folder / "1.mp4")
    _video(folder / "night.mp4")


def _animation(path: Path) -> None:
    from PIL import Image

    first, *others = map(Image.fromarray, pan(6, height=HEIGHT, width=WIDTH))
    first.save(path, save_all=True, append_images=others, duration=40, loop=0)


def _pngs(folder: Path, *, left_out: int | None = None) -> None:
    folder.mkdir(parents=True)
    for number, samples in enumerate(pan(5, height=HEIGHT, width=WIDTH), 1):
        if number != left_out:
            write_png(folder / f"{number:04d}.png", samples)


def _drawings(folder: Path) -> None:
    """Each held for two frames."""
    folder.mkdir(parents=True)
    for number, samples in enumerate(pan(4, height=HEIGHT, width=WIDTH)):
        for held in (1, 2):
            write_png(folder / f"{2 * number + held:04d}.png", samples)


def _sprites(folder: Path) -> None:
    """A shape on transparency that moves."""
    from PIL import Image

    folder.mkdir()
    for number, samples in enumerate(pan(4, height=HEIGHT, width=WIDTH), 1):
        alpha = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
        alpha[12:36, 8 + 4 * number : 32 + 4 * number] = 255
        Image.fromarray(np.concatenate([samples, alpha], axis=2)).save(folder / f"walk_{number}.png")


def _png(path: Path, *, number: int) -> None:
    write_png(path, pan(8, height=HEIGHT, width=WIDTH)[number])


def _render(path: Path, *, number: int) -> None:
    """A picture with depth, a mask, coordinates and a layer."""
    labels = tuple(map(ChannelLabel, RENDER_CHANNELS))
    samples = np.ones((HEIGHT, WIDTH, len(labels)), np.float32)
    picture = pan(8, height=HEIGHT, width=WIDTH)[number] / np.float32(255)
    samples[..., :3] = samples[..., -3:] = picture
    samples[..., 4] = 10 + picture[..., 0]
    described = FrameFormat(WIDTH, HEIGHT, len(labels), samples.dtype, Alpha(3, True), "linear", labels=labels)
    codec_for(path).write(path, Frame(samples, described))


def _renders(folder: Path) -> None:
    folder.mkdir()
    for number in range(3):
        _render(folder / f"{number + 1:04d}.exr", number=number)


def _pages(path: Path, *, channels: int = 3) -> None:
    import tifffile

    pages = [257 * samples[..., :channels].astype(np.uint16) for samples in pan(4, height=HEIGHT, width=WIDTH)]
    if channels == 3:
        tifffile.imwrite(path, np.stack(pages), photometric="rgb")
    else:
        tifffile.imwrite(path, np.stack(pages), photometric="minisblack", planarconfig="contig", extrasamples=[0])


def _choices(path: Path) -> None:
    """For the sixth frame of a clip of 25 frames per second."""
    choices = [{"time": "1/5", "choice": "hold"}]
    path.write_text(json.dumps({"format": "midframe-choices", "version": 1, "choices": choices}))


def _logo(path: Path) -> None:
    """White where the logo of a clip is."""
    mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask[4:12, 44:60] = 255
    write_png(path, mask)


def _weights(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(locate_model("4.25"))


def _weights_folder(path: Path) -> None:
    _weights(path / "model.pkl")


def _adapted_weights(path: Path) -> None:
    """Plain tensors, as other programs write them."""
    import torch
    from safetensors.torch import save_file

    tensors = torch.load(locate_model("4.25"), map_location="cpu", weights_only=True)
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path)


def _weights_of_comfyui(path: Path) -> None:
    """Half precision and blocks in a list, as in ComfyUI's folder of models."""
    import torch
    from safetensors.torch import save_file

    tensors = torch.load(locate_model("4.25"), map_location="cpu", weights_only=True)
    names = {name: re.sub(r"^block(?=\d)", "blocks.", name.removeprefix("module.")) for name in tensors}
    save_file({names[name]: tensor.half().contiguous() for name, tensor in tensors.items()}, path)


INPUTS: dict[str, Make] = {
    "clip.mp4": _video,
    "clip.mkv": _video,
    "in.mkv": _video,
    "INPUT": _pngs,
    "a.mp4": _video,
    "b.mp4": partial(_video, codec="mpeg4"),
    "b.mkv": partial(_video, codec="ffv1", sound=False),
    "clip_2x.mp4": partial(_video, count=2 * FRAMES, rate=50, codec="mpeg4"),
    "lpips.pth": write_alexnet,
    "generated.mp4": partial(_video, rate=16, sound=False),
    "tape.mpg": partial(_video, codec="mpeg2video", sound=False),
    "clip.gif": _animation,
    "day1.mkv": partial(_video, count=40),
    "day2.mkv": partial(_video, count=40),
    "films": _videos,
    "shots": _pngs,
    "data/input_frames": _pngs,
    "drawings": _drawings,
    "sprites": _sprites,
    "renders": _renders,
    "stack.tif": _pages,
    "labels.tif": partial(_pages, channels=2),
    "a.png": partial(_png, number=0),
    "b.png": partial(_png, number=1),
    "f_0001.png": partial(_png, number=0),
    "f_0005.png": partial(_png, number=4),
    "a.exr": partial(_render, number=0),
    "b.exr": partial(_render, number=1),
    "choices.json": _choices,
    "logo.png": _logo,
    "mine.toml": lambda path: path.write_text('title = "TV"\nfps = "60"\n'),
    "my.pkl": _weights,
    "rife_v4.25.safetensors": _weights_of_comfyui,
    "~/Downloads/flownet.pkl": _weights,
    "ckpt/rifev4_25": _weights_folder,
    "clip.safetensors": _adapted_weights,
    "vimeo_triplet": lambda path: vimeo90k_tree(path, pan(6)),
    "SNU-FILM": lambda path: snu_film_tree(path, pan(17)),
}

LEARNABLE = partial(_video, count=40)
"""Long enough to learn from."""

OWN_INPUTS: dict[tuple[str, str], Make] = {
    ("midframe run clip.mp4 --start-time 1:30 --end-time 1:40", "clip.mp4"): partial(
        _video, count=105, rate=1, sound=False
    ),
    ("midframe run clip.mp4 --adapt", "clip.mp4"): LEARNABLE,
    ("midframe adapt clip.mp4 -o clip.safetensors", "clip.mp4"): LEARNABLE,
}
"""Inputs of single commands that need something particular."""
