"""Every command line of the documentation runs, with the real network and small inputs, or is known not to."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.documentation import (
    KINDS,
    PAGES,
    ROOT,
    CommandLine,
    command_lines,
    kinds_of_blocks,
    unmarked_lines,
)
from tests.support.documented_inputs import INPUTS, OWN_INPUTS, input_named
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

from midframe.cli import inference_img
from midframe.cli.application import app, guarded
from midframe.cli.commands import load_command, with_command
from midframe.errors import OptionError

if TYPE_CHECKING:
    from tests.support.ray_cluster import RayNodes

ENVIRONMENT = "changes the Python environment"
CHECKS = "runs the checks that this test is one of"
DEVICES = "needs several GPUs"
CLUSTER = "needs a cluster"
DOWNLOAD = "fetches weights from a host that is not a package index"
BENCHMARK = "measures, for minutes to hours"
DOCTOR = "tries all engines, for seconds; tests/e2e/test_doctor.py does so"
SHELL = "changes the shell of the user; tests/e2e/test_shells.py does the same in a folder of its own"
UV_TOOL = "needs midframe as a tool of uv"
CONTAINER = "needs Docker or Podman, and a registry or an image"
ANY_INPUT = "names what stands for any input"

NOT_RUN = {
    "make demo": ENVIRONMENT,
    "make setup": ENVIRONMENT,
    "make test": CHECKS,
    "make test PYTEST_WORKERS=4": CHECKS,
    "make test-slow": CHECKS,
    "make fuzz": CHECKS,
    "make lint": CHECKS,
    "make asan": CHECKS,
    "make coverage": CHECKS,
    "make release-check": CHECKS,
    "make release-text": "prints what the owner has to fill in; tests/unit/tools/release/test_main.py does so",
    "make try-wheels": ENVIRONMENT,
    "python -m tools.clean WHEEL...": "makes systems to try wheels in, as root",
    "make wheels": ENVIRONMENT,
    "make help": "lists the targets of the Makefile",
    "make share": "writes files that tests compare with the commands",
    "mkdir -p ~/.local/share/bash-completion/completions && "
    "midframe --show-completion bash > ~/.local/share/bash-completion/completions/midframe": SHELL,
    "mkdir -p ~/.config/fish/completions && "
    "midframe --show-completion fish > ~/.config/fish/completions/midframe.fish": SHELL,
    "mkdir -p ~/.local/share/zsh/site-functions && "
    "midframe --show-completion zsh > ~/.local/share/zsh/site-functions/_midframe": SHELL,
    "source <(midframe --show-completion bash)": SHELL,
    'export MANPATH="$(uv tool dir)/midframe/share/man:$MANPATH"': UV_TOOL,
    'man "$(uv tool dir)/midframe/share/man/man1/midframe-run.1"': UV_TOOL,
    "make docs": "builds the documentation, in an environment of its own",
    "make format": "changes the code",
    "make oldest": ENVIRONMENT,
    "make newest": ENVIRONMENT,
    "make prereleases": ENVIRONMENT,
    "make outdated": "asks the package index",
    "make licences": "writes a page of the documentation",
    "pip install --no-binary av av": ENVIRONMENT,
    "make lint-workflows": "installs what it needs",
    "make torch-cpu": ENVIRONMENT,
    "python -m http.server --directory out/site": "answers a browser until it is stopped",
    "python -m tools.release text v0.2.0": "is about a version that there is not yet",
    'pytest -m "not network and not slow"': CHECKS,
    "python3 -m venv .venv && . .venv/bin/activate": ENVIRONMENT,
    "pip install": ENVIRONMENT,
    "pip install -c constraints.txt .": ENVIRONMENT,
    "pip install -c constraints.txt '.[torch]'": ENVIRONMENT,
    "pip install -c constraints.txt '.[evaluate]'": ENVIRONMENT,
    "pip install -c constraints.txt diffusers transformers": ENVIRONMENT,
    "pip install -c constraints.txt '.[ray]'": ENVIRONMENT,
    "pip install -c constraints.txt '.[app]'": ENVIRONMENT,
    "pip install -c constraints.txt '.[heic]'": ENVIRONMENT,
    "pip install -c constraints.txt '.[ncnn]'": ENVIRONMENT,
    "pip install -c constraints.txt '.[onnx]'": ENVIRONMENT,
    "pip install -c constraints.txt '.[openvino]'": ENVIRONMENT,
    "pip install -c constraints.txt '.[vapoursynth]'": ENVIRONMENT,
    "pip install vapoursynth-bestsource": ENVIRONMENT,
    "pip wheel --no-deps --wheel-dir dist .": ENVIRONMENT,
    "docker build --file containers/cpu.Dockerfile --tag midframe .": CONTAINER,
    "docker run --rm -v midframe-cache:/cache midframe models pull": CONTAINER,
    'docker run --rm -v midframe-cache:/cache -v "$PWD:/data" --user "$(id -u):$(id -g)" midframe run clip.mp4 '
    "-o out.mp4": CONTAINER,
    "ffmpeg -i in.mkv -f yuv4mpegpipe - | docker run -i --rm -v midframe-cache:/cache midframe run - -o - | "
    "ffmpeg -i - out.mkv": CONTAINER,
    "docker run --rm --read-only --tmpfs /tmp --network none --cap-drop all --security-opt no-new-privileges "
    '-v midframe-cache:/cache -v "$PWD:/data" --user "$(id -u):$(id -g)" midframe run clip.mp4 -o out.mp4': CONTAINER,
    'docker run --rm -p 127.0.0.1:8017:8017 -v midframe-cache:/cache -v "$PWD:/data" --user "$(id -u):$(id -g)" '
    "midframe app --host 0.0.0.0 --no-browser --root /data --data /data/.midframe": CONTAINER,
    "docker build --file containers/cuda.Dockerfile --tag midframe:cuda .": CONTAINER,
    "docker run --rm --gpus all midframe:cuda devices": CONTAINER,
    "docker build --file containers/cuda.Dockerfile --build-arg EXTRAS=app,ray,torch --tag midframe-ray .": CONTAINER,
    "docker run --rm --entrypoint ray midframe-ray --version": CONTAINER,
    "pip install -e .": ENVIRONMENT,
    "pip install .": ENVIRONMENT,
    "pip install matplotlib": ENVIRONMENT,
    "python setup.py -q build_ext --inplace": "writes into the package that is being tested",
    "pip install --upgrade -e '.[dev]'": ENVIRONMENT,
    "pre-commit install": "changes the copy of the repository",
    "apt install libpython3.13": ENVIRONMENT,
    "ssh -L 8017:127.0.0.1:8017 HOST": "connects to another machine",
    "mpv --vf=help": "asks mpv, not midframe",
    'pip install "scenedetect[opencv-headless]"': ENVIRONMENT,
    "ray start --head": CLUSTER,
    "ray start --address=HEAD:6379": CLUSTER,
    "midframe run shots/ --device cuda:0,cuda:1": DEVICES,
    "midframe run shots/ --device cuda:1": DEVICES,
    "apt install mesa-vulkan-drivers": ENVIRONMENT,
    "midframe run clip.mp4 --engine onnx --provider cuda --device cuda:0": "needs a GPU",
    "midframe doctor": DOCTOR,
    "midframe doctor --json": DOCTOR,
    "python -m midframe doctor": DOCTOR,
    "python -m tools.self_test_values": "writes a file of the package; tests/unit/diagnosis compares it",
    "midframe app --host 0.0.0.0": "answers the whole network until it is stopped",
    "midframe evaluate clip.mp4 --against 4.6,4.26": DOWNLOAD,
    "midframe models pull 4.6 4.22.lite": DOWNLOAD,
    "midframe evaluate --dataset NAME --root FOLDER": ANY_INPUT,
    "midframe run --adapt": ANY_INPUT,
    "midframe --debug": ANY_INPUT,
    "ffmpeg -i Netflix_Tango_4096x2160_60fps_10bit_420.y4m -pix_fmt rgb24 -vframes 100 Tango-%03d.png": (
        "converts films that cannot be shipped"
    ),
    "midframe benchmark": BENCHMARK,
    "midframe benchmark --quick": BENCHMARK,
    "midframe benchmark --device cpu --size 720p,2160p --json speed.json": BENCHMARK,
    "python benchmarks/adapt.py --tested 24 --quality fast --json out/adapt-fast.json": BENCHMARK,
    "python benchmarks/codecs.py": BENCHMARK,
    "python benchmarks/engine.py --threads 2 --json out/engine.json": BENCHMARK,
    "python benchmarks/load.py --ray --json out/load.json": BENCHMARK,
    "python benchmarks/memory.py --cases 3840x2160:1,7680x4320:0.5 --kinds cpu --strips 1 --precisions exact,fast": (
        BENCHMARK
    ),
    "python benchmarks/peers.py --json out/peers.json": BENCHMARK,
    "python benchmarks/startup.py --json out/startup.json": BENCHMARK,
    "python benchmarks/vapoursynth_filter.py clip.mp4 --json out/vapoursynth.json": BENCHMARK,
    "python benchmarks/research/cuts.py": BENCHMARK,
    "python benchmarks/deflicker.py": BENCHMARK,
    "python benchmarks/memory.py": BENCHMARK,
    "python benchmarks/onnx_errors.py": BENCHMARK,
    "python benchmarks/modes.py --clip bikes --gap 4 8": BENCHMARK,
    "python benchmarks/quality.py --pairs 24 --json out/quality.json": BENCHMARK,
    "python benchmarks/precision.py --threads 1 --clock cpu --json out/precision.json": BENCHMARK,
    "python benchmarks/research/cuts.py --rounds 6 --json out/cuts.json": BENCHMARK,
    "python benchmarks/research/duplicates.py": BENCHMARK,
    "python benchmarks/research/overlays.py": BENCHMARK,
    "python benchmarks/research/review.py --json out/review.json": BENCHMARK,
}
"""Commands that no test runs, and why. Whatever can be checked without running them is checked."""

EXAMPLES = "tests/examples/test_examples.py"
SCRIPTS = "tests/e2e/test_docs_scripts.py"
APP = "tests/support/app_process.py"
VULKAN = "tests/e2e/test_vulkan.py"

RUN_BY_OTHERS = {
    "python examples/animation.py clip.gif --output clip.webp": EXAMPLES,
    "python examples/diffusers_clip.py": EXAMPLES,
    "python examples/diffusers_clip.py boat.mp4": EXAMPLES,
    "python examples/frame_stream.py clip.mp4 --factor 4": EXAMPLES,
    "python examples/stack_figure.py": EXAMPLES,
    "python examples/stack_figure.py stack.tif": EXAMPLES,
    "python examples/torch_batch.py": EXAMPLES,
    "python examples/video_job.py": EXAMPLES,
    "python examples/video_job.py clip.mp4 --output clip_smooth.mp4": EXAMPLES,
    "pip freeze": SCRIPTS,
    "python -m tools.documented": SCRIPTS,
    "rm -rf /path/to/ComfyUI/custom_nodes/midframe": SCRIPTS,
    "cp -r integrations/comfyui /path/to/ComfyUI/custom_nodes/midframe": SCRIPTS,
    'head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)': SCRIPTS,
    'srun --overlap --nodes=1 --ntasks=1 -w "$head" ray start --head --node-ip-address="$head" --port=6379 '
    "--include-dashboard=false --num-cpus=8 --num-gpus=1 --block &": SCRIPTS,
    'srun --overlap --nodes=$((SLURM_NNODES - 1)) --ntasks=$((SLURM_NNODES - 1)) --exclude="$head" '
    'ray start --address="$head:6379" --num-cpus=16 --num-gpus=1 --block &': SCRIPTS,
    'srun --overlap --nodes=1 --ntasks=1 -w "$head" midframe run /scratch/shots -o /scratch/out --executor ray '
    '--ray-address "$head:6379" --resume': SCRIPTS,
    "export RAY_USAGE_STATS_ENABLED=0": SCRIPTS,
    "sleep 15": SCRIPTS,
    "midframe app": APP,
    "midframe app --root /media/film": APP,
    "midframe run clip.mp4 --device vulkan": VULKAN,
    "midframe run clip.mp4 --device vulkan --precision fast": VULKAN,
    "midframe run clip.mp4 --device vulkan:1": VULKAN,
    "midframe run clip.mp4 --device vulkan:0,vulkan:0": VULKAN,
    "midframe benchmark --device cpu,vulkan:0": VULKAN,
    "mpv --hwdec=no --vf=vapoursynth=examples/mpv.vpy:buffered-frames=12:concurrent-frames=2 clip.mkv": (
        "tests/e2e/test_mpv.py"
    ),
    "vspipe -c y4m script.vpy - | ffmpeg -i - smooth.mkv": "tests/e2e/test_vapoursynth.py",
}
"""Commands that tests of their own run, with other inputs where that needs a device, a program or a cluster, and the
file that does."""

SLOW = {
    "midframe demo",
    "midframe run clip.mp4 --adapt",
    "midframe adapt clip.mp4 -o clip.safetensors",
    "midframe adapt day1.mkv day2.mkv -o camera.safetensors --time 5m --sheet camera.png",
    "midframe run shots/ --executor ray --ray-address local",
}
"""Commands that take many seconds; they run with the slow tests."""

ON_A_CLUSTER = {
    "midframe run shots/ --executor ray",
    "midframe run shots/ --executor ray --ray-address HEAD:6379 --threads 8",
}
"""Commands that need a running cluster: they get one on this machine, of nodes with a thread each."""

AFTER = {"midframe run clip.mp4 --redo choices.json": "midframe run clip.mp4"}
"""Commands that go on from another one in the same folder."""

NAMES_AN_OUTPUT = {"-o", "--output", "--to", "--sheet", "--flow-out"}
"""Options whose value is made by the command."""

OTHER_PROGRAMS = ("ffmpeg", "ffplay", "vspipe", "sender", "reader")
"""Programs at the other end of pipes; see `tests/support/pipe_program.py`."""

Check = Callable[[str, dict[str, str]], None]

LINES = command_lines()
COMMANDS_SHOWN = sorted({line.text for line in LINES})
RUN = [text for text in COMMANDS_SHOWN if not any(text in table for table in (NOT_RUN, RUN_BY_OTHERS, ON_A_CLUSTER))]


def places(text: str) -> str:
    return ", ".join(line.place for line in LINES if line.text == text)


def words_for_midframe(line: CommandLine) -> list[list[str]]:
    """The arguments of each midframe that a command line starts, also through another program."""
    return [words[words.index("midframe") + 1 :] for words in line.commands if "midframe" in words]


def prepare(folder: Path, line: CommandLine) -> None:
    """Make the files in a folder that a command line reads."""
    words = [word for command in line.commands for word in command]
    for before, word in zip(["", *words], words, strict=False):
        name = word.rstrip("/").removeprefix("./")
        make = None if before in NAMES_AN_OUTPUT else input_named(name, line.text)
        path = folder / name.replace("~", "home")
        if make is not None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            make(path)


def run_here(words: list[str]) -> int:
    """Run a command in this process, in the working folder."""
    arguments = [word.replace("~", "home") for word in words[1:]]
    if words[0] == "python":
        assert arguments[0] == "inference_img.py", "a script that no test runs needs a row in NOT_RUN"
        return guarded(lambda: inference_img.interpolate_folder(arguments[1:]))
    return guarded(lambda: app(with_command(arguments)))


def run_in_a_shell(line: str, folder: Path) -> int:
    """Run a pipeline, with stand-ins for the programs at its ends."""
    programs = folder / "programs"
    programs.mkdir()
    stand_in = ROOT / "tests" / "support" / "pipe_program.py"
    starts = {"midframe": "-m midframe"} | {name: f"{stand_in} {name}" for name in OTHER_PROGRAMS}
    for name, start in starts.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {start} "$@"\n')
        (programs / name).chmod(0o755)
    command = f'set -o pipefail; PATH="{programs}:$PATH"; {line}'
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False, timeout=120)
    sys.stderr.write(done.stderr.decode())
    return done.returncode


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Check:
    """Run a command line in a folder with its inputs, with some words replaced, and require that it succeeds."""

    def run(text: str, replaced: dict[str, str]) -> None:
        line = CommandLine(text, "")
        prepare(tmp_path, line)
        monkeypatch.chdir(tmp_path)
        if text in AFTER:
            assert run_here(AFTER[text].split()) == 0
        if len(line.commands) > 1:
            if shutil.which("bash") is None:
                pytest.skip("bash is not installed")
            code = run_in_a_shell(text, tmp_path)
        else:
            code = run_here([replaced.get(word, word) for word in line.commands[0]])
        errors = capfd.readouterr().err
        assert code == 0, f"{places(text)}: exit code {code}:\n{errors}"
        assert "Traceback" not in errors

    return run


@pytest.mark.parametrize(
    "text", [pytest.param(text, marks=pytest.mark.slow if text in SLOW else ()) for text in RUN], ids=str
)
def test_it_runs(text: str, check: Check) -> None:
    for word in ("onnx", "openvino"):
        if word in text.split():
            pytest.importorskip(word)
    check(text, {})


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
@pytest.mark.parametrize("text", sorted(ON_A_CLUSTER), ids=str)
def test_it_runs_on_a_cluster(text: str, check: Check, ray_cluster: RayNodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", ray_cluster.address)
    check(text, {"HEAD:6379": ray_cluster.address, "8": "1"})


def parse(words: list[str]) -> None:
    """Read a command line without carrying it out.

    Raises:
        UsageError: There is no such option or value.
    """
    if "--help" in words or words == ["--debug"] or words[0] == "--show-completion":
        return
    name, *arguments = with_command(words)
    command = load_command(name)
    while isinstance(command, TyperGroup) and arguments:
        command, arguments = command.commands[arguments[0]], arguments[1:]
    needs_input = any(parameter.required for parameter in command.params)
    if needs_input and all(word.startswith("-") for word in arguments):
        arguments.append("clip.mp4")
    command.make_context(name, arguments)


@pytest.mark.parametrize(
    "text",
    sorted(text for text in (*NOT_RUN, *RUN_BY_OTHERS, *SLOW, *ON_A_CLUSTER) if "midframe" in text.split()),
    ids=str,
)
def test_its_options_exist(text: str) -> None:
    """Of those that do not run with the fast tests."""
    for words in words_for_midframe(CommandLine(text, "")):
        parse(words)


@pytest.mark.parametrize(
    "words", [["clip.mp4", "--factr", "2"], ["clip.mp4", "--crf", "high"], ["models", "pull", "--too"]]
)
def test_options_that_do_not_exist_are_seen(words: list[str]) -> None:
    with pytest.raises((ClickException, OptionError)):
        parse(words)


@pytest.mark.parametrize("text", sorted(NOT_RUN), ids=str)
def test_what_it_names_exists(text: str) -> None:
    """What can be said of commands that are not run: targets of make, programs and their options, extras."""
    for program, *arguments in CommandLine(text, "").commands:
        if program == "make":
            targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
            assert arguments[0] in targets
        elif program == "python" and arguments[0] == "-m":
            assert find_spec(arguments[1]) is not None
        elif program == "python" and arguments[0] != "setup.py":  # whose options are those of setuptools
            code = (ROOT / arguments[0]).read_text(encoding="utf-8")
            code += "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("benchmarks/**/common*.py"))
            assert [word for word in arguments if word.startswith("--") and f'"{word}"' not in code] == []
        elif program == "pip":
            # The name of this project may not be on an index: it is installed from its folder.
            assert not any(word.startswith("midframe") for word in arguments)
            project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
            named = [name for word in arguments for name in re.findall(r"^\.\[(\w+)\]", word)]
            assert [name for name in named if not re.search(rf"^{name} = \[", project, re.MULTILINE)] == []


def test_the_tables_have_no_rows_of_the_past() -> None:
    assert sorted(set(NOT_RUN) - set(COMMANDS_SHOWN)) == []
    assert sorted(SLOW - set(COMMANDS_SHOWN)) == []
    assert sorted(set(RUN_BY_OTHERS) - set(COMMANDS_SHOWN)) == []
    assert sorted((SLOW | set(RUN_BY_OTHERS)) & set(NOT_RUN)) == []
    assert [name for name in set(RUN_BY_OTHERS.values()) if not (ROOT / name).is_file()] == []
    assert sorted(ON_A_CLUSTER - set(COMMANDS_SHOWN)) == []
    assert sorted(set(AFTER) - set(COMMANDS_SHOWN)) == []
    used = {word.rstrip("/").removeprefix("./") for text in RUN for word in text.split()}
    assert sorted(set(INPUTS) - used) == []
    assert sorted({text for text, _ in OWN_INPUTS} - set(RUN)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_marked_as_such(page: Path) -> None:
    """In blocks of a shell, where this test and an editor find them."""
    text = page.read_text(encoding="utf-8")
    assert unmarked_lines(text) == []
    assert sorted(set(kinds_of_blocks(text)) - KINDS) == []
