"""The options of the engine, as every command gets them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from midframe.cli.application import app
from midframe.cli.engine_options import DEFAULTS, accept_engine_options, engine_options, qualities
from midframe.cli.spelling import FLAGS, spell
from midframe.engines.options import EngineOptions
from midframe.engines.registry import engine_names
from midframe.errors import OptionError


def parsed(*words: str, **decoration: tuple[str, ...]) -> EngineOptions:
    """What a command with engine options makes of some words."""
    found: list[EngineOptions] = []

    @accept_engine_options(**decoration)
    def command(
        source: Annotated[str, typer.Argument()] = "x",
        engine: EngineOptions = DEFAULTS,
        last: Annotated[int, typer.Option("--last")] = 1,
    ) -> None:
        assert (source, last) == ("x", 1)
        found.append(engine)

    small = typer.Typer(pretty_exceptions_enable=False)
    small.command()(command)
    result = CliRunner().invoke(small, [*words], catch_exceptions=True)
    if result.exception is not None:
        raise result.exception
    return found[0]


def test_nothing_said_is_the_defaults() -> None:
    assert parsed() == EngineOptions()


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("-m a.pkl", {"model": "a.pkl"}),
        ("--device cuda:0,cuda:1", {"device": "cuda:0,cuda:1"}),
        ("--engine torch", {"engine": "torch"}),
        ("--scale 0.25", {"flow_scale": 0.25}),
        ("--uhd", {"flow_scale": 0.5}),
        ("--uhd --scale 2", {"flow_scale": 2.0}),
        ("--precision fast", {"precision": "fast"}),
        ("--quality best", {"quality": "best"}),
        ("--ensemble", {"ensemble": True}),
        ("--threads 3", {"threads": 3}),
        ("--memory 4G", {"memory": 4 * 10**9}),
        ("--allow-lower-scale", {"allow_lower_scale": True}),
    ],
)
def test_each_option(words: str, options: dict[str, object]) -> None:
    assert parsed(*words.split()) == replace(EngineOptions(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", ["--engine tpu", "--quality good", "--precision half"])
def test_values_that_do_not_exist(words: str) -> None:
    with pytest.raises(SystemExit) as caught:
        parsed(*words.split())
    assert caught.value.code == 2


@pytest.mark.parametrize("words", ["--scale 3", "--threads 0", "--memory 0"])
def test_values_out_of_range(words: str) -> None:
    with pytest.raises(OptionError):
        parsed(*words.split())


def test_options_that_a_command_omits() -> None:
    assert parsed("--scale", "2", omit=("quality",)).flow_scale == 2
    for words in (["--quality", "best"], ["--threads", "1"]):
        with pytest.raises(SystemExit):
            parsed(*words, omit=("quality", "threads"))
        with pytest.raises(SystemExit):
            parsed(*words, only=("model",))


def test_every_option_has_a_flag() -> None:
    assert {field.name for field in fields(EngineOptions)} <= FLAGS.keys()
    assert spell("use `flow_scale=0.5`, `engine=torch` or `threads`") == "use --scale 0.5, --engine torch or --threads"


@pytest.mark.parametrize("name", ["run", "sheet", "flow", "evaluate", "adapt"])
def test_every_command_that_runs_a_network_can_choose_its_engine(name: str) -> None:
    result = CliRunner().invoke(app, [name, "x", "-o", "y", "--engine", "tpu"])
    assert isinstance(result.exception, OptionError)
    assert all(known in str(result.exception) for known in engine_names())


def test_without_a_command_line() -> None:
    assert engine_options() == EngineOptions()
    assert engine_options(flow_scale=None, uhd=True).flow_scale == 0.5


@pytest.mark.parametrize("word", ["fast", "default", "best"])
def test_words_say_how_frames_are_drawn(word: str) -> None:
    assert qualities(word, None) == (word, None)
    assert qualities(word, 20) == (word, 20)


def test_a_number_is_the_codecs() -> None:
    """What --quality meant before there was --crf."""
    assert qualities("18", None) == ("default", 18)


def test_a_number_twice() -> None:
    with pytest.raises(OptionError, match="--quality 18 is the same as --crf 18: give one"):
        qualities("18", 20)


@pytest.mark.parametrize("word", ["good", "", "Best", "1.5"])
def test_other_words(word: str) -> None:
    with pytest.raises(OptionError, match="must be fast, default or best"):
        qualities(word, None)
