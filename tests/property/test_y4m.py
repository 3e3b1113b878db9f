"""Y4M headers come back as they were written, and noise is refused with a sentence."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from midframe.errors import InputError
from midframe.media.pipes.y4m import PIXELS, Y4mHeader, parse_header

ratios = st.none() | st.fractions(min_value=Fraction(1, 10**6), max_value=2000, max_denominator=10**6)
headers = st.builds(
    Y4mHeader,
    width=st.integers(1, 16000),
    height=st.integers(1, 16000),
    samples=st.sampled_from(sorted(PIXELS)),
    rate=ratios,
    aspect=ratios,
    interlacing=st.sampled_from("ptbm?"),
    range=st.sampled_from([0, 1, 2]),
)
words = st.lists(st.text(st.characters(codec="latin-1", exclude_characters="\n"), max_size=12), max_size=8)


@given(headers)
def test_headers_come_back(header: Y4mHeader) -> None:
    line = header.line()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_header(line[:-1]) == header


def header_or_error(line: bytes) -> Y4mHeader | InputError:
    try:
        return parse_header(line)
    except InputError as error:
        return error


@given(words)
def test_noise_is_refused_or_makes_sense(words: list[str]) -> None:
    found = header_or_error(b"YUV4MPEG2 W8 H6 " + " ".join(words).encode("latin-1"))
    if isinstance(found, Y4mHeader):
        assert found.pixels
        assert 0 < found.width < 1 << 16
        assert found.rate is None or found.rate > 0
    else:
        assert str(found).endswith(".")
