from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from midframe.diagnosis.kernels import look_at_kernels
from midframe.engines.cpu.kernels import library
from midframe.engines.cpu.kernels.library import INSTRUCTION_SETS, load_kernels, supported_instruction_sets


@pytest.fixture(autouse=True)
def again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kernels are chosen once for a process; here for every test."""
    monkeypatch.delenv("MIDFRAME_KERNELS", raising=False)
    load_kernels.cache_clear()
    yield
    load_kernels.cache_clear()


@pytest.fixture
def built() -> None:
    if not all(library.library_file(name).is_file() for name in INSTRUCTION_SETS):
        pytest.skip("the CPU kernels are not built")


@pytest.mark.usefixtures("built")
def test_the_best_are_used() -> None:
    state = look_at_kernels()
    best = supported_instruction_sets()[-1]
    assert (state.built, state.supported) == (INSTRUCTION_SETS, supported_instruction_sets())
    assert (state.used, state.reason, state.failures) == (best, "The best that this processor has.", {})


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("choice", "used", "reason"),
    [
        ("off", None, "MIDFRAME_KERNELS=off disables them."),
        ("baseline", "baseline", "MIDFRAME_KERNELS=baseline allows no newer instructions."),
    ],
)
def test_choices(choice: str, used: str | None, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_KERNELS", choice)
    state = look_at_kernels()
    assert (state.used, state.reason) == (used, reason)


@pytest.mark.usefixtures("built")
def test_a_choice_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDFRAME_KERNELS", "avx9")
    assert look_at_kernels().reason == (
        "MIDFRAME_KERNELS=avx9 is none that this processor has, so the best ones are used."
    )


def test_none_were_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "library_file", lambda name: tmp_path / name)
    state = look_at_kernels()
    assert (state.built, state.supported, state.used) == ((), (), None)
    assert state.reason == "They were not built when midframe was installed."


@pytest.mark.usefixtures("built")
def test_some_were_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = library.library_file
    monkeypatch.setattr(library, "library_file", lambda name: real(name) if name == "baseline" else tmp_path / name)
    state = look_at_kernels()
    assert (state.built, state.used) == (("baseline",), "baseline")
    if supported_instruction_sets()[-1] != "baseline":
        assert state.reason == (
            f"The processor has {supported_instruction_sets()[-1]}, which no kernels were built for."
        )


def test_damaged_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "damaged.so").write_bytes(b"\x7fELF")
    monkeypatch.setattr(library, "library_file", lambda name: tmp_path / "damaged.so")
    state = look_at_kernels()
    assert (state.built, state.supported, state.used) == (INSTRUCTION_SETS, (), None)
    assert state.reason == "They cannot be loaded."
    assert state.failures.keys() == set(INSTRUCTION_SETS)
    assert "damaged.so" in state.failures["avx2"]
