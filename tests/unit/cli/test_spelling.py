from __future__ import annotations

from dataclasses import fields

import pytest

from midframe import Job
from midframe.cli.spelling import FLAGS, spell


@pytest.mark.parametrize(
    ("message", "spelled"),
    [
        ("Replace it with `overwrite`.", "Replace it with --overwrite."),
        ("Use `flow_scale=0.5`, or `memory=8G`.", "Use --scale 0.5, or --memory 8G."),
        ("`flow_folder=my flow` is a file.", "--flow-out my flow is a file."),
        ("Start one with `ray start --head`.", "Start one with `ray start --head`."),
        ("`unknown` and `unknown=1` stay.", "`unknown` and `unknown=1` stay."),
        ("Nothing to spell.", "Nothing to spell."),
    ],
)
def test_options_become_flags(message: str, spelled: str) -> None:
    assert spell(message) == spelled


def test_every_flag_belongs_to_an_option_of_some_command() -> None:
    from midframe.cli.commands import COMMANDS, load_command

    nested = [load_command(name) for name in COMMANDS]
    for group in ("models", "export"):
        nested += load_command(group).commands.values()  # type: ignore[attr-defined]
    known = {flag for command in nested for parameter in command.params for flag in parameter.opts}
    assert set(FLAGS.values()) - {"--engine"} <= known


def test_every_option_of_a_job_has_a_flag() -> None:
    names = {field.name for field in fields(Job)} - {"source", "options"}
    assert names <= set(FLAGS)
