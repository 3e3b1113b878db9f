"""What is said about an input that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from midframe.media.missing import missing_input


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("clpi.mp4", "Did you mean {}/clip.mp4?"),
        ("shot", "Did you mean {}/shots?"),
        ("other.mp4", "Give a video, a folder, or a pattern"),
        ("no/clip.mp4", "there is no folder {}/no."),
    ],
)
def test_the_nearest_name_is_suggested(tmp_path: Path, given: str, said: str) -> None:
    (tmp_path / "clip.mp4").touch()
    (tmp_path / "shots").mkdir()
    error = missing_input(tmp_path / given)
    assert error.path == tmp_path / given
    assert f"{tmp_path / given} does not exist" in str(error)
    assert said.format(tmp_path) in str(error)


@pytest.mark.parametrize("given", ["https://example.com/a.mp4", Path("https://example.com/a.mp4")])
def test_addresses_are_not_files(given: str | Path) -> None:
    assert "download it first" in str(missing_input(given))
