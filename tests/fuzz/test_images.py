"""Images of all formats: a frame, or a sentence that names the file; soon, in little memory, and in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.conftest import Bounded, require_a_sentence
from tests.support.mutations import CHANGES, NUMBER_PIECES, Change, mutated
from tests.support.samples import LAYOUTS, sample_matrix

from midframe.media.images.codecs import codec_for

CORPUS = Path(__file__).parent / "corpus"
"""Files that once ended in anything but a frame or a sentence."""


TALKATIVE = (".exr",)
"""Formats whose library writes to the error stream itself; the command line keeps that off the terminal."""


class Samples(dict[str, list[bytes]]):
    """Small files of every layout, by suffix."""

    def __repr__(self) -> str:
        return "samples"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    folder = tmp_path_factory.mktemp("samples")
    found = Samples()
    for number, sample in enumerate(sample_matrix()):
        path = sample.write(folder / f"{number}{sample.suffix}")
        found.setdefault(sample.suffix, []).append(path.read_bytes())
    return found


@pytest.mark.parametrize("suffix", LAYOUTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 100), changes=CHANGES, near_start=st.booleans())
def test_damage(
    tmp_path: Path,
    bounded: Bounded,
    samples: Samples,
    suffix: str,
    number: int,
    changes: list[Change],
    near_start: bool,
) -> None:
    data = samples[suffix][number % len(samples[suffix])]
    # Half of the changes hit the header, which is a small part of a file.
    head = data[:200] if near_start else data
    path = tmp_path / f"a{suffix}"
    path.write_bytes(mutated(head, changes, NUMBER_PIECES) + data[len(head) :])
    require_a_sentence(codec_for(path).probe, path, bounded)
    require_a_sentence(codec_for(path).read, path, bounded, silent=suffix not in TALKATIVE)


@pytest.mark.parametrize(
    "file", [path for path in sorted(CORPUS.iterdir()) if path.suffix in LAYOUTS], ids=lambda path: path.name
)
def test_what_was_found(file: Path, bounded: Bounded) -> None:
    require_a_sentence(codec_for(file).probe, file, bounded)
    require_a_sentence(codec_for(file).read, file, bounded, silent=file.suffix not in TALKATIVE)
