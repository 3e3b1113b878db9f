"""Run by test_oom_fallback.py in a process of its own: draw a frame with less address space than one strip takes."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[3]))


from tests.support.engines import encode_pair, fast, random_model

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.oom_fallback import OomFallbackEngine
from midframe.engines.protocols import Engine, EngineFrame
from midframe.engines.threads import set_threads
from midframe.engines.torch.engine import TorchEngine
from midframe.errors import OutOfMemoryError
from midframe.models.rife.spec import spec_for_version

MEGABYTE = 1 << 20
FORM = sys.argv[1]
FLOW_SCALE = {"fused": 1.0, "restructured": 0.25}[FORM]
"""Where strips save most."""
MADE: list[Engine[Any]] = []


def address_space() -> int:
    """Bytes in use."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def limit(extra: int) -> None:
    """Allow that many bytes more than are in use now; a negative number for no limit."""
    allowed = address_space() + extra if extra >= 0 else resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_AS, (allowed, resource.RLIM_INFINITY))


def make(flow_scale: float) -> Engine[Any]:
    model = random_model(spec_for_version("4.25"))
    kernels = load_kernels()
    if FORM == "fused" and kernels:
        MADE.append(CpuEngine(model, kernels, fast(flow_scale=flow_scale)))
    else:
        MADE.append(TorchEngine(model.network(), torch.device("cpu"), fast(flow_scale=flow_scale)))
    return MADE[-1]


def needed(engine: Engine[Any], encoded: tuple[object, object]) -> int:
    """Bytes, to within 2 MB, that a frame takes beyond what is in use."""
    too_few, enough = 0, 62 * MEGABYTE
    while enough - too_few > 2 * MEGABYTE:
        middle = (too_few + enough) // 2
        engine.release()
        limit(middle)
        try:
            engine.between(*encoded, [0.5])
            enough = middle
        except OutOfMemoryError:
            too_few = middle
        limit(-1)
    return enough


def main() -> None:
    set_threads(1)
    waves = np.sin(np.arange(32, dtype=np.float32) * (np.pi / 16)) / 2 + 0.5
    tile = np.stack([waves * waves[:, None], waves + 0 * waves[:, None], waves[:, None] + 0 * waves], axis=-1)
    first, second = (np.tile(np.roll(tile, shift, axis=1), (16, 24, 1)) for shift in (0, 3))
    sentences: list[str] = []
    engine = OomFallbackEngine(make, FLOW_SCALE, notify=sentences.append, allow_lower_scale=False)
    (inner,) = MADE
    frames = encode_pair(engine, [EngineFrame(each, each) for each in (first, second)])
    encoded = frames[0].encoded, frames[1].encoded
    (wanted,) = engine.between(*frames, [0.5])
    needs = {}
    for inner.strips in (16, 1):
        needs[inner.strips] = needed(inner, encoded)
    inner.release()
    limit((needs[1] + needs[16]) // 2)
    (drawn,) = engine.between(*frames, [0.5])
    limit(-1)
    print(json.dumps({"needs": needs, "sentences": sentences, "difference": float(np.abs(drawn - wanted).max())}))


main()
