"""Writes the values that `midframe doctor` compares with: python -m tools.self_test_values.

They come from the reference implementation on torch, and change only if the built-in frames or weights do.
"""

from __future__ import annotations

import numpy as np

from midframe.diagnosis.built_in import built_in_model
from midframe.diagnosis.engine_checks import STORED, interpolated
from midframe.diagnosis.findings import BUILT_IN, TESTED_MODEL
from midframe.engines.registry import find_engine
from midframe.models.checkpoints import load_checkpoint
from midframe.models.fetch import locate_model


def main() -> None:
    """Write the file."""
    torch = find_engine("torch")
    models = {TESTED_MODEL: load_checkpoint(locate_model(TESTED_MODEL)).model, BUILT_IN: built_in_model()}
    frames = {name: interpolated(torch, model, "cpu") for name, model in models.items()}
    np.savez_compressed(STORED, **{name: np.rint(frame * 65535.0).astype(np.uint16) for name, frame in frames.items()})


if __name__ == "__main__":
    main()
