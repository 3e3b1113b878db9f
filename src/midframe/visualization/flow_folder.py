"""The optical flow of the interpolated frames of a job, in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from midframe.engines.flow_fields import MotionField
from midframe.errors import OptionError, OutputExistsError, WriteError
from midframe.media.output_paths import require_writable, same_place
from midframe.media.protocols import FrameInput
from midframe.paths import user_path
from midframe.timing.steps import Mode
from midframe.visualization.flow_output import MOTION_SUFFIXES, write_motion

FlowFormat = Literal["png", "flo", "npz"]


@dataclass(frozen=True)
class FlowOutputOptions:
    """Where and how the flow of interpolated frames is written.

    Attributes:
        folder: Created when it does not exist.
        format: See `midframe.visualization.flow_output.write_motion`.
        largest: Length of full colour in pictures, see `midframe.visualization.flow_picture.flow_picture`.
    """

    folder: Path
    format: FlowFormat = "png"
    largest: float | None = None


@dataclass(frozen=True)
class FlowFolder:
    """Writes flow into files; see `midframe.executors.base.FlowWriter`. Files are named like the frames.

    Attributes:
        options: Where and how.
        name_of: The name of an output frame's file, without a suffix.
    """

    options: FlowOutputOptions
    name_of: Callable[[int], str]

    @property
    def settings(self) -> dict[str, object]:
        """Folder, format and scale."""
        options = self.options
        return {
            "flow_out": str(options.folder.absolute()),
            "flow_format": options.format,
            "flow_largest": options.largest,
        }

    def keep(self, number: int, time: Fraction, field: MotionField) -> None:
        """Write one; what an earlier run has written under its name is replaced.

        Raises:
            WriteError: It cannot be written.
        """
        folder = self.options.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The folder {folder} cannot be created: {error.strerror or error}."
            raise WriteError(message, path=folder) from error
        name = f"{self.name_of(number)}.{self.options.format}"
        write_motion(folder / name, field, time, self.options.largest)


def flow_conflicts(source: FrameInput) -> set[Path]:
    """Folders in which flow could get the name of an input."""
    files = (*source.image_files, *(path for path in source.files if path.suffix.lower() in MOTION_SUFFIXES))
    return {path.parent for path in files}


def check_flow_folder(folder: Path) -> None:
    """Check that flow can be written into a folder, which need not exist; what is in it does not count.

    Raises:
        OptionError: It is a file, or cannot be written.
    """
    if user_path(folder, option="flow_folder").exists() and not folder.is_dir():
        raise OptionError(f"`flow_folder={folder}` is a file. Give a folder.", option="flow_folder", path=folder)
    require_writable(folder, "flow_folder")


def plan_flow_folder(
    options: FlowOutputOptions,
    *,
    mode: Mode,
    taken: Iterable[Path],
    name_of: Callable[[int], str],
    overwrite: bool,
) -> FlowFolder:
    """Check the folder. Creates nothing.

    Args:
        options: Where and how.
        mode: How several frames in a pair are interpolated.
        taken: Folders of the job's own frames; see `flow_conflicts`.
        name_of: The name of an output frame's file, without a suffix.
        overwrite: Whether files of an earlier run may be replaced.

    Raises:
        OptionError: The mode is not direct, or the folder is a file or that of the job's frames.
        OutputExistsError: The folder holds flow already.
    """
    folder = options.folder
    if mode != "direct":
        raise OptionError(
            f"`flow_folder` needs `mode=direct`: with {mode}, frames are also made from interpolated ones, and their "
            "motion is not that between source frames.",
            option="flow_folder",
        )
    check_flow_folder(folder)
    if any(same_place(folder, place) for place in taken):
        message = f"`flow_folder={folder}` is the folder of the frames. Give a different one."
        raise OptionError(message, option="flow_folder", path=folder)
    if folder.is_dir() and not overwrite:
        held = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in MOTION_SUFFIXES)
        if held:
            raise OutputExistsError(
                f"`flow_folder={folder}` already contains {len(held)} files, such as {held[0]}. Choose an empty "
                "folder, "
                "or replace them with `overwrite`.",
                option="flow_folder",
                path=folder,
            )
    return FlowFolder(options, name_of)
