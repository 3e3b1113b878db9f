"""The nodes: what users see and enter, and what is then called. Importing this needs ComfyUI."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import midframe
from midframe.engines.options import FLOW_SCALES, PRECISIONS, QUALITIES
from midframe.engines.registry import engine_names
from midframe.errors import MidframeError
from midframe.integrations.comfyui import host, rates, weights
from midframe.integrations.comfyui.advice import fitting
from midframe.integrations.comfyui.description import NodeDescription, NodeInput, NodeOutput, NodeResult
from midframe.integrations.comfyui.images import interpolate_images
from midframe.integrations.comfyui.video import SUFFIXES, VideoOptions, interpolate_video

STOP, PASS_ON = "stop", "pass the input on"
"""What happens if interpolation fails. Stopping is the default: a workflow that seems to succeed with the wrong frame
rate is noticed late, and the generation is not lost, because ComfyUI keeps the results of all other nodes."""

_log = logging.getLogger("midframe")


def load_model(
    model: str, device: str, engine: str, precision: str, flow_scale: str, threads: int, **_: Any
) -> NodeResult:
    """The node that chooses a model, and what runs it."""
    _refuse_other_choices(LOAD_MODEL, device=device, engine=engine, precision=precision, flow_scale=flow_scale)
    options = midframe.EngineOptions(
        weights.locate(model),
        device,
        engine=engine,
        precision=precision,  # type: ignore[arg-type] # checked by EngineOptions
        flow_scale=float(flow_scale),
        threads=threads or None,
    )
    with _fitting_errors():
        return NodeResult((weights.load_model(options),))


def interpolate_a_video(
    video: Any,
    model: str,
    quality: str,
    factor: float,
    fps: str,
    slowmo: bool,
    cuts: str,
    dedup: bool,
    codec: str,
    filename_prefix: str,
    on_error: str,
    loaded_model: midframe.EngineOptions | None = None,
) -> NodeResult:
    """The node for VIDEO."""

    def work() -> NodeResult:
        _refuse_other_choices(INTERPOLATE_VIDEO, quality=quality, cuts=cuts, codec=codec)
        rates.check({"fps": fps, "slowmo": slowmo})
        engine = _engine(model, quality, loaded_model)
        options = VideoOptions.of(engine, factor, fps, codec, cuts=cuts, dedup=dedup, slowmo=slowmo)
        return interpolate_video(video, options, filename_prefix.strip())

    return _or_passed_on(work, on_error, (video,))


def interpolate_a_batch(
    images: Any,
    model: str,
    quality: str,
    source_fps: float,
    factor: float,
    fps: str,
    cuts: str,
    dedup: bool,
    on_error: str,
    loaded_model: midframe.EngineOptions | None = None,
) -> NodeResult:
    """The node for IMAGE."""

    def work() -> NodeResult:
        _refuse_other_choices(INTERPOLATE_IMAGES, quality=quality, cuts=cuts)
        engine = _engine(model, quality, loaded_model)
        return interpolate_images(images, engine, source_fps=source_fps, factor=factor, fps=fps, cuts=cuts, dedup=dedup)

    return _or_passed_on(work, on_error, (images, source_fps))


def _engine(model: str, quality: str, loaded: midframe.EngineOptions | None) -> midframe.EngineOptions:
    options = loaded or midframe.EngineOptions(weights.locate(model))
    return weights.on_device_of_host(replace(options, quality=quality))  # type: ignore[arg-type] # checked there


def _or_passed_on(work: Callable[[], NodeResult], on_error: str, given: tuple[Any, ...]) -> NodeResult:
    """The result of the work, with a report in words as its last value; or what was given, if that was asked for."""
    _ON_ERROR.check(on_error)
    try:
        with _fitting_errors():
            result = work()
    except Exception as error:
        # Whatever fails, be it a mistake in this program: the generation before it may have taken an hour.
        if on_error == STOP or host.is_interruption(error):
            raise
        _log.exception("midframe: interpolation failed; the input is passed on")
        result = NodeResult((*given, f"Not interpolated; the input was passed on. {error}"))
    report = fitting(result.values[-1], _option_names())
    host.show_text(report)
    return replace(result, values=(*result.values[:-1], report))


@contextmanager
def _fitting_errors() -> Iterator[None]:
    """Leave advice that cannot be followed on the nodes out of errors."""
    try:
        yield
    except MidframeError as error:
        error.args = (fitting(str(error), _option_names()),)
        raise


def _option_names() -> set[str]:
    """What users can enter on any of the nodes."""
    return {each.name for node in NODES for each in node.inputs}


def _refuse_other_choices(node: NodeDescription, **values: Any) -> None:
    """Refuse values of combos that are none of their choices: connected ones are not checked before the node runs.

    Raises:
        OptionError: One is none.
    """
    for each in node.inputs:
        if each.name in values:
            each.check(values[each.name])


_MODEL = NodeInput(
    "model",
    "COMBO",
    "A RIFE checkpoint from ComfyUI's folders models/frame_interpolation, rife or ckpts, found by its content; or a "
    "version of midframe's catalogue, which is downloaded when it is first used.",
    choices=weights.model_choices,
)
_LOADED_MODEL = NodeInput(
    "loaded_model", "MIDFRAME_MODEL", "From 'Load midframe Model'; takes the place of model.", optional=True
)
_QUALITY = NodeInput(
    "quality",
    "COMBO",
    "fast: the network as published. default: a better blend, in about the same time. best: four estimates for every "
    "frame, in about four times the time.",
    default="default",
    choices=lambda: QUALITIES,
)
_FACTOR = NodeInput(
    "factor",
    "FLOAT",
    "Output frames per source interval, if fps is empty: 2 doubles the frame rate, 1.5 makes 24 of 16.",
    default=2.0,
    least=1.0,
    most=64.0,
    step=0.25,
)
_FPS = NodeInput(
    "fps",
    "STRING",
    "Output frames per second, exactly: 24, 59.94 or 60000/1001. Empty: by factor, also for slow motion.",
    default="",
)
_CUTS = NodeInput(
    "cuts",
    "COMBO",
    "At scene cuts: hold repeats the previous frame, blend cross-fades, off interpolates across.",
    default="hold",
    choices=lambda: ("hold", "blend", "off"),
)
_DEDUP = NodeInput("dedup", "BOOLEAN", "Replace repeated frames with interpolated ones.", default=False)
_ON_ERROR = NodeInput(
    "on_error",
    "COMBO",
    "If interpolation fails: stop the workflow, or pass the input on and say why in the report.",
    default=STOP,
    choices=lambda: (STOP, PASS_ON),
)
_REPORT = NodeOutput("report", "STRING", "What was done, in words; or why the input was passed on.")

LOAD_MODEL = NodeDescription(
    "MidframeLoadModel",
    "Load midframe Model",
    "Chooses a model for frame interpolation, and what runs it. Only needed if the settings of the other nodes do not "
    "suffice. Fails here, before anything is interpolated, if the model cannot be loaded.",
    inputs=(
        _MODEL,
        NodeInput(
            "device",
            "COMBO",
            "auto: the device that ComfyUI uses. vulkan: for the engine ncnn.",
            default="auto",
            choices=lambda: ("auto", "cpu", "cuda", "mps", "xpu", "vulkan"),
        ),
        NodeInput(
            "engine",
            "COMBO",
            "What runs the network. auto: the fastest one there is for the device.",
            default="auto",
            choices=engine_names,
        ),
        NodeInput(
            "precision",
            "COMBO",
            "exact: the whole network in float32. fast: less time, with small differences.",
            default="exact",
            choices=lambda: PRECISIONS,
        ),
        NodeInput(
            "flow_scale",
            "COMBO",
            "The resolution that motion is estimated at, relative to the frame. 0.5 for 4K.",
            default="1",
            choices=lambda: tuple(f"{scale:g}" for scale in FLOW_SCALES),
        ),
        NodeInput("threads", "INT", "CPU threads; 0 for all cores.", default=0, least=0, most=1024, step=1),
    ),
    outputs=(NodeOutput("model", "MIDFRAME_MODEL", "For loaded_model of the other nodes."),),
    run=load_model,
    check=rates.check,
    fingerprint=weights.fingerprint,
)

INTERPOLATE_VIDEO = NodeDescription(
    "MidframeInterpolateVideo",
    "Interpolate Video (midframe)",
    "More frames per second for a VIDEO, exactly at the rate that is asked for, with its sound. Works as a stream: "
    "memory does not grow with the length of the video. Scene cuts stay cuts.",
    inputs=(
        NodeInput("video", "VIDEO", "From a file, or from 'Create Video'."),
        _MODEL,
        _QUALITY,
        _FACTOR,
        _FPS,
        NodeInput(
            "slowmo",
            "BOOLEAN",
            "Slow motion: 2 as factor plays at half the speed, at the frame rate of the input, without sound; fps must "
            "be empty.",
            default=False,
        ),
        _CUTS,
        _DEDUP,
        NodeInput(
            "codec",
            "COMBO",
            "auto: H.264 in MP4, H.265 for more than 8 bits. vp9 (WebM), prores (MOV) and ffv1 (Matroska, lossless) "
            "keep alpha.",
            default="auto",
            choices=lambda: tuple(SUFFIXES),
        ),
        NodeInput(
            "filename_prefix",
            "STRING",
            "If given, the file is in ComfyUI's output folder under this name and a number, such as video/smooth. "
            "Empty: in its temporary folder, from where 'Save Video' saves it.",
            default="",
        ),
        _ON_ERROR,
        _LOADED_MODEL,
    ),
    outputs=(NodeOutput("video", "VIDEO", "The new video, as a file."), _REPORT),
    run=interpolate_a_video,
    check=rates.check,
    fingerprint=weights.fingerprint,
    makes_files=True,
)

INTERPOLATE_IMAGES = NodeDescription(
    "MidframeInterpolateImages",
    "Interpolate Images (midframe)",
    "More frames for a batch of images, at any frame rate from theirs on. With whole factors, all given frames are in "
    "the result unchanged; with others, such as 16 to 24, those at output times. Scene cuts stay cuts. For long clips "
    "'Interpolate Video (midframe)' needs far less memory.",
    inputs=(
        NodeInput("images", "IMAGE", "The frames in order, all of one scene or of several."),
        _MODEL,
        _QUALITY,
        NodeInput(
            "source_fps",
            "FLOAT",
            "Frames per second of the images.",
            default=16.0,
            least=0.01,
            most=1000.0,
            step=0.01,
        ),
        _FACTOR,
        _FPS,
        _CUTS,
        _DEDUP,
        _ON_ERROR,
        _LOADED_MODEL,
    ),
    outputs=(
        NodeOutput("images", "IMAGE", "The frames at output times: given ones unchanged, and interpolated ones."),
        NodeOutput("fps", "FLOAT", "Frames per second of these images."),
        _REPORT,
    ),
    run=interpolate_a_batch,
    check=rates.check,
    fingerprint=weights.fingerprint,
)

NODES = (INTERPOLATE_VIDEO, INTERPOLATE_IMAGES, LOAD_MODEL)
"""All nodes, in the order of the menu."""
