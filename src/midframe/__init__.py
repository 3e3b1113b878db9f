"""midframe interpolates video and image sequences, with RIFE.

Files and videos::

    import midframe

    midframe.run("clip.mp4", factor=2)

    job = midframe.Job("shots/", "out/", factor="5/2", cuts="blend")
    print(job.plan())
    with midframe.Session(midframe.EngineOptions(quality="best")) as session:
        session.run(job, on_event=print)

Frames in memory::

    with midframe.Interpolator.load("4.25") as interpolator:
        middle = interpolator.between(left, right, 0.5)
        smooth = interpolator.interpolate(frames, factor=2)

Importing midframe loads neither torch nor numpy; what a name needs is loaded with its first use. Everything public is
in ``__all__``; other modules may change from one version to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from midframe.version import __version__ as __version__

if TYPE_CHECKING:
    from midframe.api.demo_clips import demo_clip as demo_clip
    from midframe.api.interpolator import Interpolator as Interpolator
    from midframe.api.interpolator import Pair as Pair
    from midframe.api.models import ListedModel as ListedModel
    from midframe.api.models import identify_checkpoint as identify_checkpoint
    from midframe.api.models import list_models as list_models
    from midframe.api.random_access import RandomAccess as RandomAccess
    from midframe.api.reading import read_frames as read_frames
    from midframe.api.retiming import retime as retime
    from midframe.api.writing import export_video as export_video
    from midframe.engines.onnx.export import ExportedModel as ExportedModel
    from midframe.engines.onnx.export import export_onnx as export_onnx
    from midframe.engines.options import EngineOptions as EngineOptions
    from midframe.errors import BatchError as BatchError
    from midframe.errors import CancelledError as CancelledError
    from midframe.errors import CheckpointMismatchError as CheckpointMismatchError
    from midframe.errors import DatasetError as DatasetError
    from midframe.errors import DeviceError as DeviceError
    from midframe.errors import DiskFullError as DiskFullError
    from midframe.errors import DownloadError as DownloadError
    from midframe.errors import EngineError as EngineError
    from midframe.errors import InputError as InputError
    from midframe.errors import MidframeError as MidframeError
    from midframe.errors import NotCachedError as NotCachedError
    from midframe.errors import OptionError as OptionError
    from midframe.errors import OutOfMemoryError as OutOfMemoryError
    from midframe.errors import OutputExistsError as OutputExistsError
    from midframe.errors import OutputInUseError as OutputInUseError
    from midframe.errors import ResumeError as ResumeError
    from midframe.errors import SequenceError as SequenceError
    from midframe.errors import UnknownModelError as UnknownModelError
    from midframe.errors import UnreadableFileError as UnreadableFileError
    from midframe.errors import UnrecognisedCheckpointError as UnrecognisedCheckpointError
    from midframe.errors import UnsafeCheckpointError as UnsafeCheckpointError
    from midframe.errors import UnsupportedFormatError as UnsupportedFormatError
    from midframe.errors import WeightsError as WeightsError
    from midframe.errors import WriteError as WriteError
    from midframe.evaluation.review.results import PairReview as PairReview
    from midframe.evaluation.review.results import Review as Review
    from midframe.evaluation.review.review import review as review
    from midframe.executors.options import ExecutionOptions as ExecutionOptions
    from midframe.jobs.choices import Choices as Choices
    from midframe.jobs.choices import PairChoice as PairChoice
    from midframe.jobs.job import Job as Job
    from midframe.jobs.session import Session as Session
    from midframe.jobs.session import run as run
    from midframe.media.pipes.streams import Pipes as Pipes
    from midframe.runtime.events import Advanced as Advanced
    from midframe.runtime.events import Event as Event
    from midframe.runtime.events import Finished as Finished
    from midframe.runtime.events import FramePlaced as FramePlaced
    from midframe.runtime.events import FramePreview as FramePreview
    from midframe.runtime.events import JobSummary as JobSummary
    from midframe.runtime.events import Notice as Notice
    from midframe.runtime.events import PairClassified as PairClassified
    from midframe.runtime.events import Planned as Planned
    from midframe.runtime.events import Started as Started
    from midframe.runtime.job_plan import JobPlan as JobPlan
    from midframe.signals import CancelToken as CancelToken
    from midframe.types import SampleCoding as SampleCoding

_MODULES = {
    "midframe.api.demo_clips": ("demo_clip",),
    "midframe.api.interpolator": ("Interpolator", "Pair"),
    "midframe.api.models": ("ListedModel", "identify_checkpoint", "list_models"),
    "midframe.api.random_access": ("RandomAccess",),
    "midframe.api.reading": ("read_frames",),
    "midframe.api.retiming": ("retime",),
    "midframe.api.writing": ("export_video",),
    "midframe.engines.onnx.export": ("ExportedModel", "export_onnx"),
    "midframe.engines.options": ("EngineOptions",),
    "midframe.errors": (
        "BatchError",
        "CancelledError",
        "CheckpointMismatchError",
        "DatasetError",
        "DeviceError",
        "DiskFullError",
        "DownloadError",
        "EngineError",
        "InputError",
        "MidframeError",
        "NotCachedError",
        "OptionError",
        "OutOfMemoryError",
        "OutputExistsError",
        "OutputInUseError",
        "ResumeError",
        "SequenceError",
        "UnknownModelError",
        "UnreadableFileError",
        "UnrecognisedCheckpointError",
        "UnsafeCheckpointError",
        "UnsupportedFormatError",
        "WeightsError",
        "WriteError",
    ),
    "midframe.evaluation.review.results": ("PairReview", "Review"),
    "midframe.evaluation.review.review": ("review",),
    "midframe.executors.options": ("ExecutionOptions",),
    "midframe.jobs.choices": ("Choices", "PairChoice"),
    "midframe.jobs.job": ("Job",),
    "midframe.jobs.session": ("Session", "run"),
    "midframe.media.pipes.streams": ("Pipes",),
    "midframe.runtime.events": (
        "Advanced",
        "Event",
        "Finished",
        "FramePlaced",
        "FramePreview",
        "JobSummary",
        "Notice",
        "PairClassified",
        "Planned",
        "Started",
    ),
    "midframe.runtime.job_plan": ("JobPlan",),
    "midframe.signals": ("CancelToken",),
    "midframe.types": ("SampleCoding",),
}
"""Where each public name is defined."""

_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "__version__",
    *_HOMES,
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'midframe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
