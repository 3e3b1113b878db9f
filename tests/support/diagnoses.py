"""A diagnosis without problems, from which tests make others."""

from __future__ import annotations

from midframe.diagnosis.diagnose import Diagnosis
from midframe.diagnosis.findings import (
    CachedModel,
    CacheState,
    Check,
    DiskState,
    KernelState,
    LibraryState,
    MachineState,
    VariableState,
    VideoLibrary,
)
from midframe.engines.entry import FoundDevice
from midframe.engines.inventory import DeviceState, EngineState, Inventory

LIBRARY = LibraryState("av", "videos (FFmpeg)", True, "18.1.0", ">=17.1,<19", True)

CACHE = CacheState("/cache", True, 86_700_000, (CachedModel("4.25", 24_623_147, None),), "4.25", None, None, False)

PROCESSOR = FoundDevice("cpu", "A Processor, 2 cores", 1_000_000_000, 2_000_000_000)

HEALTHY = Diagnosis(
    python="3.13.1",
    libraries=(LIBRARY, LibraryState("ray", "several machines", False, None, ">=2.52", True)),
    video=VideoLibrary("8.1.2", {"libavcodec": "62.28.102"}, {"libx264": True, "ffv1": True}, ("h264_nvenc",)),
    kernels=KernelState(("baseline", "avx2"), ("baseline", "avx2"), "avx2", "The best that this processor has.", {}),
    inventory=Inventory(
        (DeviceState(PROCESSOR, ("cpu",), {}),),
        (
            EngineState("cpu", "the fastest on CPUs", ("cpu",), ("CPU kernels for avx2",), (), "", None),
            EngineState("torch", "GPUs", (), (), ("PyTorch",), "pip install torch", "PyTorch is not installed."),
        ),
        ("cpu",),
        "No GPU was found.",
        (),
    ),
    machine=MachineState(8, 2, "this process may run on no others", 2_000_000_000, 1_000_000_000, True),
    cache=CACHE,
    disks=(DiskState("cache", "/cache", 40_000_000_000, 100_000_000_000, None),),
    variables=(VariableState("MIDFRAME_CACHE", "/cache"),),
    weights="4.25",
    checks=(
        Check("engine cpu on cpu", "passed", "largest difference 8.5e-06", 0.7),
        Check("engine torch", "not run", "PyTorch is not installed"),
    ),
    failures={},
)
"""A machine on which everything works."""
