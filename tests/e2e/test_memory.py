"""Memory does not grow with the length of a sequence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from tests.support.command_line import write_png


@pytest.mark.slow
def test_resident_memory_is_flat_over_2000_frames(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    ground = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    for number in range(2000):
        write_png(source / f"{number:04d}.png", np.roll(ground, number, axis=1))
    output = tmp_path / "out"
    command = [sys.executable, "-m", "midframe", "run", str(source), "-o", str(output), "--progress", "json"]
    sizes: dict[int, int] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        job = psutil.Process(process.pid)
        assert process.stdout is not None
        for line in process.stdout:
            if '"stage": "read"' in line:
                done = int(line.rstrip("}\n").split()[-1])
                if done >= 200 and done % 100 == 0:
                    sizes[done] = job.memory_info().rss
    assert process.returncode == 0
    assert len(sizes) == 19
    growth = max(sizes.values()) / sizes[200] - 1
    assert growth < 0.05, f"resident memory grew by {growth:.1%} after frame 200: {sizes}"
