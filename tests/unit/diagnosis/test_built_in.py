from __future__ import annotations

import hashlib

import numpy as np

from midframe.diagnosis.built_in import HEIGHT, WIDTH, built_in_frame, built_in_model
from midframe.models.rife.spec import spec_for_version

FRAMES = ["99a02ae69311b7a2", "c6f2dac7d1909916"]
WEIGHTS = "55db27fcc39daac1"


def test_frames_never_change() -> None:
    """Whole numbers alone decide them, so that they are the same with every version of numpy."""
    frames = [np.rint(built_in_frame(number).view * 255).astype(np.uint8) for number in (0, 1)]
    assert frames[0].shape == (HEIGHT, WIDTH, 3)
    assert [hashlib.sha256(frame.tobytes()).hexdigest()[:16] for frame in frames] == FRAMES
    assert all(frame.std() > 20 for frame in frames)


def test_weights_never_change() -> None:
    model = built_in_model()
    assert {key: tensor.shape for key, tensor in model.tensors.items()} == spec_for_version("4.25").state_shapes()
    digest = hashlib.sha256(b"".join(tensor.astype("<f4").tobytes() for tensor in model.tensors.values()))
    assert digest.hexdigest()[:16] == WEIGHTS
