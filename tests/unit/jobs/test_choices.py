"""The file of choices: what it says, and what is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from midframe.errors import OptionError, WriteError
from midframe.jobs import choices
from midframe.jobs.choices import Choices, InputFacts, PairChoice

HEAD = {"format": "midframe-choices", "version": 1}


def written(folder: Path, document: Any) -> Path:
    path = folder / "choices.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def read(folder: Path, *entries: Any) -> tuple[PairChoice, ...]:
    return Choices.read(written(folder, {**HEAD, "choices": entries})).pairs


def refusal(folder: Path, document: Any) -> str:
    path = written(folder, document)
    with pytest.raises(OptionError) as raised:
        Choices.read(path)
    assert raised.value.option == "choices"
    assert raised.value.path == path
    assert str(path) in str(raised.value)
    return str(raised.value)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    made = Choices(
        (
            PairChoice(time=Fraction(1001, 24000), choice="hold"),
            PairChoice(time=Fraction(3), quality="best", flow_scale=0.5),
        ),
        InputFacts("clip.mp4", 240, 64, 48, 12345),
    )
    made.write(tmp_path / "choices.json")
    found = Choices.read(tmp_path / "choices.json")
    assert (found.pairs, found.input) == (made.pairs, made.input)
    assert found.path == tmp_path / "choices.json"


def test_each_choice_is_a_line_of_its_own() -> None:
    text = Choices((PairChoice(frame=7, choice="cut"), PairChoice(frame=9, choice="blend"))).to_json()
    assert '    {"frame": 7, "choice": "cut"},\n    {"frame": 9, "choice": "blend"}\n' in text
    assert json.loads(Choices().to_json()) == {**HEAD, "choices": []}


@pytest.mark.parametrize(
    ("given", "time"),
    [
        ("1001/24000", Fraction(1001, 24000)),
        ("12.512", Fraction(12512, 1000)),
        ("0:01:02.5", Fraction(125, 2)),
        (3, Fraction(3)),
        (0.1, Fraction(1, 10)),
        (0, Fraction(0)),
    ],
)
def test_times_are_exact(tmp_path: Path, given: Any, time: Fraction) -> None:
    assert read(tmp_path, {"time": given, "choice": "hold"}) == (PairChoice(time=time, choice="hold"),)


def test_what_is_missing_is_as_the_job_has_it(tmp_path: Path) -> None:
    assert read(tmp_path, {"frame": -3}) == (PairChoice(frame=-3),)
    assert PairChoice(frame=0).options.is_default
    assert Choices.read(written(tmp_path, HEAD)) == Choices(path=tmp_path / "choices.json")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", 'must say `"format": "midframe-choices"`'),
        ({"format": "midframe-choices", "version": 2}, "of version 2, and this midframe knows version 1"),
        ({"format": "midframe-choices"}, "of version None"),
        ({**HEAD, "notes": 1}, "no key 'notes', only format, version, input and choices"),
        ({**HEAD, "choices": {}}, "`choices` must be a list, not a dict of 0"),
        ({**HEAD, "input": 3}, "`input` must be an object"),
        ({**HEAD, "input": {"size": 3}}, "no key 'size' in `input`"),
        ({**HEAD, "input": {"frames": "3"}}, "`frames` in `input` must be a whole number, not '3'"),
        ({**HEAD, "input": {"name": 3}}, "`name` in `input` must be a text, not 3"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, document: Any, words: str) -> None:
    assert words in refusal(tmp_path, document)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (3, "Entry 2 must be an object, not 3"),
        ({"frame": 5, "choise": "cut"}, "no key 'choise' in entry 2 (frame 5)"),
        ({"frame": 5, "choice": "drop"}, "Entry 2 (frame 5): `choice` must be interpolate, hold, blend or cut"),
        ({"frame": 5, "quality": "good"}, "`quality` must be fast, default or best, not 'good'"),
        ({"frame": 5, "flow_scale": 3}, "`flow_scale` must be 0.25, 0.5, 1, 2 or 4, not 3"),
        ({"frame": 5, "flow_scale": True}, "not True"),
        ({"frame": 5, "flow_scale": [1]}, "not a list of 1"),
        ({"frame": 5.5}, "`frame` must be a whole number, not 5.5"),
        ({"frame": True}, "`frame` must be a whole number, not True"),
        ({"time": None}, "`time` must be a text such as"),
        ({"time": "later"}, "Entry 2 (time 'later'): `time` must be seconds"),
        ({"time": -1}, "`time` must be seconds"),
        ({"time": "1e999"}, "`time` must be seconds"),
        ({"choice": "hold"}, "Entry 2: A pair is named by `time`"),
        ({"frame": 5, "time": 1}, "A pair is named by `time`"),
        ({"frame": 5, "choice": "hold", "quality": "best"}, "`quality` is for pairs that are interpolated"),
        ({"frame": 5, "choice": "cut", "flow_scale": 2}, "`flow_scale` is for pairs that are interpolated"),
        ({"frame": 1, "choice": "cut"}, "Entries 1 and 2 are about the same pair (frame 1)"),
    ],
)
def test_wrong_entries_are_named(tmp_path: Path, entry: Any, words: str) -> None:
    message = refusal(tmp_path, {**HEAD, "choices": [{"frame": 1, "choice": "hold"}, entry]})
    assert words in message
    assert message.startswith("The choices in ")


def test_names_from_outside_are_made_printable(tmp_path: Path) -> None:
    assert "\x1b" not in refusal(tmp_path, {**HEAD, "\x1b[31m": 1})
    assert len(refusal(tmp_path, {**HEAD, "choices": ["x" * 5000]})) < 500


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OptionError, match="do not exist"):
        Choices.read(tmp_path / "missing.json")
    with pytest.raises(OptionError, match="are a folder"):
        Choices.read(tmp_path)
    monkeypatch.setattr(choices, "LARGEST_FILE", 10)
    with pytest.raises(OptionError, match="MiB"):
        Choices.read(written(tmp_path, HEAD))


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written"):
        Choices().write(tmp_path / "missing" / "choices.json")
