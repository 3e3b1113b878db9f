from __future__ import annotations

import pickle
import sys

import pytest
from tests.support.engines import fast, random_model

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.entry import CpuEntry
from midframe.engines.cpu.kernels import library
from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.options import EngineOptions
from midframe.engines.registry import add_engine, choose_engine, engine_names, make_engine, remove_engine
from midframe.engines.torch.engine import TorchEngine
from midframe.engines.torch.entry import TorchEntry
from midframe.engines.torch.quality import QualityEngine
from midframe.errors import EngineError, OptionError
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import spec_for_version


@pytest.fixture(scope="module")
def model() -> RifeModel:
    return random_model(spec_for_version("4.15.lite"))


@pytest.fixture
def no_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load_kernels", lambda: None)


def test_the_cpu_engine_where_there_are_kernels(model: RifeModel) -> None:
    kernels = load_kernels()
    if kernels is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    engine = make_engine(model, fast())
    assert isinstance(engine, CpuEngine)
    assert kernels.name in engine.device_name


@pytest.mark.usefixtures("no_kernels")
def test_torch_where_there_are_none(model: RifeModel) -> None:
    assert isinstance(make_engine(model, fast()), TorchEngine)


def test_other_devices_get_torch_without_asking_for_kernels(model: RifeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(library, "load_kernels")
    assert isinstance(choose_engine(model, fast(device="cuda")), TorchEntry)


def test_torch_if_it_is_named(model: RifeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(library, "load_kernels")
    assert isinstance(make_engine(model, fast(engine="torch")), TorchEngine)
    assert isinstance(make_engine(model, fast(engine="torch", quality="default")), QualityEngine)


@pytest.mark.usefixtures("no_kernels")
def test_the_cpu_engine_without_kernels_is_refused(model: RifeModel) -> None:
    with pytest.raises(OptionError, match=r"cpu needs the CPU kernels, which .*: use `engine=torch`\.") as caught:
        choose_engine(model, fast(engine="cpu"))
    assert caught.value.option == "engine"


def test_the_cpu_engine_on_another_device_is_refused(model: RifeModel) -> None:
    with pytest.raises(OptionError, match="cpu runs only on the CPU, not on cuda:1: use `device=cpu` or"):
        choose_engine(model, fast(engine="cpu", device="cuda:1"))


@pytest.mark.usefixtures("no_kernels")
def test_without_any_library_all_reasons_are_given(model: RifeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("midframe.engines.torch.entry.has_torch", lambda: False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    reasons = (
        r"^No engine runs .* on cpu\. The engine cpu .* The engine torch needs PyTorch, which is not installed\. "
        r"The engine onnx needs ONNX.*, which (is|are) not installed\. `midframe devices` shows the commands"
    )
    with pytest.raises(OptionError, match=reasons):
        choose_engine(model, fast())


def test_an_engine_that_does_not_exist(model: RifeModel) -> None:
    with pytest.raises(OptionError, match="must be one of auto, cpu, torch, ncnn, onnx, not 'tpu'"):
        choose_engine(model, fast(engine="tpu"))


def test_engines_can_be_added_and_removed() -> None:
    class OtherEntry(CpuEntry):
        name = "other"

    before = engine_names()
    add_engine(OtherEntry())
    try:
        assert engine_names() == (*before, "other")
        with pytest.raises(ValueError, match="named 'other' already exists"):
            add_engine(OtherEntry())
    finally:
        remove_engine("other")
    assert engine_names() == before
    with pytest.raises(OptionError, match="not 'other'"):
        remove_engine("other")


@pytest.mark.parametrize("entry", [CpuEntry(), TorchEntry()])
def test_entries_travel(entry: CpuEntry | TorchEntry) -> None:
    assert pickle.loads(pickle.dumps(entry)).name == entry.name


def test_kernels_of_another_version_are_refused_and_not_passed_over(
    model: RifeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    if load_kernels() is None:
        pytest.skip("the CPU kernels are not built, or switched off")
    load_kernels.cache_clear()
    monkeypatch.setattr(library, "ABI_VERSION", -1)
    try:
        with pytest.raises(EngineError, match=r"built from another version.*; rebuild them: pip install -e \.$"):
            make_engine(model, fast())
        assert isinstance(make_engine(model, fast(engine="torch")), TorchEngine)
    finally:
        load_kernels.cache_clear()


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="`flow_scale` must be one of"):
        EngineOptions(flow_scale=3)
