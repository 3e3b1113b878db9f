"""The motion behind the drawn frames of a job, in a folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from midframe.errors import OptionError, OutputExistsError, WriteError
from midframe.jobs.job import Job
from midframe.visualization.flow_output import MOTION_SUFFIXES, write_motion

if TYPE_CHECKING:
    # It would bring torch along, and a job is checked without.
    from midframe.engines.flow_fields import MotionField

MotionFormat = Literal["png", "flo", "npz"]


@dataclass(frozen=True)
class MotionOptions:
    """What a user says about the motion behind drawn frames.

    Attributes:
        folder: Where it goes; it may not exist yet.
        format: See `midframe.visualization.flow_output.write_motion`.
        largest: For pictures, see `midframe.visualization.flow_picture.flow_picture`.
    """

    folder: Path
    format: MotionFormat = "png"
    largest: float | None = None


@dataclass(frozen=True)
class MotionFolder:
    """Keeps motion; see `midframe.executors.base.FlowWriter`. Files are named like the frames.

    Attributes:
        options: What the user says.
        name_of: The name of an output frame's file, without a suffix.
    """

    options: MotionOptions
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
            raise WriteError(f"The folder {folder} cannot be created: {error.strerror or error}.") from error
        name = f"{self.name_of(number)}.{self.options.format}"
        write_motion(folder / name, field, time, self.options.largest)


def plan_motion_folder(options: MotionOptions, job: Job, *, overwrite: bool) -> MotionFolder:
    """Check the place. Creates nothing.

    Args:
        options: What the user says.
        job: Whose motion is wanted.
        overwrite: Whether files of an earlier run may be replaced.

    Raises:
        OptionError: The job does not draw directly, the place is no folder, or that of the job's frames.
        OutputExistsError: The folder holds motion already.
    """
    folder = options.folder
    if job.mode != "direct":
        raise OptionError(
            f"--flow-out needs --mode direct: with {job.mode}, frames are also drawn from drawn ones, and their motion "
            "is not that between source frames."
        )
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"--flow-out {folder} is a file. Give a folder.")
    taken = {path.resolve().parent for path in job.source.image_files} | {job.path.resolve()}
    if folder.resolve() in taken:
        raise OptionError(f"--flow-out {folder} is the folder of the frames. Give another one.")
    if folder.is_dir() and not overwrite:
        held = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in MOTION_SUFFIXES)
        if held:
            raise OutputExistsError(
                f"--flow-out {folder} already holds {len(held)} files, such as {held[0]}. Choose an empty folder, or "
                "replace them with --overwrite."
            )
    return MotionFolder(options, job.output.frame_stem)
