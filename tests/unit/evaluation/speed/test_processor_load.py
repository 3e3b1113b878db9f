from __future__ import annotations

from types import SimpleNamespace

import pytest

from midframe.evaluation.speed import processor_load
from midframe.evaluation.speed.processor_load import ProcessorLoad


class Machine:
    """Four cores; what they have done so far."""

    def __init__(self) -> None:
        self.now, self.user, self.idle, self.iowait = 100.0, 50.0, 1000.0, 7.0

    def pass_time(self, seconds: float, busy: float) -> None:
        self.now += seconds
        self.user += busy
        self.idle += 4 * seconds - busy


class Times(tuple[float, ...]):
    user: float
    idle: float
    iowait: float


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()

    def cpu_times() -> Times:
        times = Times((machine.user, machine.idle, machine.iowait))
        times.idle, times.iowait = machine.idle, machine.iowait
        return times

    monkeypatch.setattr(processor_load, "psutil", SimpleNamespace(cpu_times=cpu_times, cpu_count=lambda: 4))
    monkeypatch.setattr("midframe.evaluation.speed.processor_load.time.monotonic", lambda: machine.now)
    return machine


@pytest.mark.parametrize(("busy", "own", "others"), [(20.0, 20.0, 0.0), (20.0, 10.0, 0.25), (5.0, 6.0, 0.0)])
def test_what_others_take(machine: Machine, busy: float, own: float, others: float) -> None:
    load = ProcessorLoad()
    machine.pass_time(10, busy)
    assert load.others(own) == pytest.approx(others)


def test_too_short_to_say(machine: Machine) -> None:
    load = ProcessorLoad()
    machine.pass_time(0.1, 0.4)
    assert load.others(0.0) is None


def test_a_real_machine_can_say() -> None:
    load = ProcessorLoad()
    load._began -= 1
    assert 0 <= (load.others(0.0) or 0) <= 1
