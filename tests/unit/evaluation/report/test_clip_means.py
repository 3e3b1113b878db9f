from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.support.evaluations import PSNR, SSIM, baseline, evaluation, result

from midframe.evaluation.clip_table import clip_table_lines
from midframe.evaluation.report.clip_means import clip_means, clips_details, clips_headline
from midframe.evaluation.results import Evaluation, MethodInfo


def clips(leads: Sequence[float], levels: Sequence[float] | None = None) -> list[Evaluation]:
    """Clips in which midframe leads by so many decibels, at levels of their own."""
    levels = levels or range(len(leads))
    return [
        evaluation(
            (result("4.25", level, label="midframe"), baseline("blend", level - lead)),
            source=f"{number}.mp4",
            metrics=(PSNR, SSIM),
            worst_frames=(),
        )
        for number, (lead, level) in enumerate(zip(leads, levels, strict=True))
    ]


def test_means_are_over_the_moving_frames_of_each_clip() -> None:
    psnr, ssim = clip_means(clips([2.0, 3.0, 4.0]))

    assert [row.source for row in psnr.rows] == ["0.mp4", "1.mp4", "2.mp4"]
    assert [row.frames for row in psnr.rows] == [20, 20, 20]
    own, blended = psnr.mean(0), psnr.mean(1)
    assert own is not None
    assert blended is not None
    assert own.mean - blended.mean == pytest.approx(3)
    difference = psnr.difference(1)
    assert difference is not None
    assert difference.mean == pytest.approx(-3)
    # 1 / sqrt(3) times 4.303, of Student's t with two degrees of freedom.
    assert difference.half_width == pytest.approx(2.484, abs=1e-3)
    assert ssim.metric.name == "ssim"


def test_the_headline_and_how_sure_it_is() -> None:
    tables = clip_means(clips([2.0, 3.0, 4.0]))

    assert clips_headline(tables) == (
        "midframe rebuilds the moving frames of 3 clips at 30.9 dB on average, 3.0 dB better than plain blending."
    )
    assert clips_details(tables) == ("The difference is 0.5 to 5.5 dB (95% interval over 3 clips).",)
    unsure = clip_means(clips([-2.0, 3.0, 4.0]))
    assert clips_details(unsure) == (
        "The clips differ too much to say so of others (95% interval of the difference: −6.3 to 9.7 dB).",
    )
    worse = clip_means(clips([-2.0, -3.0, -4.0]))
    assert clips_headline(worse).endswith("3.0 dB worse than plain blending.")
    assert clips_details(worse) == ("The difference is 0.5 to 5.5 dB (95% interval over 3 clips).",)
    assert clips_details(clip_means(clips([2.0, 3.0]))) == ("2 clips are too few to say so of others.",)


def test_clips_without_motion_have_no_mean() -> None:
    found = clips([2.0, 3.0])
    still = tuple(
        replace(each, frames=tuple(replace(frame, kind="static") for frame in each.frames)) for each in found[1].results
    )

    found[1] = replace(found[1], results=still)
    table, _ = clip_means(found)

    assert table.rows[1].means == (None, None)
    mean = table.mean(0)
    assert mean is not None
    assert mean.count == 1
    assert any(
        line.split() == ["1.mp4", "0", "–", "–"]
        for line in clip_table_lines([found[0], replace(found[1], results=still)])
    )


def test_held_rows_are_no_column() -> None:
    found = clips([2.0])
    held = replace(found[0].results[0], method=MethodInfo("run", "midframe, cuts held", {}))

    table, _ = clip_means([replace(found[0], results=(found[0].results[0], held, found[0].results[1]))])

    assert [method.label for method in table.methods] == ["midframe", "plain blending"]


def test_lines_for_a_terminal() -> None:
    lines = list(clip_table_lines(clips([2.0, 3.0, 4.0])))

    assert lines[3].split() == ["PSNR", "dB", "frames", "midframe", "plain", "blending"]
    assert [line.split("  ")[0] for line in lines[4:]] == [
        "0.mp4", "1.mp4", "2.mp4", "mean", "95% interval", "from midframe", "95% interval",
    ]  # fmt: skip
    assert lines[-2].split()[-1] == "−3.00"
    assert lines[-1].split()[-1] == "2.48"
