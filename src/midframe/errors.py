"""Every error that midframe raises on purpose, in one tree.

::

    MidframeError                    a sentence for the user; exit code 1
    ├── InputError                   something the user gave is wrong; exit code 2
    │   ├── OptionError              an option's value, or two options that exclude each other
    │   ├── SequenceError            the input as a whole: too few frames, mixed sizes, output == input
    │   ├── UnreadableFileError      one file that cannot be decoded
    │   ├── UnsupportedFormatError   a file or pixel layout that midframe does not handle
    │   ├── OutputExistsError        the output place already holds frames
    │   ├── OutputInUseError         another job is writing to the output
    │   ├── DatasetError             a benchmark's folder that is incomplete or not laid out as published
    │   ├── ResumeError              an interrupted job cannot resume: input or settings have changed
    │   ├── DeviceError              a device that this machine does not have
    │   └── WeightsError             anything about a checkpoint
    │       ├── UnknownModelError        no such name in the catalogue and no such file
    │       ├── UnsafeCheckpointError    a pickle that wants to run code
    │       ├── UnrecognisedCheckpointError   keys and shapes of no known RIFE 4 version
    │       ├── CheckpointMismatchError  recognised, but a tensor is missing, misshapen or left over
    │       └── NotCachedError           offline, and the weights are not in the cache
    ├── DownloadError                a source did not deliver, or delivered the wrong bytes
    ├── WriteError                   an output file could not be written
    │   └── DiskFullError                less is free than must stay free; the job can resume later
    ├── EngineError                  the network could not be run (driver, device)
    │   └── OutOfMemoryError             what it needs does not fit into the memory of the machine or of the GPU
    ├── BatchError                   some of several jobs failed; exit code 2 if all of these had bad input, else 1
    └── CancelledError               the user pressed Ctrl+C; exit code 130

Each message is one sentence or two: what is wrong, with which file, what to do about it. Errors of
libraries are mapped where the library is called, and carry the original as ``__cause__``.

Messages name options as Python does, in backticks: `overwrite` or `flow_scale=0.5`. A front end may
spell them its own way; the command line writes ``--overwrite`` and ``--scale 0.5`` (`midframe.cli.spelling`).
The fields `option` and `path` say the same to programs.
"""

from __future__ import annotations

from pathlib import Path

from midframe.text import printable


class MidframeError(Exception):
    """Base of the tree: ``str(error)`` is a complete message for the user, in one line and without control characters.

    Attributes:
        option: Name of the option that the error is about, as in `midframe.Job` or `midframe.EngineOptions`; None
            where it is about none.
        path: The file or folder that the error is about; None where it is about none.
    """

    exit_code = 1

    def __init__(self, message: str = "", *, option: str | None = None, path: str | Path | None = None) -> None:
        # Messages quote names from outside; what prints or stores them must not be commanded by these.
        super().__init__(printable(message))
        self.option = option
        self.path = None if path is None else Path(path)


class InputError(MidframeError):
    """Something that the user gave cannot be used."""

    exit_code = 2


class OptionError(InputError):
    """An option's value is out of range, or two options exclude each other."""


class SequenceError(InputError):
    """The input as a whole cannot be interpolated."""


class UnreadableFileError(InputError):
    """One file cannot be decoded: damaged, truncated, or not what its name says."""


class UnsupportedFormatError(InputError):
    """A file format or pixel layout that midframe does not handle."""


class OutputExistsError(InputError):
    """The output place already holds frames."""


class OutputInUseError(InputError):
    """Another job is writing to the output."""


class DatasetError(InputError):
    """A benchmark's folder is incomplete, or not laid out as it was published."""


class ResumeError(InputError):
    """An interrupted job cannot resume: its input or its settings have changed, or its journal is damaged."""


class DeviceError(InputError):
    """A device that this machine or this build of torch does not have."""


class WeightsError(InputError):
    """Base of all that can be wrong with a checkpoint."""


class UnknownModelError(WeightsError):
    """A model that is neither in the catalogue nor a file or folder."""


class UnsafeCheckpointError(WeightsError):
    """A pickle that holds more than tensors, and would run code if it were loaded in full."""


class UnrecognisedCheckpointError(WeightsError):
    """A checkpoint whose keys and shapes are not those of any RIFE 4 version."""


class CheckpointMismatchError(WeightsError):
    """A checkpoint of a known version in which a tensor is missing, misshapen or left over."""


class NotCachedError(WeightsError):
    """Weights are requested offline and are not in the cache."""


class DownloadError(MidframeError):
    """A source did not deliver, or delivered bytes that fail verification."""


class WriteError(MidframeError):
    """An output file could not be written."""


class DiskFullError(WriteError):
    """The disk has less free than must stay free; the job has stopped and can resume later."""


class EngineError(MidframeError):
    """The network could not be run."""


class OutOfMemoryError(EngineError):
    """The memory of the machine, of the GPU, or of the budget does not hold what is needed."""


class BatchError(MidframeError):
    """Some of several jobs failed; each failure was reported when it occurred."""


class CancelledError(MidframeError):
    """The user asked to stop; everything finished so far is on disk."""

    exit_code = 130
