"""Options of ``midframe run`` about time and video."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from midframe.errors import OptionError
from midframe.jobs.time import Gaps, SlowSound
from midframe.timing.timeline import EndMode

TIME, VIDEO = "Time", "Video"

FpsOption = Annotated[
    str | None,
    typer.Option(
        "--fps",
        help="Output frames per second instead of -x, such as 60 or 59.94 (exactly 60000/1001). May be lower than the "
        "input's.",
        rich_help_panel=TIME,
    ),
]
SlowmoOption = Annotated[
    bool,
    typer.Option("--slowmo", help="Keep the frame rate and stretch time by -x.", rich_help_panel=TIME),
]
SlowSoundOption = Annotated[
    SlowSound,
    typer.Option(
        "--slowmo-audio",
        help="Sound with --slowmo. drop: leave it out. stretch: stretch it to the length of the pictures, at the same "
        "pitch.",
        rich_help_panel=TIME,
    ),
]
StartTimeOption = Annotated[
    str | None,
    typer.Option(
        "--start-time", help="Start at this time: seconds or h:mm:ss, exact to the frame.", rich_help_panel=TIME
    ),
]
EndTimeOption = Annotated[
    str | None, typer.Option("--end-time", help="Stop before this time of the input.", rich_help_panel=TIME)
]
SourceFpsOption = Annotated[
    str | None,
    typer.Option(
        "--source-fps",
        help="Frames per second of images, and of pipes that do not state it. Default: 24.",
        rich_help_panel=TIME,
    ),
]
GapsOption = Annotated[
    Gaps,
    typer.Option(
        "--gaps",
        help="Missing frame numbers of an image sequence. step: each gap counts as one step. fill: also interpolate "
        "the missing frames, so that time stays even; -x 1 interpolates only these.",
        rich_help_panel=TIME,
    ),
]
VfrOption = Annotated[
    Literal["keep", "even"],
    typer.Option(
        "--vfr",
        help="Variable frame rate. keep: divide every interval. even: the mean rate, times -x.",
        rich_help_panel=TIME,
    ),
]
CodecOption = Annotated[
    str | None,
    typer.Option(
        "--codec",
        help="h264, h265, av1, vp9, prores, ffv1, or an FFmpeg encoder. Default: h264, or h265 above 8 bits. "
        ".gif, .webp and .apng have fixed codecs.",
        rich_help_panel=VIDEO,
    ),
]
ConstantQualityOption = Annotated[
    int | None,
    typer.Option(
        "--crf",
        help="Constant quality on the codec's scale; smaller is better. Default: 18 for h264, 20 for h265. "
        "WebP: 0 to 100, larger is better, 100 is lossless; default 85, or 100 for GIF and APNG.",
        rich_help_panel=VIDEO,
    ),
]
PresetOption = Annotated[
    str | None,
    typer.Option(
        "--preset", help="The codec's preset, such as slow: a trade-off between speed and size.", rich_help_panel=VIDEO
    ),
]
PixelsOption = Annotated[
    str | None,
    typer.Option(
        "--pix-fmt",
        help="Pixel format, such as yuv420p. Default: the source's, if the codec supports it.",
        rich_help_panel=VIDEO,
    ),
]
DamageOption = Annotated[
    Literal["conceal", "stop"],
    typer.Option(
        "--on-damage",
        help="Damaged video. conceal: replace a frame that cannot be decoded with the previous one, with a note. "
        "stop: end there.",
        rich_help_panel=VIDEO,
    ),
]
DeinterlaceOption = Annotated[
    bool,
    typer.Option(
        "--deinterlace",
        help="Deinterlace with FFmpeg's bwdif.",
        rich_help_panel=VIDEO,
    ),
]
FieldRateOption = Annotated[
    bool,
    typer.Option(
        "--field-rate",
        help="With --deinterlace: make a picture of every field, which doubles the frame rate before interpolation.",
        rich_help_panel=VIDEO,
    ),
]


def end_of(end: EndMode | None, *, loop: bool) -> EndMode | None:
    """What --end and --loop mean together.

    Raises:
        OptionError: They contradict each other.
    """
    if loop and end not in (None, "loop"):
        raise OptionError(f"Give either --loop or --end {end}, not both.")
    return "loop" if loop else end
