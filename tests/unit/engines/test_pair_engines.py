"""Engines with the options of single pairs: each made once, of the same weights, and one at work at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.support.engines import encode_pair, fast, random_model
from tests.support.fake_engine import FakeEngine

from midframe.engines.cpu.entry import CpuEntry
from midframe.engines.locked import locked
from midframe.engines.memory_model import MemoryPlan
from midframe.engines.oom_fallback import make_with_fallback
from midframe.engines.options import EngineOptions, PairOptions
from midframe.engines.pair_engines import AS_THE_JOB, PairEngines
from midframe.engines.protocols import Engine, EngineFrame, vary
from midframe.errors import OptionError
from midframe.models.rife.spec import ROWS

BEST, COARSE = PairOptions(quality="best"), PairOptions(flow_scale=0.5)


class Fixed:
    """An engine without other options."""

    device_name = "nowhere"
    strips = 1
    released = 0

    def release(self) -> None:
        self.released += 1


def frames() -> list[EngineFrame]:
    rng = np.random.default_rng(3)
    views = rng.random((2, 64, 64, 3), dtype=np.float32)
    return [EngineFrame(view, view) for view in views]


def middle(engine: Engine[Any]) -> Any:
    return engine.between(*encode_pair(engine, frames()), [0.5])[0]


@pytest.fixture(scope="module")
def model() -> Any:
    return random_model(ROWS[-1])


def on_cpu(model: Any, options: EngineOptions, memory: MemoryPlan | None = None) -> Engine[Any]:
    entry = CpuEntry()
    reason = entry.unavailable("cpu")
    if reason is not None:
        pytest.skip(reason)
    return make_with_fallback(entry, model, options, memory, pytest.fail)


def test_each_is_made_once_and_the_one_before_is_released() -> None:
    engine = FakeEngine()
    engines = PairEngines(engine)
    assert engines.of(AS_THE_JOB) is engine
    assert engine.released == 0
    coarse = engines.of(COARSE)
    assert coarse is not engine
    assert engine.released == 1
    assert engines.of(COARSE) is coarse
    assert engines.of(AS_THE_JOB) is engine
    assert engines.of(COARSE) is coarse


def test_engines_without_options_say_so() -> None:
    with pytest.raises(OptionError, match="on nowhere has no options for single pairs") as raised:
        PairEngines(Fixed()).of(BEST)  # type: ignore[arg-type]
    assert raised.value.option == "choices"


@pytest.mark.parametrize("options", [BEST, COARSE, PairOptions("default", 2.0)])
def test_a_variant_gives_what_an_engine_with_these_options_gives(model: Any, options: PairOptions) -> None:
    given = on_cpu(model, fast())
    wanted = middle(on_cpu(model, options.applied_to(fast())))
    np.testing.assert_array_equal(middle(vary(given, options)), wanted)
    np.testing.assert_array_equal(middle(vary(locked(given), options)), wanted)
    assert not np.array_equal(middle(given), wanted)


def test_variants_share_the_weights(model: Any) -> None:
    given: Any = on_cpu(model, fast())
    other: Any = vary(given, COARSE)
    assert other._engine._network._blocks._packed is given._engine._network._blocks._packed


def test_variants_begin_as_their_memory_is_planned(model: Any) -> None:
    variant = MemoryPlan(4, 1, 1.0, need=1, spare=1)
    plan = MemoryPlan(1, 2, 1.0, need=1, spare=1, variants=((BEST, variant),))
    given = on_cpu(model, fast(), plan)
    assert vary(given, BEST).strips == 4
    assert plan.of_pairs(COARSE) == MemoryPlan(1, 2, 0.5, need=1, spare=1, variants=plan.variants)
