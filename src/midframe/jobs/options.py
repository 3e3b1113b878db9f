"""The options of a job as the rest of the package takes them, and the output that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from midframe.detection.rules import PairRules
from midframe.jobs.choices import Choices
from midframe.jobs.disk_guard import KeepFree
from midframe.jobs.inputs import JobSource
from midframe.jobs.time import TimeOptions
from midframe.media.animation_kinds import animation_suffix
from midframe.media.channels import ChannelOptions
from midframe.media.display import DisplayTransform
from midframe.media.images.tiff.single_image import TIFF_SUFFIXES
from midframe.media.input_paths import named_input
from midframe.media.pipes.raw import RawVideo
from midframe.media.video.codecs import CONTAINERS
from midframe.media.video.reading.damage_log import OnDamage
from midframe.media.video.reading.deinterlacing import Pictures
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.timing.steps import Mode
from midframe.timing.timeline import EndMode
from midframe.types import AlphaChoice
from midframe.visualization.flow_folder import FlowOutputOptions


@dataclass(frozen=True)
class JobOptions:
    """Options of a job, parsed, in the groups that they are used in.

    Attributes:
        source: Folder, glob, pattern, multi-page TIFF or video file; "-" for a pipe; or pictures, in order.
        output: Folder or file; None for one next to the input, named after it and the factor. A name with the
            suffix of a video makes a video; "-" is a pipe.
        factor: Output frames per source interval.
        end: See `midframe.timing.timeline.EndMode`; None for "hold" in videos, which keeps their length, else "drop".
        mode: See `midframe.timing.steps`.
        rules: What becomes of static pairs, cuts and repeated frames.
        interpolate_two: Whether two pictures that are all of the input are interpolated even if they look like a cut.
        alpha: See `midframe.types.AlphaChoice`.
        name: Output name pattern such as ``shot_{:05d}.png``; None for seven digits.
        start_number: Number of the first output frame.
        overwrite: Whether files that have the names of the output may be replaced.
        time: Rates, ranges and slow motion.
        encoding: Compression of a video output.
        resume: Continue where an interrupted run of the same job has stopped; begin if there was none.
        keep_free: What is left free on the output's disk.
        on_damage: What is done about damage in a video input.
        deinterlace: How many pictures an interlaced frame of a video input becomes; None where it is used unchanged.
        raw_input: What comes through the pipe, where that is raw planes; None for Y4M.
        raw_output: Whether raw planes go out through the pipe, and not Y4M.
        flow: Where the flow behind interpolated frames goes; None for nowhere.
        report: File for the run report; None for none.
        display_transform: How frames of image files become display values.
        channels: What is said about channels.
        choices: What was chosen for single pairs; None for nothing.
        redo: Whether the output is there, and only those of its frames are made again for which something else was
            chosen since.
        mask: Picture whose white parts stay as in the nearer source frame; None for none.
        deflicker: Whether global flicker of brightness is taken out of the source frames.
    """

    source: JobSource
    output: Path | None = None
    factor: Fraction = Fraction(2)
    end: EndMode | None = None
    mode: Mode = "direct"
    rules: PairRules = field(default_factory=PairRules)
    interpolate_two: bool = True
    alpha: AlphaChoice = "auto"
    name: str | None = None
    start_number: int = 0
    overwrite: bool = False
    time: TimeOptions = field(default_factory=TimeOptions)
    encoding: EncodingOptions = field(default_factory=EncodingOptions)
    resume: bool = False
    keep_free: KeepFree = field(default_factory=KeepFree)
    on_damage: OnDamage = "conceal"
    deinterlace: Pictures | None = None
    raw_input: RawVideo | None = None
    raw_output: bool = False
    flow: FlowOutputOptions | None = None
    report: Path | None = None
    display_transform: DisplayTransform = "auto"
    channels: ChannelOptions = field(default_factory=ChannelOptions)
    choices: Choices | None = None
    redo: bool = False
    mask: Path | None = None
    deflicker: bool = False


def default_output(source: JobSource, factor: Fraction, time: TimeOptions | None = None) -> Path:
    """The path next to the input: ``shots`` at factor 2 gives ``shots_2x``, ``clip.mp4`` gives ``clip_2x.mp4``.

    Videos of kinds that are read but not written give an .mp4 file. Pictures named one by one give a folder next to the
    first: ``a.png`` and ``b.png`` give ``a-b_2x``.
    """
    if isinstance(source, tuple):
        path = source[0].with_name(f"{source[0].stem}-{source[-1].stem}")
    else:
        path = named_input(source)
    words = f"{factor.numerator}x" if factor.denominator == 1 else f"{float(factor):g}x"
    if time is not None and time.fps is not None:
        words = f"{float(time.fps):.6g}fps"
    if time is not None and time.slowmo:
        words += "_slow"
    if path.is_dir():
        return path.with_name(f"{path.name}_{words}")
    animation = animation_suffix(path) if path.is_file() else None
    if animation is not None:
        return path.with_name(f"{path.stem}_{words}{animation}")
    written = path.suffix.lower() in (*TIFF_SUFFIXES, *CONTAINERS)
    return path.with_name(f"{path.stem}_{words}{path.suffix if written or not path.is_file() else '.mp4'}")
