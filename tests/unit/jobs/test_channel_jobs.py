"""Whole jobs on OpenEXR files with layers: what steers, what is blended, and what the plan says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from tests.support.jobs import FakeNetwork, Recorder

from midframe.detection.rules import CutHandling, PairRules
from midframe.errors import OptionError
from midframe.jobs.job import Job
from midframe.jobs.options import JobOptions
from midframe.jobs.plan import preflight
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.jobs.run import run_job
from midframe.media.channels import ChannelOptions
from midframe.runtime.events import Notice, Reporter

HEIGHT, WIDTH = 24, 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two frames of R, G, B, depth and IDs; neither of the latter has a value of the other frame."""
    random = np.random.default_rng(5)
    made = tmp_path / "in"
    made.mkdir()
    for number in range(2):
        planes: dict[str, Any] = {name: random.uniform(0, 1, (HEIGHT, WIDTH)).astype(np.float16) for name in "RGB"}
        planes["Z"] = random.uniform(1, 100, (HEIGHT, WIDTH)).astype(np.float32)
        planes["id"] = random.integers(1 << 31, 1 << 32, (HEIGHT, WIDTH)).astype(np.uint32)
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, planes).write(str(made / f"{number}.exr"))
    return made


def resolved(folder: Path, *rules: tuple[str, Any], cuts: CutHandling = "off", **options: Any) -> ResolvedJob:
    steer = options.pop("steer", None)
    return resolve_job(
        JobOptions(
            folder,
            folder.with_name("out"),
            options.pop("factor", Fraction(2)),
            rules=PairRules(cuts=cuts, **options),
            channels=ChannelOptions(rules, steer),
        )
    )


def read(path: Path) -> dict[str, Any]:
    channels = OpenEXR.File(str(path), separate_channels=True).channels()
    return {name: channel.pixels for name, channel in channels.items()}


def run(job: ResolvedJob) -> list[str]:
    recorder = Recorder()
    run_job(job, FakeNetwork(), Reporter([recorder]))
    return [event.text for event in recorder.events if isinstance(event, Notice)]


def test_depth_and_ids_are_those_of_a_frame(folder: Path) -> None:
    run(resolved(folder, factor=Fraction(4)))
    sources = [read(folder / f"{number}.exr") for number in range(2)]
    for number in (1, 2, 3):
        made = read(folder.with_name("out") / f"{number:07d}.exr")
        for name in ("Z", "id"):
            assert made[name].dtype == sources[0][name].dtype
            assert np.isin(made[name], [source[name] for source in sources]).all()
        assert not np.isin(made["R"], [source["R"] for source in sources]).all()


def test_a_rule_of_the_caller_counts(folder: Path) -> None:
    run(resolved(folder, ("Z", "blend"), ("R", "copy")))
    left, right = (read(folder / f"{number}.exr") for number in range(2))
    made = read(folder.with_name("out") / "0000001.exr")
    np.testing.assert_allclose(made["Z"], (left["Z"] + right["Z"]) / 2, rtol=1e-5)
    np.testing.assert_array_equal(made["R"], left["R"])


def test_a_cross_fade_at_a_cut_keeps_ids(folder: Path) -> None:
    run(resolved(folder, cuts="blend", cut_threshold=0.01, factor=Fraction(4)))
    sources = [read(folder / f"{number}.exr") for number in range(2)]
    for number, nearer in ((1, 0), (2, 0), (3, 1)):
        made = read(folder.with_name("out") / f"{number:07d}.exr")
        np.testing.assert_array_equal(made["id"], sources[nearer]["id"])
        share = number / 4
        mixed = (1 - share) * sources[0]["R"].astype(np.float32) + share * sources[1]["R"]
        np.testing.assert_allclose(made["R"], mixed, atol=1e-3)


def test_the_plan_and_the_run_say_what_steers(folder: Path) -> None:
    plan = preflight(resolved(folder), None)
    assert plan.view_channels == ("R", "G", "B")
    assert plan.channel_rules == {"R": "blend", "G": "blend", "B": "blend", "Z": "nearest", "id": "nearest"}
    assert json.loads(json.dumps(asdict(plan)))["channel_rules"]["Z"] == "nearest"
    said = (
        "Motion is estimated on R, G and B, of 5 channels.",
        "Z and id are taken from the more reliable frame along the motion, not blended (`channel_rules`).",
    )
    assert plan.notes[-2:] == said
    assert run(resolved(folder))[:2] == list(said)


def test_the_caller_may_say_what_steers(folder: Path) -> None:
    job = resolved(folder, steer="Z")
    assert preflight(job, None).view_channels == ("Z",)
    assert job.settings["view_channels"] != resolved(folder).settings["view_channels"]
    assert resolved(folder, ("Z", "blend")).settings != resolved(folder).settings


def test_plain_pictures_need_no_words(make_job: Callable[..., ResolvedJob]) -> None:
    plan = preflight(make_job([0, 50]), None)
    assert plan.notes == ()
    assert plan.view_channels == ("0", "1", "2")


def test_unknown_channels_are_refused_before_work(folder: Path) -> None:
    with pytest.raises(OptionError, match="No channel is called 'depth'") as raised:
        resolved(folder, ("depth", "nearest"))
    assert raised.value.option == "channel_rules"


def test_a_job_takes_rules_in_every_form(folder: Path) -> None:
    jobs = [
        Job(folder, channel_rules={"Z": "copy"}, steer="R"),
        Job(folder, channel_rules=["Z=copy"], steer="R"),
        Job(folder, channel_rules="Z=copy", steer="R"),
    ]
    assert len(set(jobs)) == 1
    assert jobs[0].options.channels == ChannelOptions((("Z", "copy"),), "R")
    with pytest.raises(OptionError, match="blend, nearest, copy"):
        Job(folder, channel_rules={"Z": "far"})
