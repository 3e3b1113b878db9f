"""Names of libraries, from those of files in wheels."""

from __future__ import annotations

import pytest
from tools.dependencies.bundled import library_name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("libx264-d6533a8d.so.165", "x264"),
        ("libxcb-shape-7716c890.so.0.0.0", "xcb-shape"),
        ("libSZ3c-362febd3.so", "SZ3c"),
        ("libgfortran-040039e1-0352e75f.so.5.0.0", "gfortran"),
        ("libscipy_openblas64_-32a4b2a6.so", "scipy_openblas64_"),
        ("libopenblasp-r0-59ffcd50.3.15.so", "openblasp-r0"),
        ("strange", "strange"),
    ],
)
def test_library_names(file: str, name: str) -> None:
    assert library_name(file) == name
