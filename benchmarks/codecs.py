"""What becomes of every kind of pixels in every container and codec: kept, told in a note, refused, or lost in silence.

Each cell runs a whole job on a tiny clip (FFV1, three frames) with an engine that mixes frames, reads the result back
and compares: number of frames, times, size, depth, chroma resolution, alpha, and the originals' PSNR.

    python -m benchmarks.codecs --containers .mp4 .mkv > table.md
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from tests.support.fake_engine import FakeEngine

from midframe.detection.rules import PairRules
from midframe.engines.protocols import EngineMaker, Notify, ignore_notice
from midframe.errors import MidframeError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.video.codecs import CONTAINERS, VIDEO_CODECS
from midframe.media.video.planes import PlaneLayout, layout_of
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.stream_info import DecodedPicture
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.runtime.events import Reporter
from midframe.timing.steps import Mode
from midframe.types import Frame, FrameFormat

WIDTH, HEIGHT, COUNT, RATE = 96, 64, 3, Fraction(24000, 1001)

PIXELS = (
    *("gray", "gray10le", "gray12le"),
    *(f"yuv{chroma}p{depth}" for chroma in ("420", "422", "444") for depth in ("", "10le", "12le")),
    *("bgr0", "gbrp10le", "gbrp12le"),
    *("ya8", "yuva420p", "yuva422p", "yuva444p", "yuva420p10le", "yuva422p10le", "yuva444p10le"),
    *("yuva422p12le", "yuva444p12le", "bgra", "gbrap10le", "gbrap12le"),
)

LEAST_PSNR, LEAST_PSNR_SUBSAMPLED = 32.0, 28.0
"""dB of the worst plane of an original: below it, something other than compression has happened. The second is for RGB
whose colours were stored in half the resolution."""

RULES = PairRules(None, "off")
"""Every pair is mixed."""

VIDEOS = {suffix: container for suffix, container in CONTAINERS.items() if not container.animation}
FILM_CODECS = [name for name in VIDEO_CODECS if any(name in container.codecs for container in VIDEOS.values())]

FAST = {"h264": "ultrafast", "h265": "ultrafast", "av1": "12", "vp9": "8"}


@dataclass(frozen=True)
class Mixing:
    """A network that is `FakeEngine`."""

    name: str = "mix"
    sha256: str = ""
    notes: tuple[str, ...] = ()
    makers: tuple[EngineMaker, ...] = ()
    spare: int = 1 << 30

    @property
    def settings(self) -> dict[str, object]:
        """Nothing that changes frames."""
        return {}

    def fitted(self, frame_format: FrameFormat, times: int, mode: Mode) -> Mixing:
        """It fits."""
        return self

    def make_engine(self, notify: Notify = ignore_notice) -> FakeEngine:
        """A new engine."""
        return FakeEngine()


def write_source(path: Path, pixels: str) -> Path:
    """Smooth waves that move, other ones in each channel; alpha goes from clear to solid."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] / HEIGHT
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=RATE, options={"level": "3"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        for number in range(COUNT):
            waves = [0.5 + 0.4 * np.sin(5 * columns + (3 + k) * rows - 0.3 * number + 2 * k) for k in range(4)]
            picture = np.stack([*waves[:3], np.clip(columns / 1.5, 0, 1)], -1)
            exact = av.VideoFrame.from_ndarray(np.rint(picture * 65535).astype(np.uint16), format="rgba64le")
            container.mux(stream.encode(exact.reformat(format=pixels)))
        container.mux(stream.encode(None))
    return path


def psnr(given: VideoSource, got: VideoSource, step: int) -> float:
    """Of the worst channel of all originals, in dB of the full range; compared in the coarser kind of pixels."""
    worst = 99.0
    for number in range(len(given)):
        pair = [source.read(index) for source, index in ((given, number), (got, number * step))]
        first, second = (_comparable(each, given.video_info.layout, got.video_info.layout) for each in pair)
        for channel in range(min(first.shape[2], second.shape[2])):
            difference = first[:HEIGHT, :WIDTH, channel] - second[:HEIGHT, :WIDTH, channel]
            worst = min(worst, float(-10 * np.log10(max(np.mean(difference**2), 1e-10))))
    return worst


def _comparable(frame: Frame, given: PlaneLayout, got: PlaneLayout) -> np.ndarray:
    """Channels in [0, 1] that both kinds of pixels have: RGB where one of them is RGB, else their own."""
    assert isinstance(frame.metadata, DecodedPicture)
    assert frame.format.coding is not None
    picture = frame.metadata.picture
    alpha = given.alpha and got.alpha
    if min(len(given.planes), len(got.planes)) < 3:
        return frame.samples[..., :1] / frame.format.coding.largest
    if given.rgb or got.rgb:
        name = "rgba64le" if alpha else "rgb48le"
        given_space = {} if layout_of(picture.format.name).rgb else {"src_colorspace": "itu709"}
        return picture.reformat(format=name, **given_space).to_ndarray() / 65535
    name = "yuva444p16le" if alpha else "yuv444p16le"
    planes = picture.reformat(format=name)
    return np.stack([np.frombuffer(p, "<u2").reshape(p.height, -1)[:, : p.width] / 65535 for p in planes.planes], -1)


def try_out(source: Path, output: Path, codec: str | None, size: tuple[int, int] = (WIDTH, HEIGHT)) -> str:
    """Run a job and say what became of it: "ok", "ok: note", "refused: ..." or "WRONG: ..."."""
    options = EncodingOptions(codec, preset=FAST.get(codec or ""))
    given = VideoSource(source)
    try:
        job = resolve_job(JobOptions(source, output, encoding=options, rules=RULES, overwrite=True))
        run_job(job, Mixing(), Reporter())
    except MidframeError as error:
        return f"refused: {error}"
    got = VideoSource(output)
    wrong = []
    if len(got) != 2 * COUNT:
        wrong.append(f"{len(got)} frames")
    assert got.index.stamps is not None
    exact = Fraction(0) if output.suffix in (".mp4", ".mov", ".m4v") else Fraction(1, 2000)
    times = [stamp * got.index.time_base for stamp in got.index.stamps]
    if any(abs(when - k / (2 * RATE)) > exact for k, when in enumerate(times)):
        wrong.append("times")
    if (got.format.width, got.format.height) != size:
        wrong.append(f"{got.format.width}×{got.format.height}")
    told = " ".join(job.notes)
    before, after = given.video_info.layout, got.video_info.layout
    for lost, word in (
        (after.bits < before.bits, "bits"),
        (before.alpha and not after.alpha, "alpha"),
        (len(before.planes) > 2 and (after.down, after.across) > (before.down, before.across), "coarser"),
        (len(before.planes) > 2 > len(after.planes), "colour"),
    ):
        if lost and word not in told:
            wrong.append(f"{word} lost without a note")
    quality = psnr(given, got, 2)
    if quality < (LEAST_PSNR_SUBSAMPLED if before.rgb and not after.rgb else LEAST_PSNR):
        wrong.append(f"PSNR {quality:.0f} dB")
    kind = f"{got.video_info.codec} {after.name}"
    if wrong:
        return f"WRONG: {', '.join(wrong)} ({kind})"
    return f"ok{': ' + told if told else ''} ({kind}, {quality:.0f} dB)"


def table(container: str, results: dict[tuple[str, str], str], codecs: Sequence[str]) -> str:
    """A Markdown table with its messages below."""
    messages: dict[str, int] = {}
    lines = [f"### {container}", "", "| source | " + " | ".join(codecs) + " |", "|---" * (len(codecs) + 1) + "|"]
    for pixels in PIXELS:
        cells = []
        for codec in codecs:
            result = results[pixels, codec]
            kind, _, text = result.partition(": ")
            if kind.startswith("ok"):
                made = re.search(r"\((\S+) (\S+), (\d+) dB\)$", result)
                assert made is not None
                note = f" [{messages.setdefault(_general(text), len(messages) + 1)}]" if text else ""
                cells.append(f"{made[2] if codec != 'default' else f'{made[1]} {made[2]}'}{note}")
            else:
                cells.append(f"{'—' if kind == 'refused' else '**wrong**'} [{_number(messages, _general(text))}]")
        lines.append(f"| {pixels} | " + " | ".join(cells) + " |")
    lines.append("")
    lines += [f"{number}. {text}" for text, number in messages.items()]
    return "\n".join(lines)


def _number(messages: dict[str, int], text: str) -> int:
    return messages.setdefault(text, len(messages) + 1)


def _general(text: str) -> str:
    return re.sub(r" \(\S+ \S+, \d+ dB\)$", "", text)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--containers", nargs="+", default=list(VIDEOS))
    parser.add_argument("--codecs", nargs="+", default=["default", *FILM_CODECS])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    began = time.monotonic()
    everything: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = {pixels: write_source(folder / f"{pixels}.mkv", pixels) for pixels in PIXELS}
        for container in given.containers:
            results = {}
            for pixels, source in sources.items():
                for codec in given.codecs:
                    output = folder / f"out{container}"
                    results[pixels, codec] = try_out(source, output, None if codec == "default" else codec)
                    everything[f"{container} {codec} {pixels}"] = results[pixels, codec]
            print(table(container, results, given.codecs), end="\n\n", flush=True)
    wrong = {cell: result for cell, result in everything.items() if result.startswith("WRONG")}
    for cell, result in wrong.items():
        print(f"{cell}: {result}", file=sys.stderr)
    print(f"{len(everything)} cells, {len(wrong)} wrong, {time.monotonic() - began:.0f} s", file=sys.stderr)
    if given.json:
        given.json.write_text(json.dumps(everything, indent=1, ensure_ascii=False))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
