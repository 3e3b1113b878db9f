from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.clips import moving, times, write_clip
from tests.support.rows import write_flat_image

from midframe.errors import OptionError, OutputExistsError, SequenceError
from midframe.evaluation.comparison.alignment import ComparedMoment
from midframe.evaluation.comparison.compare import CompareOptions, check_output, compare_sides
from midframe.evaluation.comparison.comparison_views import LINE_WIDTH, ComparisonView
from midframe.evaluation.comparison.page import MomentDifference, most_different_moments
from midframe.evaluation.comparison.pairing import open_pair
from midframe.evaluation.comparison.scores import MOST_SSIMS, ComparisonScorer
from midframe.media.video import read_rgb_frames


@pytest.fixture
def clips(tmp_path: Path) -> tuple[str, str]:
    """The same scene at 25 and at 50 frames per second, the second one compressed harder."""
    soft = {"crf": "35", "preset": "veryfast"}
    return (
        str(write_clip(tmp_path / "a.mp4", 5, Fraction(25))),
        str(
            write_clip(
                tmp_path / "b.mp4",
                10,
                Fraction(50),
                paint=lambda number, height, width: moving(number / 2, height, width),  # type: ignore[arg-type]
                options=soft,
            )
        ),
    )


def compare(left: str, right: str, options: CompareOptions) -> dict[str, str]:
    check_output(options)
    pair = open_pair(left, right)
    try:
        return compare_sides(pair, options)
    finally:
        pair.close()


@pytest.mark.parametrize(("view", "width"), [("side-by-side", 2 * 64 + LINE_WIDTH), ("split", 64), ("difference", 64)])
def test_a_video_of_both(clips: tuple[str, str], tmp_path: Path, view: ComparisonView, width: int) -> None:
    facts = compare(*clips, CompareOptions(tmp_path / "out.mp4", view))
    assert times(tmp_path / "out.mp4") == [Fraction(number, 50) for number in range(10)]
    frames = list(read_rgb_frames(tmp_path / "out.mp4"))
    assert all(frame.shape == (48, width, 3) for frame in frames)
    assert facts["Compared"] == "5 of 10 frames can be compared directly, in 0.200 s"
    assert re.fullmatch(r"mean \d\d\.\d\d dB over 5 frames; lowest \d\d\.\d\d dB at 0\.\d{3} s", facts["PSNR"])
    assert re.match(r"mean 0\.\d{4} over 5 frames; lowest 0\.", facts["SSIM"])


def test_the_slower_video_waits_for_the_faster_one(clips: tuple[str, str], tmp_path: Path) -> None:
    compare(*clips, CompareOptions(tmp_path / "out.mkv"))
    frames = [frame[20:].astype(int) for frame in read_rgb_frames(tmp_path / "out.mkv")]
    # Compression alone changes less than half of what moving does.
    left, right = ([frame[:, part] for frame in frames] for part in (slice(0, 64), slice(64 + LINE_WIDTH, None)))
    steps = [[float(np.abs(after - before).mean()) for before, after in pairwise(side)] for side in (left, right)]
    assert max(steps[0][0::2]) < min(steps[0][1::2]) / 2
    assert min(steps[1]) > max(steps[0][0::2])


def test_a_picture_of_both(tmp_path: Path) -> None:
    left, right = (
        write_flat_image(tmp_path / "a.png", 51, size=(80, 60)),
        write_flat_image(tmp_path / "b.png", 102, size=(80, 60)),
    )
    facts = compare(str(left), str(right), CompareOptions(tmp_path / "d.png", "difference", gain=2))
    with Image.open(tmp_path / "d.png") as back:
        assert (np.asarray(back)[40:] == 102).all()
    assert facts["PSNR"] == "13.98 dB"
    facts = compare(str(left), str(left), CompareOptions(tmp_path / "same.png"))
    assert facts["PSNR"] == "the pictures are equal"
    assert facts["SSIM"] == "1.0000"


def test_an_interrupted_video_is_no_whole_one(clips: tuple[str, str], tmp_path: Path) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    class Stopping:
        def __call__(self, event: object) -> None:
            if getattr(event, "done", 0) >= 3:
                raise Stop

        def close(self) -> None:
            pass

    pair = open_pair(*clips)
    with pytest.raises(Stop):
        compare_sides(pair, CompareOptions(tmp_path / "out.mp4"), Stopping())
    pair.close()
    assert not (tmp_path / "out.mp4").exists()


