from __future__ import annotations

from typing import Any

import pytest

from midframe.engines.entry import FoundDevice
from midframe.engines.inventory import DeviceState, Inventory
from midframe.engines.options import EngineOptions
from midframe.errors import DeviceError, OptionError
from midframe.evaluation.speed.options import BenchmarkOptions
from midframe.evaluation.speed.results import Setting, Size

SOFTWARE = DeviceState(FoundDevice("vulkan:0", is_software=True), ("ncnn",), {})
CPU = DeviceState(FoundDevice("cpu"), ("cpu", "torch"), {})
CARD = DeviceState(FoundDevice("cuda"), ("torch",), {"cpu": "Only on the CPU."})


def inventory(*devices: DeviceState) -> Inventory:
    return Inventory(devices, (), ("cpu",), "", ())


def settings(*devices: DeviceState, **options: Any) -> list[str]:
    found = BenchmarkOptions(**options).settings(inventory(*devices))
    return [f"{each.device} {each.engine} {each.precision} {each.quality}" for each in found]


def test_first_choices_come_first_and_others_are_measured_exactly_alone() -> None:
    assert settings(CARD, CPU, SOFTWARE) == [
        "cpu cpu exact default",
        "cuda torch exact default",
        "cuda torch fast default",
        "cpu cpu fast default",
        "cpu torch exact default",
    ]
    assert settings(CARD, CPU, quick=True) == settings(CARD, CPU)[:4]


def test_what_is_named_is_measured() -> None:
    assert settings(CARD, CPU, engines=("torch",), precisions=("exact",)) == [
        "cpu torch exact default",
        "cuda torch exact default",
    ]
    assert settings(CARD, CPU, devices=("cpu",), engines=("cpu",), qualities=("best", "fast", "best")) == [
        "cpu cpu exact fast",
        "cpu cpu exact best",
        "cpu cpu fast fast",
        "cpu cpu fast best",
    ]
    assert settings(CARD, CPU, devices=("cuda:0",), precisions=("exact",)) == ["cuda torch exact default"]


def test_software_is_measured_only_if_it_is_named() -> None:
    assert settings(CPU, SOFTWARE, devices=("vulkan",), precisions=("exact",)) == ["vulkan:0 ncnn exact default"]
    assert settings(CPU, SOFTWARE, devices=("vulkan:0",), precisions=("fast",)) == ["vulkan:0 ncnn fast default"]


def test_the_exact_engine_precedes_what_is_compared_with_it() -> None:
    assert settings(CPU, engines=("cpu",), precisions=("fast", "exact"))[0] == "cpu cpu exact default"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"devices": ("xpu",)}, r"cannot use .*cpu.* on xpu; see what there is with `midframe devices`"),
        ({"devices": ("cuda",), "engines": ("cpu",)}, "cannot use cpu on cuda"),
    ],
)
def test_nothing_to_measure(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        settings(CARD, CPU, **options)


@pytest.mark.parametrize(
    ("options", "reason", "option"),
    [
        ({"sizes": ("720",)}, "`size` must be some of 480p, 720p, .* such as 640x360, not '720'", "size"),
        ({"sizes": ("0x10",)}, "`size` must be", "size"),
        ({"sizes": ("8x8",)}, "`size` must be", "size"),
        ({"sizes": ("99999x99999",)}, "`size` must be", "size"),
        ({"sizes": ("",)}, "`size` must be", "size"),
        ({"qualities": ("good",)}, "`quality` must be some of fast, default, best, not 'good'", "quality"),
        ({"qualities": ()}, "`quality` must be .* not nothing", "quality"),
        ({"precisions": ("half",)}, "`precision` must be", "precision"),
        ({"engines": ("magic",)}, "engine must be one of", "engine"),
        ({"provider": "magic"}, "provider must be one of", "provider"),
        ({"seconds": 0.5}, "`time` must be at least 1 second", "time"),
        ({"seconds": float("nan")}, "`time` must be", "time"),
    ],
)
def test_wrong_values(options: dict[str, Any], reason: str, option: str) -> None:
    with pytest.raises(OptionError, match=reason) as caught:
        BenchmarkOptions(**options)
    assert caught.value.option == option


def test_a_wrong_device() -> None:
    with pytest.raises(DeviceError, match="not a device"):
        BenchmarkOptions(devices=("gpu",))


def test_sizes_are_sorted_and_named_once() -> None:
    sizes = BenchmarkOptions(sizes=("1080p", "640×360", "4k", "2160p", "640X360")).frame_sizes
    assert sizes == (Size(640, 360), Size(1920, 1080), Size(3840, 2160))


def test_quick() -> None:
    assert [str(size) for size in BenchmarkOptions(quick=True).frame_sizes] == ["854×480", "1280×720"]
    assert BenchmarkOptions(quick=True).limit == 30
    assert BenchmarkOptions().limit == 120
    assert BenchmarkOptions(quick=True, seconds=5).limit == 5


def test_options_of_a_setting() -> None:
    options = Setting("cpu", "torch", "fast", "best").options(BenchmarkOptions().engine)
    assert (options.device, options.engine, options.precision, options.quality) == ("cpu", "torch", "fast", "best")


def test_the_provider_is_that_of_one_engine() -> None:
    both = DeviceState(FoundDevice("cpu"), ("cpu", "onnx"), {})
    found = BenchmarkOptions(provider="openvino", precisions=("exact",)).settings(inventory(both))
    assert [each.provider for each in found] == ["auto", "openvino"]
    assert str(found[1]) == "cpu, engine onnx (openvino), exact, quality default"
    assert found[1].options(EngineOptions()).provider == "openvino"
    assert found[0].options(EngineOptions()).provider == "auto"
