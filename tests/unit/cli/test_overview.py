from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.clips import write_clip

from midframe.cli.overview import BELOW, is_complete_already, overview_line, overview_lines, summary_line
from midframe.detection.rules import PairRules
from midframe.jobs.job import Job
from midframe.media.facts import MediaFacts, Sound
from midframe.runtime.analysis import Analysis
from midframe.runtime.events import JobSummary, PairClassified
from midframe.runtime.job_plan import JobPlan

CUT = PairClassified(1, 2, "cut", 0.1, 0.9, 0)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobPlan:
    """A clip with sound, doubled."""
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", 5, sound=True)
    return Job("clip.mp4").plan(analyze=False)


def lines(plan: JobPlan) -> list[str]:
    return [(left + words).rstrip() for left, words in overview_lines(plan)]


def test_a_clip_with_sound(plan: JobPlan) -> None:
    assert lines(plan) == [
        "clip.mp4       64×48, 25 fps, 0.2 s, H.264, 1 sound track",
        "→ clip_2x.mp4  64×48, 50 fps, 0.2 s, H.264 (CRF 18), sound copied",
        "               4 new frames",
    ]


def test_what_is_known_after_looking_is_added(plan: JobPlan) -> None:
    known = replace(plan, analysis=Analysis((CUT,), PairRules()), interpolated=3, seconds=4.2, device="cpu (2 threads)")
    found = lines(known)
    assert found[0].endswith("1 sound track, 1 scene cut")
    assert found[2].strip() == "3 new frames, about 4.2 s on this CPU"
    assert lines(replace(known, device="cuda:0"))[2].endswith("about 4.2 s on cuda:0")
    assert lines(replace(known, seconds=0.04))[2].endswith("less than 1 s on this CPU")


@pytest.mark.parametrize(
    ("sound", "there", "how", "words"),
    [
        (1, 0, "copied", ", no sound"),
        (2, 2, "copied", ", sound copied"),
        (2, 1, "copied", ", 1 of 2 sound tracks copied"),
        (1, 1, "encoded", ", sound encoded again"),
        (1, 1, "stretched", ", sound stretched"),
        (0, 0, "copied", "(CRF 18)"),
    ],
)
def test_what_becomes_of_sound(plan: JobPlan, sound: int, there: int, how: Sound, words: str) -> None:
    source = replace(plan.source_facts, sound=sound)
    output = replace(plan.output_facts, sound=there, sound_is=how)
    assert lines(replace(plan, source_facts=source, output_facts=output))[1].endswith(words)


def test_frames_in_place_of_repeated_ones_are_promised(plan: JobPlan) -> None:
    replacing = replace(plan, replaces_repeats=True)
    assert lines(replacing)[2].strip() == "4 new frames, and some in place of repeated ones"
    assert lines(replace(replacing, synthesised=0))[2].strip() == "new frames in place of repeated ones"
    assert lines(replace(replacing, synthesised=0, interpolated=3))[2].strip() == "3 new frames"


def test_pictures_have_a_number_and_a_depth(plan: JobPlan) -> None:
    pictures = MediaFacts("shots/", "TIFF", 64, 48, 7, "32-bit float", planes=3, frames=5)
    found = lines(replace(plan, source_facts=pictures, output_facts=replace(pictures, name="slow", frames=1)))
    assert found[0] == "shots/  64×48, 5 frames, TIFF, 32-bit float, 3 planes, 7 channels"
    assert found[1] == "→ slow  64×48, 1 frame, TIFF, 32-bit float, 3 planes, 7 channels"


def test_a_pipe_says_what_it_knows(plan: JobPlan) -> None:
    pipe = MediaFacts("-", "Y4M", 64, 48, 3, "10 bit", rate=24000 / 1001)
    found = lines(
        replace(plan, source_facts=pipe, output_facts=replace(pipe, rate=48.0, steady=False), synthesised=None)
    )
    assert found == [
        "standard input     64×48, 23.976 fps, Y4M, 10 bit",
        "→ standard output  64×48, 48 fps on average, Y4M, 10 bit",
        "                   interpolates until the input ends",
    ]


def test_long_names_stand_above_the_facts(plan: JobPlan) -> None:
    found = lines(replace(plan, source_facts=replace(plan.source_facts, name="a long name of a film.mp4")))
    assert found[0] == "a long name of a film.mp4"
    assert found[1].startswith(f"{BELOW}64×48, ")
    assert found[4] == f"{BELOW}4 new frames"


def test_one_of_several_has_one_line(plan: JobPlan) -> None:
    assert overview_line(plan, 2, 3) == "2 of 3  clip.mp4 → clip_2x.mp4  64×48, 25 → 50 fps, 4 new frames"
    slow = replace(plan, output_facts=replace(plan.output_facts, rate=25.0, seconds=0.4))
    assert "64×48, 25 fps, 0.4 s, 4 new" in overview_line(slow, 2, 3)


class TestSummary:
    DONE = JobSummary("out", 5, 10, 0, 5, 3, 2, 0, 0, 1, 1, 2.5, 1.5, 3.6, "cpu (2 threads)", "RIFE", "ab" * 32)

    def test_a_folder(self) -> None:
        assert (
            summary_line(self.DONE, 3.14)
            == "Done in 3.1 s: out (10 frames), 3 frames interpolated, 1 cut held, 1 static pair held"
        )

    def test_a_file_has_a_size(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").write_bytes(b"x" * 2500)
        done = replace(self.DONE, output=str(tmp_path / "a.mp4"), cuts=0, static_pairs=0)
        assert summary_line(done, 75) == f"Done in 1 min 15 s: {tmp_path}/a.mp4 (2.5 kB), 3 frames interpolated"

    def test_what_else_there_is_to_say(self) -> None:
        done = replace(self.DONE, output="-", device="cuda:0", replaced=2, blended=1, cuts=2, static_pairs=0, resumed=4)
        assert summary_line(done, 1) == (
            "Done in 1.0 s on cuda:0: 10 frames sent, 3 frames interpolated (2 in place of repeated ones), 2 cuts "
            "cross-faded, 4 frames kept from the earlier run"
        )

    def test_complete_already(self) -> None:
        assert is_complete_already(replace(self.DONE, resumed=10, copied=0, synthesised=0, held=0))
        assert not is_complete_already(self.DONE)


def test_slow_motion_and_rates_of_broadcasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", 12, Fraction(24000, 1001), sound=True)
    slow = lines(Job("clip.mp4", factor=4, slowmo=True).plan(analyze=False))
    assert slow[1] == "→ clip_4x_slow.mp4  64×48, 23.976 fps, 2.0 s, H.264 (CRF 18), no sound"
    part = lines(Job("clip.mp4", "a.webm", end_time=0.2).plan(analyze=False))
    assert part[0] == "clip.mp4  64×48, 23.976 fps, 0.2 s, H.264, 1 sound track"
    assert part[1] == "→ a.webm  64×48, 47.952 fps, 0.2 s, VP9 (CRF 24), sound encoded again"
