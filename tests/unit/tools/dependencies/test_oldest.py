"""Lower bounds that are lower than what is tested."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from tools.dependencies.oldest import floors_that_are_not_tested
from tools.dependencies.project import direct, user_extras


@pytest.mark.parametrize(
    ("requirement", "version", "tested"),
    [
        ("numpy>=1.26", "1.26.0", True),
        ("numpy>=1.26", "2.0.0", False),
        ("tifffile>=2024.1", "2024.1.30", True),
        ("opencv>=4.12", "4.12.0.88", True),
        ("av>=18.1,<19", "18.1.0", True),
        ("av>=18,<19", "18.1.0", True),
        ("psutil>=5.9.0", "5.9.4", False),
    ],
)
def test_a_floor_is_tested_by_the_first_release_that_begins_with_it(
    requirement: str, version: str, *, tested: bool
) -> None:
    needed, name = Requirement(requirement), NormalizedName(requirement.partition(">")[0])
    assert (floors_that_are_not_tested({name: needed}, {name: version}) == {}) is tested


def test_every_requirement_for_users_has_a_floor() -> None:
    """Without one, any version is promised."""
    without = [str(each) for each in direct(("", *user_extras())).values() if ">=" not in str(each.specifier)]
    assert without == []
