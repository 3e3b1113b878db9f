"""Sinks: files in a folder, pages of one TIFF, a video, a pipe. No file has its final name before it is whole."""

from __future__ import annotations

from midframe.media.images.folder_sink import FolderSink
from midframe.media.images.stack_sink import StackSink
from midframe.media.output_plan import FolderPlan, OutputPlan, StackPlan, plan_output
from midframe.media.pipes.plan import PipePlan
from midframe.media.pipes.sink import PipeSink
from midframe.media.video.plan import VideoPlan
from midframe.media.video.sink import VideoSink

__all__ = [
    "FolderPlan",
    "FolderSink",
    "OutputPlan",
    "PipePlan",
    "PipeSink",
    "StackPlan",
    "StackSink",
    "VideoPlan",
    "VideoSink",
    "open_sink",
    "plan_output",
]


def open_sink(plan: OutputPlan, expected: int = 0) -> FolderSink | StackSink | VideoSink | PipeSink:
    """Create the output place that `plan_output` has checked, and clear away what a dead run has left there.

    Args:
        plan: From `plan_output`.
        expected: Frames that an earlier run has put there; the sink's `safe` tells how many it can go on behind.

    Raises:
        WriteError: It cannot be created.
    """
    if isinstance(plan, PipePlan):
        return PipeSink(plan)
    if isinstance(plan, VideoPlan):
        return VideoSink(plan, expected)
    return FolderSink(plan, expected) if isinstance(plan, FolderPlan) else StackSink(plan)
