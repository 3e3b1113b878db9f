"""What golden outputs are stored as."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GoldenArray = NDArray[np.unsignedinteger[Any]]
"""Pictures in 8 bits, outputs in 16."""
