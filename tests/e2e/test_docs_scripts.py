"""Commands of the documentation that belong together, or that need a program in another's place."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.e2e import test_docs_commands as commands
from tests.support.documentation import ROOT, blocks
from tools import documented

from midframe.jobs.choices import Choices
from midframe.jobs.presets import parse_preset
from midframe.models.catalog import load_catalog

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")

RECORDS = '#!/bin/sh\necho "$(basename "$0")" "$@" >> "$RECORD"\n'
"""A program that writes down how it was called."""


def only_block(kind: str, page: str) -> str:
    (found,) = (text for place, text in blocks(kind) if place.startswith(f"{page}:"))
    return found


@needs_bash
def test_nodes_are_copied_again(tmp_path: Path) -> None:
    """The second time, a file of an earlier version is gone."""
    nodes = tmp_path / "ComfyUI" / "custom_nodes"
    nodes.mkdir(parents=True)
    lines = [text for text in commands.RUN_BY_OTHERS if "/path/to/ComfyUI" in text]
    script = "\n".join(["set -e", *lines]).replace("/path/to", str(tmp_path))
    for _ in range(2):
        (nodes / "midframe").mkdir(exist_ok=True)
        (nodes / "midframe" / "old.py").touch()
        subprocess.run(["bash", "-c", script], cwd=ROOT, check=True, timeout=60)
        assert (nodes / "midframe" / "__init__.py").read_bytes() == (
            ROOT / "integrations/comfyui/__init__.py"
        ).read_bytes()
        assert not (nodes / "midframe" / "old.py").exists()
        assert not (nodes / "midframe" / "comfyui").exists()


@needs_bash
def test_script_for_slurm(tmp_path: Path) -> None:
    """It calls what it means to, in order, with all its variables set."""
    (script,) = (text for place, text in blocks("bash") if place.startswith("docs/cluster.md:") and "#SBATCH" in text)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, body in {
        "srun": RECORDS,
        "sleep": RECORDS + "/bin/sleep 0.5\n",  # so that what runs in the background has written its line
        "scontrol": "#!/bin/sh\nprintf 'node1\\nnode2\\nnode3\\n'\n",
    }.items():
        (programs / name).write_text(body)
        (programs / name).chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "RECORD": str(tmp_path / "record"),
        "SLURM_JOB_NODELIST": "node[1-3]",
        "SLURM_NNODES": "3",
    }
    subprocess.run(["bash", "-eu", "-c", script], env=environment, check=True, timeout=60)
    few = "--include-dashboard=false --num-cpus=8 --num-gpus=1"
    head, worker = "srun --overlap --nodes=1 --ntasks=1 -w node1", "srun --overlap --nodes=2 --ntasks=2 --exclude=node1"
    assert sorted((tmp_path / "record").read_text().splitlines()) == [
        "sleep 15",
        "sleep 15",
        f"{head} midframe run /scratch/shots -o /scratch/out --executor ray --ray-address node1:6379 --resume",
        f"{head} ray start --head --node-ip-address=node1 --port=6379 {few} --block",
        f"{worker} ray start --address=node1:6379 --num-cpus=16 --num-gpus=1 --block",
    ]


def test_versions_are_listed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "freeze"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert f"numpy=={version('numpy')}" in done.stdout.splitlines()


def test_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    documented.main()
    printed = capsys.readouterr().out
    assert f"{len(commands.COMMANDS_SHOWN)} different ones" in printed
    assert f"{len(commands.NOT_RUN)} do not run" in printed


BENCHMARKS = sorted(
    {
        word
        for text in commands.COMMANDS_SHOWN
        for word in text.split()
        if word.startswith("benchmarks/") and ".py" in word
    }
)


def test_benchmarks_say_how_they_are_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They load what they import, though no test has the time to run them."""
    assert len(BENCHMARKS) > 10
    for name in BENCHMARKS:
        if "vapoursynth" in name and find_spec("vapoursynth") is None:
            continue
        monkeypatch.setattr(sys, "argv", [name, "--help"])
        monkeypatch.setattr(sys, "path", [str((ROOT / name).parent), *sys.path])
        with pytest.raises(SystemExit) as stopped:
            runpy.run_path(str(ROOT / name), run_name="__main__")
        assert stopped.value.code in (0, None), name
        assert f"usage: {Path(name).name}" in capsys.readouterr().out


class TestData:
    """What is shown of files is read by what reads the files."""

    def test_choices(self, tmp_path: Path) -> None:
        (tmp_path / "choices.json").write_text(only_block("json", "docs/choices.md"), encoding="utf-8")
        choices = Choices.read(tmp_path / "choices.json")
        assert [pair.choice for pair in choices.pairs] == ["hold", "cut", "interpolate"]

    def test_preset(self) -> None:
        preset = parse_preset(only_block("toml", "docs/app.md"), "mine.toml")
        assert preset.options == {"fps": "48", "codec": "h265", "quality": "best"}

    def test_mirrors(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "catalog.toml").write_text(only_block("toml", "docs/weights.md"), encoding="utf-8")
        monkeypatch.setenv("MIDFRAME_CATALOG", str(tmp_path / "catalog.toml"))
        mirrors = load_catalog().model("4.25").mirrors
        assert [str(mirror) for mirror in mirrors][1] == "https://files.example.com/flownet.pkl"

    def test_kubernetes(self) -> None:
        yaml = pytest.importorskip("yaml")
        job = yaml.safe_load(only_block("yaml", "docs/cluster.md"))
        assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
        commands.parse(job["spec"]["entrypoint"].split()[1:])

    def test_all_blocks_of_data_are_read(self) -> None:
        places = {(kind, place.split(":")[0]) for kind in ("json", "toml", "yaml") for place, _ in blocks(kind)}
        assert places == {
            ("json", "docs/choices.md"),
            ("toml", "docs/app.md"),
            ("toml", "docs/weights.md"),
            ("yaml", "docs/cluster.md"),
        }
