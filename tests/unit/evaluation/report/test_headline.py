from __future__ import annotations

from dataclasses import replace
from math import inf

from tests.support.evaluations import LPIPS, PSNR, baseline, evaluation, result

from midframe.evaluation.report.headline import details, headline
from midframe.evaluation.results import MethodInfo


def test_it_can_be_read_aloud() -> None:
    found = evaluation((result("4.25", 1.0, label="midframe"), baseline("blend", -2.0), baseline("dis", 0.0)))

    assert headline(found) == (
        "midframe rebuilds the moving frames of clip.mp4 at 30.9 dB, 3.0 dB better than plain blending."
    )


def test_defeat_and_draws_are_admitted() -> None:
    assert headline(evaluation((result("4.25"), baseline("blend", 3.0)))).endswith("3.0 dB worse than plain blending.")
    assert headline(evaluation((result("4.25"), baseline("blend", 0.01)))).endswith(", as good as plain blending.")


def test_differences_inside_the_noise_are_no_differences() -> None:
    own, other = result("4.25"), baseline("blend")
    noisy = tuple(
        replace(frame, scores={"psnr": frame.scores["psnr"] + (2.5 if number % 2 else -2.3)})
        for number, frame in enumerate(other.frames)
    )

    text = headline(evaluation((own, replace(other, frames=noisy))))

    assert text.endswith(", no measurable difference from plain blending.")


def test_it_knows_which_way_is_up() -> None:
    lower = replace(LPIPS, name="ssim", label="distance", absent="")

    text = headline(evaluation((result("4.25", -1.0), baseline("blend", 1.0)), metrics=(lower,)))

    assert text.endswith(" at distance 0.8900, 0.020 distance better than plain blending.")


def test_frames_without_any_error() -> None:
    frame = replace(result("hold").frames[0], scores={"psnr": inf})
    only = replace(result("hold", label="frame repeated"), frames=(frame,))
    rival = replace(result("4.25"), frames=(replace(frame, scores={"psnr": 40.0}),))

    text = headline(evaluation((only, rival)))

    assert text == "frame repeated rebuilds the moving frame of clip.mp4 without any error."


def test_without_others_scores_or_frames() -> None:
    assert headline(evaluation((result("4.25"),))).endswith(" at 29.9 dB.")
    assert "no metric could be measured" in headline(evaluation(metrics=(LPIPS,)))
    assert headline(evaluation(())).startswith("No frame of clip.mp4 was interpolated")
    assert details(evaluation(())) == ()


def test_it_compares_with_others_and_not_with_itself() -> None:
    own = result("4.25", 1.0, label="midframe")
    held = replace(own, method=MethodInfo("run", "midframe, cuts held", {}))

    found = evaluation((own, held, baseline("blend", -2.0)))

    assert "3.0 dB better than plain blending" in headline(found)
    assert not any("held" in sentence for sentence in details(found))


def test_details_say_how_sure_it_is_and_what_other_models_reach() -> None:
    network = result("4.25 quality=fast", 0.99, label="RIFE 4.25 as published")
    blended = baseline("blend", -2.0)
    uneven = tuple(
        replace(frame, scores={"psnr": frame.scores["psnr"] + (0.5 if number % 2 else -0.5)})
        for number, frame in enumerate(blended.frames)
    )

    own = result("4.25", 1.0, label="midframe", seconds=2.0)
    said = details(evaluation((own, network, replace(blended, frames=uneven)), metrics=(PSNR,)))

    assert said == (
        "The difference is 2.8 to 3.2 dB (95% interval over 20 frames).",
        "RIFE 4.25 as published: 30.90 dB, as good.",
        "midframe takes 80 ms a frame.",
    )
