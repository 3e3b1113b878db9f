from __future__ import annotations

import pytest
import torch

from midframe.engines.torch.bfloat16 import computes_in_bfloat16


def test_bfloat16_is_not_asked_of_a_masked_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    assert not computes_in_bfloat16()
