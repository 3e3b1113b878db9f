from __future__ import annotations

import pytest
from tests.support.crossfade import CROSSFADE

from midframe.models.registry import ARCHITECTURES, ArchitectureRegistry


def test_names_are_unique_and_iterations_keep_what_they_began_with() -> None:
    registry = ArchitectureRegistry(*ARCHITECTURES, CROSSFADE)
    with pytest.raises(ValueError, match="named 'crossfade' already"):
        registry.add(CROSSFADE)
    under_way = iter(registry)
    registry.remove("crossfade")
    assert [each.name for each in under_way] == ["rife", "crossfade"]
    assert [each.name for each in registry] == ["rife"]
    assert "crossfade" not in registry
    with pytest.raises(KeyError):
        registry.remove("crossfade")
