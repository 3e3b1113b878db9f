"""Samples survive the way into working samples and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from midframe.media.pixels import ViewTransform, from_working, to_working
from midframe.types import SAMPLE_DTYPES, Alpha, Frame, FrameFormat, Transfer


@st.composite
def frames(draw: st.DrawFn, *, straight: bool | None = None) -> Frame:
    """Frames of all types; all with straight alpha, or none, if `straight` is given."""
    dtype = draw(st.sampled_from(SAMPLE_DTYPES))
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(2 if straight else 1, 6)))
    numbers = st.floats(width=8 * dtype.itemsize) if dtype.kind == "f" else None
    samples = draw(arrays.arrays(dtype, shape, elements=numbers))
    alpha = None
    if shape[2] > 1:
        premultiplied = st.booleans() if straight is None else st.just(not straight)
        alphas = st.builds(Alpha, st.integers(0, shape[2] - 1), premultiplied)
        alpha = draw(alphas if straight else st.none() | alphas)
    if alpha is not None and dtype.kind == "f":
        samples[..., alpha.channel] = draw(arrays.arrays(dtype, shape[:2], elements=st.floats(0, 1, width=16)))
    transfer: Transfer = draw(st.sampled_from(["display", "linear"])) if dtype.kind == "f" else "display"
    return Frame(samples, FrameFormat(shape[1], shape[0], shape[2], dtype, alpha, transfer))


def bits(samples: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(samples).tobytes()


@given(frames(straight=False))
def test_round_trip_is_exact_without_straight_alpha(frame: Frame) -> None:
    back = from_working(to_working(frame.samples, frame.format), frame.format)
    np.testing.assert_array_equal(back, frame.samples)


@given(frames(straight=True))
def test_round_trip_with_straight_alpha(frame: Frame) -> None:
    alpha = frame.format.alpha
    assert alpha is not None
    assert not alpha.premultiplied
    # What cannot be seen has no colour to keep; nor has what is fainter than float32 can tell from nothing.
    full = 1 if frame.format.dtype.kind == "f" else np.iinfo(frame.format.dtype).max
    visible = frame.samples[..., alpha.channel] > full * 1e-5
    back = from_working(to_working(frame.samples, frame.format), frame.format)
    np.testing.assert_array_equal(back[..., alpha.channel], frame.samples[..., alpha.channel])
    if frame.format.dtype.kind == "f":
        np.testing.assert_allclose(back[visible], frame.samples[visible], rtol=2e-3 if full == 1 else 0, atol=1e-30)
    else:
        np.testing.assert_array_equal(back[visible], frame.samples[visible])


@given(frames())
def test_view_is_three_finite_channels_in_0_to_1(frame: Frame) -> None:
    view = ViewTransform.fit([frame]).view(frame.samples)
    assert view.dtype == np.float32
    assert view.shape == (*frame.samples.shape[:2], 3)
    assert ((view >= 0) & (view <= 1)).all()


@given(frames())
def test_nothing_is_written_into_the_source(frame: Frame) -> None:
    before = bits(frame.samples)
    ViewTransform.fit([frame]).view(frame.samples)
    from_working(to_working(frame.samples, frame.format), frame.format)
    assert bits(frame.samples) == before
