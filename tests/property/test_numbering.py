"""Laws of names, numbers and gaps."""

from __future__ import annotations

import itertools
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midframe.errors import OptionError
from midframe.media.images.numbering import (
    NamePattern,
    NumberedName,
    counting_numbers,
    missing_ranges,
    natural_key,
    numbering_step,
    parse_stems,
)

numbers = st.integers(0, 10**9)
texts = st.text(string.ascii_letters + " _-.()äß", min_size=1, max_size=8).filter(lambda text: text[0] != ".")


@given(st.sets(numbers, min_size=1, max_size=40), st.integers(0, 6), texts, texts, st.randoms())
def test_numbered_names_sort_by_number(
    values: set[int], width: int, prefix: str, tail: str, shuffler: random.Random
) -> None:
    pattern = NamePattern(prefix, width, tail)
    names = [pattern.name(value) for value in values]
    shuffler.shuffle(names)
    assert [pattern.number(name) for name in sorted(names, key=natural_key)] == sorted(values)


@given(st.sets(st.integers(-50, 300), min_size=1))
def test_gaps_and_present_numbers_fill_the_range(values: set[int]) -> None:
    step = numbering_step(values) or 1
    gaps = missing_ranges(values)
    missing = {number for first, last in gaps for number in range(first, last + 1, step)}
    assert not missing & values
    assert all(first <= last for first, last in gaps)
    assert all(left[1] + step < right[0] for left, right in itertools.pairwise(gaps))
    assert missing | values == set(range(min(values), max(values) + 1, step))


@given(st.integers(0, 1000), st.integers(2, 50), st.integers(3, 20))
def test_a_constant_step_has_no_gaps(start: int, step: int, count: int) -> None:
    assert missing_ranges(range(start, start + step * count, step)) == ()


@given(st.lists(numbers, min_size=1, unique=True), texts, texts)
def test_the_run_that_varies_counts(values: list[int], before: str, after: str) -> None:
    names = [NumberedName.parse(f"v2{before}{value}{after}7") for value in values]
    assert counting_numbers(names) == (values if len(values) > 1 else [7])


@given(st.sets(st.integers(-9999, 9999), min_size=2, max_size=30), st.integers(0, 6), st.sampled_from(["", "f.", "f_"]))
def test_negative_numbers_count_through_zero(values: set[int], width: int, prefix: str) -> None:
    ordered = sorted(values)
    names = parse_stems([f"{prefix}{value:0{width}d}" for value in ordered])
    assert [name.numbers[-1] for name in names] == ordered
    assert len({name.texts for name in names}) == 1


@given(st.integers(-9999, 9999), st.integers(0, 6))
def test_patterns_read_both_ways_to_fill_up_negative_numbers(number: int, width: int) -> None:
    pattern = NamePattern("f.", width, ".exr")
    behind_sign = f"{'-' if number < 0 else ''}{abs(number):0{width}d}"
    assert pattern.number(f"f.{behind_sign}.exr") == pattern.number(f"f.{number:0{width}d}.exr") == number


@given(st.text(max_size=30))
def test_parsing_loses_nothing_but_zeros(stem: str) -> None:
    name = NumberedName.parse(stem)
    assert len(name.texts) == len(name.numbers) + 1
    again = "".join(text + str(number) for text, number in zip(name.texts, name.numbers, strict=False))
    assert NumberedName.parse(again + name.texts[-1]) == name


@given(texts, st.integers(0, 12), texts, numbers)
def test_braces_and_printf_mean_the_same(prefix: str, width: int, tail: str, number: int) -> None:
    field = f"0{width}d" if width else "d"
    braces = NamePattern.parse(f"{prefix}{{:{field}}}{tail}")
    printf = NamePattern.parse(f"{prefix}%{field}{tail}")
    assert braces == printf
    assert braces.name(number) == prefix + str(number).zfill(width) + tail
    assert braces.number(braces.name(number)) == number


@given(texts, st.integers(0, 6), texts, st.text(max_size=12))
def test_foreign_names_have_no_number(prefix: str, width: int, tail: str, name: str) -> None:
    pattern = NamePattern(prefix, width, tail)
    number = pattern.number(name)
    assert number is None or pattern.name(number) == name


def pattern_or_error(text: str) -> NamePattern | OptionError:
    try:
        return NamePattern.parse(text)
    except OptionError as error:
        return error


@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_an_option_error(text: str) -> None:
    found = pattern_or_error(text)
    if isinstance(found, NamePattern):
        assert found.name(1) != found.name(2)
        assert "/" not in found.name(1)
    else:
        assert str(found).startswith("The name")


@pytest.mark.parametrize(
    "text",
    ["frame.png", "{}_{}.png", "{:05d}/{:d}.png", "a/{:d}.png", "{:5d}.png", "{:x}.png", "{:+d}.png", "{name}.png",
     "{0.real}.png", "{!r}.png", "{:05d", "%04d_%04d.png", "%s.png", "..\\{:d}.png", ".{:d}.png", ""],
)  # fmt: skip
def test_patterns_that_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="The name"):
        NamePattern.parse(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{}.png", "7.png"),
        ("{:d}.png", "7.png"),
        ("{0:03d}.png", "007.png"),
        ("{{x}}_{:02d}.png", "{x}_07.png"),
        ("100%%_%02d.png", "100%_07.png"),
    ],
)
def test_patterns_that_are_read(text: str, name: str) -> None:
    assert NamePattern.parse(text).name(7) == name
