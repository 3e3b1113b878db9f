"""The files that the documentation gives to commands, by the names that it uses, as small real ones.

A page that needs another file has a line here; most need none, because they use these names.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file
from tests.support.clips import write_clip
from tests.support.command_line import write_png
from tests.support.rows import pan
from tests.support.stand_ins import snu_film_tree, vimeo90k_tree

from midframe.media.images.codecs import codec_for
from midframe.models.fetch import locate_model
from midframe.models.torch_pickle import read_torch_pickle
from midframe.types import ChannelLabel, Frame, FrameFormat

WIDTH, HEIGHT = 64, 48

Make = Callable[[Path], object]
