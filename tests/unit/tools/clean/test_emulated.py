from __future__ import annotations

import numpy as np
from tools.clean.emulated import differences
from tools.clean.inputs import picture


def test_rounding_is_no_difference() -> None:
    assert differences([picture(0), picture(1) + 3], [picture(0), picture(1)]) == []


def test_differences() -> None:
    far = picture(1).copy()
    far[20, 20] -= 200
    assert differences([picture(0), far], [picture(0), picture(1)]) == [
        "Picture 1 differs by 3.1e-03 at most, 9.9e-07 on average, which is more than 0.001 or 0.0001."
    ]
    assert len(differences([np.add(picture(0), 10)], [picture(0)])) == 1
    assert differences([picture(0)], []) == ["There are 1 pictures under emulation, and 0 on this machine."]