def test_a_page_shows_the_most_different_moments(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    for number in range(6):
        for folder, value in (("a", 100), ("b", 140 if number == 4 else 101)):
            write_flat_image(tmp_path / folder / f"{number}.png", value)
    facts = compare(str(tmp_path / "a"), str(tmp_path / "b"), CompareOptions(tmp_path / "page.html", moments=2))
    text = (tmp_path / "page.html").read_text()
    assert text.index('id="moment-0"') < text.index('id="moment-1"')
    assert "frame 4 of a, frame 4 of b" in text[text.index('id="moment-0"') : text.index('id="moment-1"')]
    assert 'id="moment-2"' not in text
    assert facts["PSNR"] in text
    assert "http" not in text.replace("http-equiv", "")


def test_a_page_of_different_rates_shows_what_was_interpolated(clips: tuple[str, str], tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    facts = compare(*clips, CompareOptions(tmp_path / "page.html", moments=3))
    text = (tmp_path / "page.html").read_text()
    shown = [int(number) for number in re.findall(r"frame (\d+) of b\.mp4; a\.mp4 still shows frame \d", text)]
    assert len(shown) == 3
    assert all(number % 2 for number in shown), "at even ones both show the same source frame"
    assert "The 3 most different frames in between" in text
    assert "PSNR</p>" not in text
    assert "over 5 frames" in facts["PSNR"]


def test_names_cannot_change_the_page(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    odd = write_flat_image(tmp_path / "<b>&\"'.png", 9)
    compare(str(odd), str(write_flat_image(tmp_path / "b.png", 9)), CompareOptions(tmp_path / "page.html"))
    assert "<b>" not in (tmp_path / "page.html").read_text()


def test_of_neighbours_only_one_is_most_different() -> None:
    def differences(errors: list[float]) -> list[MomentDifference]:
        return [
            MomentDifference(ComparedMoment(Fraction(number), number, number, coincides=True), error)
            for number, error in enumerate(errors)
        ]

    errors = [0.0] * 40
    errors[10:13] = [5, 6, 5]
    errors[30] = 1
    assert [each.moment.left for each in most_different_moments(differences(errors), 2)] == [11, 30]
    assert [each.moment.left for each in most_different_moments(differences([1, 3, 2]), 8)] == [1, 2, 0]


def test_psnr_and_ssim_of_known_pictures() -> None:
    left = np.zeros((16, 16, 3), np.float32)
    scorer = ComparisonScorer(2)
    scorer.measure(Fraction(0), left, left + np.float32(0.1))
    scorer.measure(Fraction(1), left, left)
    assert [score.value for score in scorer.scores.psnr] == [pytest.approx(20, abs=1e-4), float("inf")]
    # Of flat pictures, SSIM is (2ab + C1) / (a² + b² + C1).
    assert scorer.scores.ssim[0].value == pytest.approx(1e-4 / (0.01 + 1e-4), rel=1e-3)
    assert scorer.scores.identical == 1


def test_ssim_of_long_videos_is_spread_evenly() -> None:
    scorer = ComparisonScorer(3 * MOST_SSIMS)
    picture = np.zeros((11, 11, 3), np.float32)
    for number in range(3 * MOST_SSIMS):
        scorer.measure(Fraction(number), picture, picture)
    assert [score.time for score in scorer.scores.ssim] == list(range(0, 3 * MOST_SSIMS, 3))
    assert len(scorer.scores.psnr) == 3 * MOST_SSIMS


def test_small_pictures_have_no_ssim(tmp_path: Path) -> None:
    left, right = (str(write_flat_image(tmp_path / name, 9, size=(10, 30))) for name in ("a.png", "b.png"))
    assert "too small" in compare(left, right, CompareOptions(tmp_path / "out.png"))["SSIM"]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("out.txt", {}, "Comparisons cannot be written"),
        ("out.mp4", {"gain": 0.0}, "`gain`"),
        ("out.mp4", {"gain": float("nan")}, "`gain`"),
        ("out.mp4", {"divider": 0.5}, "`divider` needs `view=split`"),
        ("out.mp4", {"divider": 1.5, "view": "split"}, "from 0"),
        ("out.html", {"view": "split"}, "a page shows all"),
        ("out.html", {"moments": 0}, "`moments`"),
        ("none/out.html", {}, "does not exist"),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, name: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        check_output(CompareOptions(tmp_path / name, **options))  # type: ignore[arg-type]


def test_outputs_that_do_not_fit(clips: tuple[str, str], tmp_path: Path) -> None:
    picture = str(write_flat_image(tmp_path / "a.png", 1))
    with pytest.raises(OptionError, match="is a picture, but there are 10 moments"):
        compare(*clips, CompareOptions(tmp_path / "out.png"))
    with pytest.raises(OptionError, match="is a video, but two single pictures"):
        compare(picture, picture, CompareOptions(tmp_path / "out.mp4"))


def test_an_input_is_never_replaced(clips: tuple[str, str], tmp_path: Path) -> None:
    picture = str(write_flat_image(tmp_path / "a.png", 1))
    with pytest.raises(SequenceError, match="is the input"):
        compare(picture, picture, CompareOptions(Path(picture), overwrite=True))
    with pytest.raises(SequenceError, match="is the input"):
        compare(*clips, CompareOptions(Path(clips[0]), overwrite=True))


def test_an_output_that_exists_is_kept(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="`overwrite`"):
        check_output(CompareOptions(tmp_path / "out.mp4"))
    check_output(CompareOptions(tmp_path / "out.mp4", overwrite=True))
