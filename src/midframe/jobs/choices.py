"""Decisions about single pairs, as data: what is made of a pair, and the file that says so (docs/choices.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from json import JSONDecodeError
from pathlib import Path
from typing import Any, get_args

from midframe.atomic import special_kind, write_text_atomically
from midframe.detection.rules import PairHandling
from midframe.engines.options import FLOW_SCALES, QUALITIES, PairOptions, Quality
from midframe.errors import OptionError, WriteError
from midframe.jobs.time import source_clock
from midframe.media.protocols import FrameInput, FrameSource
from midframe.paths import user_path
from midframe.quantities import parse_seconds
from midframe.text import json_text, parse_json, quoted
from midframe.wording import enumerated

FORMAT = "midframe-choices"
"""What the file says that it is."""

VERSION = 1
"""Version of the file's format. A file of another version is refused: what it means is not known here."""

LARGEST_FILE = 32 << 20
"""Bytes: enough for every pair of some hours of film."""

HANDLINGS: tuple[PairHandling, ...] = get_args(PairHandling)

_FILE_KEYS = ("format", "version", "input", "choices")


@dataclass(frozen=True)
class InputFacts:
    """By what an input is recognised. A fact that is None is not compared.

    Attributes:
        name: Name of the video file, or of an image sequence's folder and first file, such as ``shot/0001.png``.
        frames: How many frames the whole input has.
        width: Pixels in a row.
        height: Rows.
        bytes: Size of all its files together.
    """

    name: str | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None

    @classmethod
    def of(cls, source: FrameInput) -> InputFacts:
        """The facts of a whole input.

        Args:
            source: All of its frames, not a part of them.
        """
        files = source.files
        name = None
        if files:
            name = files[0].name if len(files) == 1 else f"{files[0].absolute().parent.name}/{files[0].name}"
        size = sum(file.stat().st_size for file in files if file.exists()) if files else None
        return cls(name, source.length, source.format.width, source.format.height, size)


@dataclass(frozen=True, kw_only=True)
class PairChoice:
    """What is made of one pair. The pair is named by its first frame: either `time` or `frame` is given.

    Attributes:
        time: When the frame is shown in a video, in seconds after the first frame of the whole file.
        frame: Number of the frame in the names of the files of an image sequence; where no number in the names counts
            the frames, and in multi-page TIFF files, its place from 0.
        choice: "interpolate", whatever was detected; "hold" repeats the first frame; "blend" cross-fades; "cut" does
            what the job does at cuts.
        quality: Quality of this pair's frames; None for that of the job.
        flow_scale: Flow scale of this pair; None for that of the job.

    Raises:
        OptionError: A value that does not exist or is out of range, or values that do not go together.
    """

    time: Fraction | None = None
    frame: int | None = None
    choice: PairHandling = "interpolate"
    quality: Quality | None = None
    flow_scale: float | None = None

    def __post_init__(self) -> None:
        if (self.time is None) == (self.frame is None):
            raise OptionError(
                "A pair is named by `time` (of a video) or by `frame` (of an image sequence): give one of them.",
                option="choices",
            )
        if self.time is not None and self.time < 0:
            raise OptionError(f"`time` must be 0 or more, not {self.time}.", option="choices")
        for name, value, allowed in (
            ("choice", self.choice, HANDLINGS),
            ("quality", self.quality, (*QUALITIES, None)),
            ("flow_scale", self.flow_scale, (*FLOW_SCALES, None)),
        ):
            if not any(value is each or (type(value) is not bool and value == each) for each in allowed):
                words = [f"{each:g}" if isinstance(each, float) else str(each) for each in allowed if each is not None]
                raise OptionError(f"`{name}` must be {enumerated(words, 'or')}, not {quoted(value)}.", option="choices")
        if self.choice != "interpolate" and not self.options.is_default:
            name = "quality" if self.quality is not None else "flow_scale"
            raise OptionError(
                f"`{name}` is for pairs that are interpolated, not for `choice={self.choice}`.", option="choices"
            )

    @property
    def options(self) -> PairOptions:
        """Options of the engine for this pair."""
        return PairOptions(self.quality, None if self.flow_scale is None else float(self.flow_scale))

    @property
    def place(self) -> str:
        """The pair in words: "time 1001/24000" or "frame 12"."""
        return f"time {self.time}" if self.time is not None else f"frame {self.frame}"

    def to_dict(self) -> dict[str, object]:
        """The entry of a file."""
        entry: dict[str, object] = {"frame": self.frame} if self.time is None else {"time": str(self.time)}
        entry["choice"] = self.choice
        if self.quality is not None:
            entry["quality"] = self.quality
        if self.flow_scale is not None:
            entry["flow_scale"] = float(self.flow_scale)
        return entry


