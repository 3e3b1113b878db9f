"""Whether convolutions in bfloat16 are worth it on this processor."""

from __future__ import annotations

import torch

SUPPORT_QUERIES = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
"""Functions of `torch.cpu`; older versions of torch lack some."""


def has_onednn() -> bool:
    """Whether torch was built with oneDNN."""
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def computes_in_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware and torch's build makes use of it.

    Without the hardware, oneDNN and torch convert back and forth and are slower than float32.
    """
    # ATEN_CPU_CAPABILITY limits torch; a processor masked by it must not be asked what it could do.
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX512") or not has_onednn():
        return False
    queries = [getattr(torch.cpu, name, None) for name in SUPPORT_QUERIES]
    return any(query() for query in queries if query is not None)
