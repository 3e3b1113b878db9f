from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.support.comfyui import ComfyUI

import midframe
from midframe.errors import DownloadError, UnknownModelError, WeightsError
from midframe.signals import CancelRequested


def test_checkpoints_are_found_by_content_and_come_first(comfyui: ComfyUI) -> None:
    weights = comfyui.module("weights")
    assert weights.model_choices()[0] == "4.25"
    comfyui.add_checkpoint("frame_interpolation/deep/er.safetensors")
    comfyui.add_checkpoint("ckpts/other.safetensors", "4.15.lite")
    other = comfyui.base / "models" / "rife"
    other.mkdir()
    (other / "film_net.pth").write_bytes(b"no checkpoint")
    (other / "notes.txt").write_text("no checkpoint")
    choices = weights.model_choices()
    assert choices[:3] == ["frame_interpolation/deep/er.safetensors", "ckpts/other.safetensors", "4.25"]
    assert {"4.6", "4.26.heavy"} < set(choices)
    assert not [choice for choice in choices if "rife/" in choice]


def test_configured_folders_and_downloads_of_other_packs(comfyui: ComfyUI, tmp_path: Path) -> None:
    import folder_paths

    file = comfyui.add_checkpoint()
    elsewhere, pack = tmp_path / "share" / "models", tmp_path / "custom_nodes" / "Pack" / "ckpts" / "rife"
    for folder in (elsewhere, pack):
        folder.mkdir(parents=True)
        (folder / "rife49.safetensors").write_bytes(file.read_bytes())
    file.unlink()
    folder_paths.folder_names_and_paths["rife"] = ([str(elsewhere)], set())
    weights = comfyui.module("weights")
    assert weights.model_choices()[:2] == ["rife/rife49.safetensors", "Pack/ckpts/rife/rife49.safetensors"]
    assert weights.locate("rife/rife49.safetensors") == elsewhere / "rife49.safetensors"


def test_files_are_read_again_only_when_they_change(comfyui: ComfyUI, monkeypatch: pytest.MonkeyPatch) -> None:
    file, weights, read = comfyui.add_checkpoint(), comfyui.module("weights"), []
    monkeypatch.setattr(midframe, "identify_checkpoint", lambda path: read.append(path))
    for _ in range(3):
        weights.model_choices()
    assert read == [file]
    os.utime(file, ns=(1, 1))
    weights.model_choices()
    assert read == [file, file]


def test_other_files_cannot_be_named(comfyui: ComfyUI) -> None:
    file, weights = comfyui.add_checkpoint(), comfyui.module("weights")
    assert weights.locate("frame_interpolation/own.safetensors") == file
    assert weights.locate("4.6") == "4.6"
    for name in (str(file), "frame_interpolation/../frame_interpolation/own.safetensors", "nothing.pth"):
        with pytest.raises(UnknownModelError, match="into models/frame_interpolation and reload the page") as caught:
            weights.locate(name)
        assert caught.value.option == "model"


def test_results_are_made_again_when_a_file_changes(comfyui: ComfyUI) -> None:
    file, weights = comfyui.add_checkpoint(), comfyui.module("weights")
    inputs = {"model": "frame_interpolation/own.safetensors"}
    before = weights.fingerprint(inputs)
    assert weights.fingerprint(inputs) == before
    os.utime(file, ns=(1, 1))
    assert weights.fingerprint(inputs) != before
    assert weights.fingerprint({"model": "4.25"}) == weights.fingerprint({}) == ""


def test_weights_that_cannot_be_downloaded(comfyui: ComfyUI) -> None:
    weights = comfyui.module("weights")
    with pytest.raises(WeightsError, match=r"MIDFRAME_OFFLINE .* Or put a RIFE 4 checkpoint into ComfyUI's folder"):
        weights.load_model(midframe.EngineOptions("4.25"))
    with pytest.raises(WeightsError, match=r"^No network\. Or put"), weights.advice_on_downloads():
        raise DownloadError("No network.")


def test_downloads_are_shown_and_can_be_interrupted(comfyui: ComfyUI, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, watching = comfyui.module("weights"), comfyui.module("watching")
    progress, cancel = watching.Progress(), midframe.CancelToken()

    def locate(model: str, download: Any) -> None:
        download.message("Fetching.")
        download.begin("flownet.pkl", 10)
        download.advance(4)
        assert progress.take() == (4, 10, None, "Downloading flownet.pkl")
        cancel.cancel()
        download.advance(6)

    monkeypatch.setattr(weights, "locate_model", locate)
    with pytest.raises(CancelRequested):
        weights.fetch(midframe.EngineOptions("4.25"), progress, cancel)


def test_a_model_is_tried_when_it_is_chosen(comfyui: ComfyUI) -> None:
    weights = comfyui.module("weights")
    loaded = weights.load_model(midframe.EngineOptions(comfyui.add_checkpoint()))
    assert loaded.device == "cpu"
    (comfyui.base / "damaged.pkl").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match=r"damaged\.pkl"):
        weights.load_model(midframe.EngineOptions(comfyui.base / "damaged.pkl"))


@pytest.mark.parametrize(
    ("device", "name"), [("cpu", "cpu"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"), ("mps", "mps"), ("meta", "cpu")]
)
def test_the_device_is_that_of_comfyui(device: str, name: str, comfyui: ComfyUI) -> None:
    comfyui.management.device = torch.device(device)
    chosen = comfyui.module("weights").on_device_of_host(midframe.EngineOptions())
    assert chosen.device == name
    assert comfyui.module("weights").on_device_of_host(midframe.EngineOptions(device="xpu")).device == "xpu"
    comfyui.module("host").free_memory_of(name, (4, 3))
    assert comfyui.management.freed == ([] if name == "cpu" else [(7200, torch.device(device))])