@dataclass(frozen=True)
class Choices:
    """Choices for pairs of one input.

    Attributes:
        pairs: At most one for each pair; in any order.
        input: By what the input is recognised; None where it is not checked.
        path: The file that they were read from; None for none.

    Raises:
        OptionError: Two choices name the same pair.
    """

    pairs: tuple[PairChoice, ...] = ()
    input: InputFacts | None = None
    path: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", tuple(self.pairs))
        known: dict[tuple[Fraction | None, int | None], int] = {}
        for number, pair in enumerate(self.pairs, 1):
            first = known.setdefault((pair.time, pair.frame), number)
            if first != number:
                raise OptionError(
                    f"Entries {first} and {number} are about the same pair ({pair.place}). Leave out one.",
                    option="choices",
                )

    @classmethod
    def read(cls, path: str | Path) -> Choices:
        """Read a file.

        Raises:
            OptionError: There is no such file, it cannot be read, or something in it is wrong; the message says where.
        """
        file = user_path(path, option="choices")
        try:
            document = parse_json(_content(file))
        except ValueError as error:
            where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, JSONDecodeError) else ""
            raise OptionError(
                f"The choices in {file} are not JSON: {getattr(error, 'msg', None) or error}{where}.",
                option="choices",
                path=file,
            ) from error
        try:
            return _parsed(document, file)
        except OptionError as error:
            raise OptionError(f"The choices in {file} cannot be used. {error}", option="choices", path=file) from error

    @classmethod
    def of_document(cls, document: Any) -> Choices:
        """From the content of a file, with its JSON parsed.

        Raises:
            OptionError: Something in it is wrong.
        """
        return _parsed(document, None)

    def write(self, path: str | Path) -> None:
        """Write a file, with one line for each choice.

        Raises:
            WriteError: It cannot be written.
        """
        file = user_path(path, option="choices")
        try:
            write_text_atomically(file, self.to_json())
        except OSError as error:
            raise WriteError(f"The choices {file} cannot be written: {error.strerror}.", path=file) from error

    def to_json(self) -> str:
        """The content of a file."""
        head: dict[str, object] = {"format": FORMAT, "version": VERSION}
        if self.input is not None:
            facts = {each.name: getattr(self.input, each.name) for each in fields(self.input)}
            head["input"] = {name: value for name, value in facts.items() if value is not None}
        lines = [f"  {json_text(name)}: {json_text(value)}" for name, value in head.items()]
        rows = ",\n".join(f"    {json_text(pair.to_dict())}" for pair in self.pairs)
        lines.append(f'  "choices": [\n{rows}\n  ]' if rows else '  "choices": []')
        return "{\n" + ",\n".join(lines) + "\n}\n"


def pair_names(source: FrameSource) -> tuple[PairChoice, ...]:
    """A choice for each pair of an input, in order, that changes nothing but names the pair.

    Args:
        source: All frames of the input, not a part of them.
    """
    if source.video_index is not None:
        times = source_clock(source).times
        return tuple(PairChoice(time=time - times[0]) for time in times[:-1])
    numbers = source.frame_numbers or range(len(source))
    return tuple(PairChoice(frame=number) for number in numbers[:-1])


def parse_choices(choices: str | Path | Choices | None) -> Choices | None:
    """Choices as they are used; a path is read.

    Raises:
        OptionError: The file cannot be used.
    """
    return choices if choices is None or isinstance(choices, Choices) else Choices.read(choices)


def _content(file: Path) -> bytes:
    kind = special_kind(file.resolve()) if file.exists() else None
    if kind is not None:
        raise OptionError(f"The choices {file} are {kind}. Name a file.", option="choices", path=file)
    if not file.exists():
        raise OptionError(f"The choices {file} do not exist.", option="choices", path=file)
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise OptionError(
            f"The choices {file} cannot be read: {error.strerror}.", option="choices", path=file
        ) from error
    if len(content) > LARGEST_FILE:
        raise OptionError(
            f"The choices {file} have more than {LARGEST_FILE >> 20} MiB, which no file of choices has.",
            option="choices",
            path=file,
        )
    return content


def _parsed(document: Any, path: Path | None) -> Choices:
    """What a document says.

    Raises:
        OptionError: It is not a file of choices, or something in it is wrong.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise OptionError(f'The file must say `"format": "{FORMAT}"`.')
    if document.get("version") != VERSION:
        raise OptionError(
            f"They are of version {quoted(document.get('version'))}, and this midframe knows version {VERSION}."
        )
    _require_known(document, _FILE_KEYS, "")
    entries = document.get("choices", [])
    if not isinstance(entries, list):
        raise OptionError(f"`choices` must be a list, not {quoted(entries)}.")
    pairs = tuple(_pair(entry, number) for number, entry in enumerate(entries, 1))
    return Choices(pairs, _facts(document["input"]) if "input" in document else None, path)


def _facts(entry: Any) -> InputFacts:
    if not isinstance(entry, dict):
        raise OptionError(f"`input` must be an object, not {quoted(entry)}.")
    _require_known(entry, [each.name for each in fields(InputFacts)], " in `input`")
    for name, value in entry.items():
        expected = "a text" if name == "name" else "a whole number"
        if type(value) is not (str if name == "name" else int):
            raise OptionError(f"`{name}` in `input` must be {expected}, not {quoted(value)}.")
    return InputFacts(**entry)


def _pair(entry: Any, number: int) -> PairChoice:
    place = f"Entry {number}"
    if not isinstance(entry, dict):
        raise OptionError(f"{place} must be an object, not {quoted(entry)}.")
    named = entry.get("time", entry.get("frame"))
    if isinstance(named, str | int | float):
        place += f" ({'time' if 'time' in entry else 'frame'} {quoted(named)})"
    _require_known(entry, [each.name for each in fields(PairChoice)], f" in {place[0].lower()}{place[1:]}")
    values = dict(entry)
    try:
        if "time" in values:
            values["time"] = _time(values["time"])
        if "frame" in values:
            values["frame"] = _number(values["frame"])
        return PairChoice(**values)
    except OptionError as error:
        raise OptionError(f"{place}: {error}") from error


def _time(value: Any) -> Fraction:
    if type(value) not in (str, int, float):
        raise OptionError(f"`time` must be a text such as '1001/24000' or '0:12.5', not {quoted(value)}.")
    return parse_seconds(value, "time")


def _number(value: Any) -> int:
    if type(value) is not int:
        raise OptionError(f"`frame` must be a whole number, not {quoted(value)}.")
    return value


def _require_known(entry: dict[str, Any], known: Iterable[str], where: str) -> None:
    names = list(known)
    for name in entry:
        if name not in names:
            raise OptionError(f"There is no key {quoted(name)}{where}, only {enumerated(names)}.")
