from __future__ import annotations

import hashlib
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file
from tests.support.random_weights import as_torch, random_tensors
from torch import Tensor

from midframe.errors import (
    CheckpointMismatchError,
    UnknownModelError,
    UnrecognisedCheckpointError,
    UnsafeCheckpointError,
    WeightsError,
)
from midframe.models.checkpoints import CHECKPOINT_NAMES, LoadedCheckpoint, load_checkpoint
from midframe.models.rife.architecture import TRAINING_PREFIXES, RifeModel
from midframe.models.rife.spec import spec_for_version

SPEC = spec_for_version("4.15.lite")
"""The row with the fewest parameters."""


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return as_torch(random_tensors(SPEC))


@pytest.fixture
def tensors(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """A copy that a test may change; replace tensors, do not write into them."""
    return dict(weights)


def save(path: Path, content: object, *, zipped: bool = True) -> Path:
    if path.suffix == ".safetensors":
        assert isinstance(content, dict)
        save_file(content, path)
    else:
        torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def rife(checkpoint: LoadedCheckpoint) -> RifeModel:
    assert isinstance(checkpoint.model, RifeModel)
    return checkpoint.model


def require_equal(found: Mapping[str, NDArray[np.float32]], tensors: Mapping[str, Tensor]) -> None:
    assert found.keys() == tensors.keys()
    for key, array in found.items():
        assert type(array) is np.ndarray
        assert array.flags.c_contiguous
        assert array.dtype == np.float32
        assert np.array_equal(array, tensors[key].detach().numpy()), key


class TestWhatIsAccepted:
    @pytest.mark.parametrize("name", ["flownet.pkl", "rife425.pth", "x.pt", "X.PKL", "weights", "a.safetensors"])
    def test_files_of_any_name(self, tmp_path: Path, tensors: dict[str, Tensor], name: str) -> None:
        checkpoint = load_checkpoint(save(tmp_path / name, tensors))
        assert rife(checkpoint).spec is SPEC
        assert checkpoint.architecture.name == checkpoint.model.architecture == "rife"
        assert checkpoint.path == tmp_path / name
        assert checkpoint.sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert checkpoint.notes == ()
        require_equal(checkpoint.model.tensors, tensors)

    @pytest.mark.parametrize("content", [OrderedDict, dict], ids=["OrderedDict", "dict"])
    @pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
    def test_both_formats_of_torch(
        self, tmp_path: Path, tensors: dict[str, Tensor], zipped: bool, content: Callable[..., dict[str, Tensor]]
    ) -> None:
        file = save(tmp_path / "flownet.pkl", content(tensors), zipped=zipped)
        require_equal(load_checkpoint(file).model.tensors, tensors)

    def test_parameters_and_tensors_with_gradients(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        parameters = {key: torch.nn.Parameter(tensor) for key, tensor in tensors.items()}
        loaded = load_checkpoint(save(tmp_path / "a.pkl", parameters))
        assert not any(parameter.requires_grad for parameter in rife(loaded).network().parameters())

    @pytest.mark.parametrize("suffix", [".pkl", ".safetensors"])
    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
    def test_other_precisions_become_float32(
        self, tmp_path: Path, tensors: dict[str, Tensor], dtype: torch.dtype, suffix: str
    ) -> None:
        other = {key: tensor.to(dtype) for key, tensor in tensors.items()}
        loaded = load_checkpoint(save(tmp_path / f"a{suffix}", other)).model.tensors
        require_equal(loaded, {key: tensor.float() for key, tensor in other.items()})

    def test_prefix_of_distributed_training(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        prefixed = {f"module.{key}": tensor for key, tensor in tensors.items()}
        require_equal(load_checkpoint(save(tmp_path / "a.pkl", prefixed)).model.tensors, tensors)

    @pytest.mark.parametrize("prefix", ["", "flownet.", "module.flownet.", "flownet.module."])
    def test_blocks_in_a_list_as_comfyui_names_them(
        self, tmp_path: Path, tensors: dict[str, Tensor], prefix: str
    ) -> None:
        listed = {f"{prefix}{re.sub(r'^block(?=[0-9])', 'blocks.', key)}": tensor for key, tensor in tensors.items()}
        assert f"{prefix}blocks.0.conv0.0.0.weight" in listed
        require_equal(load_checkpoint(save(tmp_path / "a.safetensors", listed)).model.tensors, tensors)

    @pytest.mark.parametrize("module", ["", "module."], ids=["plain", "prefixed"])
    def test_parts_for_training_are_dropped(self, tmp_path: Path, tensors: dict[str, Tensor], module: str) -> None:
        extras = {f"{module}{prefix}0.weight": torch.full((3,), torch.nan) for prefix in TRAINING_PREFIXES}
        plain = {f"{module}{key}": tensor for key, tensor in tensors.items()}
        require_equal(load_checkpoint(save(tmp_path / "a.pkl", {**extras, **plain})).model.tensors, tensors)

    def test_network_holds_the_weights(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        network = rife(load_checkpoint(save(tmp_path / "a.pkl", tensors))).network()
        assert not network.training
        assert all(torch.equal(network.state_dict()[key], tensor) for key, tensor in tensors.items())


@pytest.mark.parametrize("suffix", [".pkl", ".safetensors"])
def test_torch_is_not_loaded(tmp_path: Path, tensors: dict[str, Tensor], suffix: str) -> None:
    file = save(tmp_path / f"a{suffix}", tensors)
    program = (
        "import sys; from pathlib import Path; from midframe.models.checkpoints import load_checkpoint; "
        "load_checkpoint(Path(sys.argv[1])); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, file], check=True)


class TestFolders:
    @pytest.mark.parametrize("name", CHECKPOINT_NAMES)
    def test_the_file_inside_is_found(self, tmp_path: Path, tensors: dict[str, Tensor], name: str) -> None:
        save(tmp_path / name, tensors)
        checkpoint = load_checkpoint(tmp_path)
        assert (checkpoint.path, checkpoint.notes) == (tmp_path / name, ())

    def test_a_single_file_of_another_name_is_found(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        save(tmp_path / "rife415_lite.pth", tensors)
        (tmp_path / "README.txt").write_text("hello")
        assert load_checkpoint(tmp_path).path.name == "rife415_lite.pth"

    def test_the_first_of_two_is_used_and_the_other_is_noted(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        save(tmp_path / "model.pkl", {"other": torch.zeros(1)})
        save(tmp_path / "flownet.pkl", tensors)
        checkpoint = load_checkpoint(tmp_path)
        assert checkpoint.path.name == "flownet.pkl"
        assert "model.pkl" in "".join(checkpoint.notes)

    def test_python_files_are_noted_and_not_run(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        trace = tmp_path / "trace"
        for name in ("RIFE_HDv3.py", "IFNet_HDv3.py", "__init__.py"):
            (tmp_path / name).write_text(f"open({str(trace)!r}, 'w')")
        save(tmp_path / "flownet.pkl", tensors)
        checkpoint = load_checkpoint(tmp_path)
        require_equal(checkpoint.model.tensors, tensors)
        assert len(checkpoint.notes) == 1
        assert "IFNet_HDv3.py, RIFE_HDv3.py" in checkpoint.notes[0]
        assert not trace.exists()

    @pytest.mark.parametrize("files", [(), ("a.py", "readme.md"), ("a.pth", "b.pth")], ids=len)
    def test_nothing_to_choose(self, tmp_path: Path, files: tuple[str, ...]) -> None:
        for name in files:
            (tmp_path / name).write_bytes(b"x")
        with pytest.raises(UnknownModelError, match=r"flownet\.pkl or model\.pkl"):
            load_checkpoint(tmp_path)

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownModelError, match="no checkpoint at"):
            load_checkpoint(tmp_path / "missing.pkl")


class TouchesAFile:
    """What an attacker would plant: unpickling it in full runs a command."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self.trace}'",)


class EvaluatesText(TouchesAFile):
    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return eval, (f"__import__('pathlib').Path({str(self.trace)!r}).touch()",)


class TestMalice:
    @pytest.mark.parametrize("attack", [TouchesAFile, EvaluatesText])
    @pytest.mark.parametrize("kind", ["zip", "legacy", *(f"pickle {protocol}" for protocol in range(6))])
    def test_a_pickle_that_runs_code_is_refused_and_runs_nothing(
        self, tmp_path: Path, tensors: dict[str, Tensor], kind: str, attack: type[TouchesAFile]
    ) -> None:
        trace = tmp_path / "trace"
        content = {**tensors, "block0.extra": attack(trace)}
        file = tmp_path / "flownet.pkl"
        if kind.startswith("pickle"):
            file.write_bytes(pickle.dumps({"attack": attack(trace)}, protocol=int(kind[-1])))
        else:
            save(file, content, zipped=kind == "zip")
        with pytest.raises(UnsafeCheckpointError, match="would run code") as caught:
            load_checkpoint(file)
        assert str(file) in str(caught.value)
        assert ("system" if attack is TouchesAFile else "eval") in str(caught.value)
        assert not trace.exists()
        # The attack is a real one: what was refused does run code when loaded in full.
        torch.load(file, weights_only=False) if not kind.startswith("pickle") else pickle.loads(file.read_bytes())
        assert trace.exists()

    def test_old_instructions_that_call_are_refused(self, tmp_path: Path) -> None:
        trace = tmp_path / "trace"
        for name, text in {
            "inst": f"(S'touch {trace}'\nios\nsystem\n.",
            "obj": f"(cos\nsystem\nS'touch {trace}'\no.",
        }.items():
            (tmp_path / name).write_text(text)
            with pytest.raises(UnsafeCheckpointError, match=r"os\.system"):
                load_checkpoint(tmp_path / name)
        assert not trace.exists()

    def test_a_whole_module_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnsafeCheckpointError, match="contains more than tensors"):
            load_checkpoint(save(tmp_path / "a.pkl", torch.nn.Conv2d(1, 1, 1)))


class TestDifferences:
    """A checkpoint is taken whole or not at all, and the message names what differs."""

    KEY = "block2.convblock.3.conv.weight"

    def refused(self, tmp_path: Path, tensors: dict[str, Tensor]) -> str:
        with pytest.raises(CheckpointMismatchError) as caught:
            load_checkpoint(save(tmp_path / "a.pkl", tensors))
        assert str(tmp_path / "a.pkl") in str(caught.value)
        return str(caught.value)

    def test_missing(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        del tensors[self.KEY]
        assert f"RIFE 4.15.lite, 4.16.lite or 4.17.lite, but the tensor {self.KEY} is missing." in self.refused(
            tmp_path, tensors
        )

    def test_misshapen(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        tensors[self.KEY] = tensors[self.KEY][:, :-1].contiguous()
        message = self.refused(tmp_path, tensors)
        assert f"{self.KEY} has a different shape (64×63×3×3 instead of 64×64×3×3)" in message

    def test_surplus(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        tensors["block4.conv0.0.0.weight"] = torch.zeros(3)
        assert "the tensor block4.conv0.0.0.weight is not part of it" in self.refused(tmp_path, tensors)

    def test_with_and_without_the_prefix(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        tensors[f"module.{self.KEY}"] = torch.zeros(3)
        message = self.refused(tmp_path, tensors)
        assert f"contains a tensor twice, as {self.KEY} and module.{self.KEY}. Save" in message

    def test_the_first_tensor_may_have_any_shape(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        for shape in ((), (3,)):
            tensors["block0.conv0.0.0.weight"] = torch.zeros(shape)
            assert "block0.conv0.0.0.weight has a different shape" in self.refused(tmp_path, tensors)

    def test_names_are_shown_safely(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        tensors["\x1b]0;owned\x07\nmidframe: all good" + "x" * 100_000] = torch.zeros(1)
        message = self.refused(tmp_path, tensors)
        assert r"\x1b]0;owned\x07\x0amidframe: all good" in message
        assert len(message) < 600

    def test_all_at_once(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        del tensors[self.KEY], tensors["block2.convblock.3.conv.bias"]
        tensors["surplus"] = torch.zeros(1)
        tensors["block0.convblock.0.beta"] = torch.zeros(())
        message = self.refused(tmp_path, tensors)
        assert "2 tensors (the first is block2.convblock.3.conv." in message
        assert "a single number instead of 1×128×1×1" in message
        assert "surplus is not part of it" in message

    @pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
    def test_not_finite(self, tmp_path: Path, tensors: dict[str, Tensor], value: float) -> None:
        spoilt = tensors[self.KEY].clone()
        spoilt[0, 1, 2, 2] = value
        tensors[self.KEY] = spoilt
        assert f"{self.KEY} contains NaN or infinity" in self.refused(tmp_path, tensors)


class TestOtherCheckpoints:
    @staticmethod
    def of_blocks(count: int, **keys: tuple[int, ...]) -> dict[str, Tensor]:
        shapes: dict[str, tuple[int, ...]] = {}
        for block in range(count):
            shapes[f"block{block}.conv0.0.0.weight"] = (16, 6 if block == 0 else 10, 3, 3)
            shapes[f"block{block}.conv0.0.0.bias"] = (16,)
        shapes |= {key.replace("_DOT_", "."): shape for key, shape in keys.items()}
        return {key: torch.zeros(shape) for key, shape in shapes.items()}

    @pytest.mark.parametrize(
        ("tensors", "name"),
        [
            ({"block0.res0.conv1.0.weight": torch.zeros(3), "block0.conv0.0.weight": torch.zeros(9)}, "RIFE 1"),
            (of_blocks(4), "RIFE 2"),
            (of_blocks(3), "RIFE 3"),
            ({f"module.{key}": tensor for key, tensor in of_blocks(3, contextnet_DOT_0=(3,)).items()}, "RIFE 3"),
        ],
        ids=["1", "2", "3", "3 prefixed"],
    )
    def test_older_versions_are_refused_by_name(self, tmp_path: Path, tensors: dict[str, Tensor], name: str) -> None:
        with pytest.raises(UnrecognisedCheckpointError, match=f"is a checkpoint of {name}") as caught:
            load_checkpoint(save(tmp_path / "flownet.pkl", tensors))
        assert "RIFE 4.0 and later" in str(caught.value)

    def test_another_network_is_not_recognised(self, tmp_path: Path) -> None:
        with pytest.raises(UnrecognisedCheckpointError, match="its 2 tensors do not match any known version"):
            load_checkpoint(save(tmp_path / "a.pkl", dict(torch.nn.Conv2d(3, 4, 3).state_dict())))

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda tensors: {"state_dict": tensors},
            lambda tensors: {"model": tensors, "epoch": 3},
            lambda tensors: {**tensors, "epoch": 3},
            lambda tensors: list(tensors.values()),
            lambda tensors: {},
            lambda tensors: dict(enumerate(tensors.values())),
            lambda tensors: next(iter(tensors.values())),
        ],
        ids=["nested", "training state", "a number beside", "list", "nothing", "numbered", "one tensor"],
    )
    def test_anything_but_named_tensors(
        self, tmp_path: Path, tensors: dict[str, Tensor], wrap: Callable[[dict[str, Tensor]], object]
    ) -> None:
        with pytest.raises(WeightsError, match="contains no named tensors"):
            load_checkpoint(save(tmp_path / "a.pkl", wrap(tensors)))


class TestDamage:
    def refused(self, file: Path) -> str:
        with pytest.raises(WeightsError) as caught:
            load_checkpoint(file)
        assert type(caught.value) is WeightsError
        assert str(file) in str(caught.value)
        return str(caught.value)

    @pytest.mark.parametrize("suffix", [".pkl", ".safetensors"])
    def test_absurdly_large(self, tmp_path: Path, suffix: str) -> None:
        with (tmp_path / f"a{suffix}").open("wb") as stream:
            stream.truncate(1 << 40)
        with pytest.raises(WeightsError, match="1099511627776 bytes, far more than any"):
            load_checkpoint(tmp_path / f"a{suffix}")

    @pytest.mark.parametrize("suffix", [".pkl", ".safetensors"])
    def test_empty(self, tmp_path: Path, suffix: str) -> None:
        (tmp_path / f"a{suffix}").touch()
        assert "is empty" in self.refused(tmp_path / f"a{suffix}")

    @pytest.mark.parametrize("suffix", [".pkl", ".safetensors"])
    @pytest.mark.parametrize(
        "content",
        [
            b"garbage not a pickle" * 50,
            bytes(1000),
            b"\x80",
            b"\x80\x02.",
            b"<!DOCTYPE html><html></html>",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 24623147\n",
            random.Random(1).randbytes(5000),
        ],
        ids=["text", "zeros", "one byte", "nothing pickled", "web page", "LFS pointer", "noise"],
    )
    def test_garbage(self, tmp_path: Path, content: bytes, suffix: str) -> None:
        file = tmp_path / f"a{suffix}"
        file.write_bytes(content)
        assert "download it again" in self.refused(file)

    def test_a_picture(self, tmp_path: Path) -> None:
        Image.effect_noise((90, 70), 60).convert("RGB").save(tmp_path / "a.png")
        file = (tmp_path / "a.png").rename(tmp_path / "a.pkl")
        assert "damaged or not a checkpoint" in self.refused(file)

    def test_an_onnx_file(self, tmp_path: Path) -> None:
        file = tmp_path / "rife.onnx"
        file.write_bytes(b"\x08\x08")
        assert "rife.onnx is an ONNX file, which is for other programs; give the checkpoint" in self.refused(file)

    def test_a_video(self, tmp_path: Path) -> None:
        file = tmp_path / "clip.mp4"
        file.write_bytes(b"\0\0\0\x20ftypisom" + bytes(90))
        said = self.refused(file)
        assert "clip.mp4 is not a checkpoint; give a network's weights" in said
        assert "download it again" not in said

    def test_an_archive_of_something_else(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "notes.txt").write_text("hello")
        file = Path(shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path, "folder"))
        assert "damaged or not a checkpoint" in self.refused(file)

    @pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
    def test_cut_off_anywhere(self, tmp_path: Path, tensors: dict[str, Tensor], kind: str) -> None:
        suffix = ".safetensors" if kind == "safetensors" else ".pkl"
        # A few tensors are enough: the reader fails long before it counts them.
        few = dict(list(tensors.items())[-3:])
        whole = save(tmp_path / f"whole{suffix}", few, zipped=kind == "zip").read_bytes()
        file = tmp_path / f"cut{suffix}"
        for length in sorted({*range(1, 300, 7), *range(300, len(whole), len(whole) // 40), len(whole) - 1}):
            file.write_bytes(whole[:length])
            assert "download it again" in self.refused(file), length

    def test_a_folder_in_place_of_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "flownet.pkl").mkdir()
        with pytest.raises(UnknownModelError):
            load_checkpoint(tmp_path)

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom file modes bind")
    def test_a_file_that_may_not_be_read(self, tmp_path: Path, tensors: dict[str, Tensor]) -> None:
        file = save(tmp_path / "a.pkl", tensors)
        file.chmod(0)
        assert "cannot be read" in self.refused(file)
