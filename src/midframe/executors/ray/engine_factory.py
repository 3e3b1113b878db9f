"""Making engines on other machines: the weights are sent as bytes."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.loading import CheckpointEngineMaker
from midframe.engines.protocols import Engine, Notify, ignore_notice
from midframe.errors import WeightsError


@dataclass(frozen=True, eq=False)
class ShippedEngineMaker:
    """Makes an engine from a checkpoint that is sent along, for machines that do not have the file.

    Attributes:
        content: The checkpoint file, as bytes.
        maker: Makes the engine once the file is written; checks that it is the right one.
    """

    content: NDArray[np.uint8]
    maker: CheckpointEngineMaker

    @staticmethod
    def load(maker: CheckpointEngineMaker) -> ShippedEngineMaker:
        """Read the checkpoint.

        Raises:
            WeightsError: It cannot be read any more.
        """
        try:
            content = maker.path.read_bytes()
        except OSError as error:
            raise WeightsError(f"{maker.path} cannot be read: {error.strerror or error}.", path=maker.path) from error
        return ShippedEngineMaker(np.frombuffer(content, np.uint8), maker)

    @property
    def device(self) -> str:
        """The device, as torch names it."""
        return self.maker.device

    def make_engine(self, notify: Notify = ignore_notice) -> Engine[Any]:
        """Write the checkpoint to a temporary file, and make an engine from it.

        Raises:
            WeightsError: The checkpoint has changed, or there is no space for it.
            EngineError: The network does not fit on the device.
        """
        try:
            with tempfile.TemporaryDirectory(prefix="midframe-") as folder:
                path = Path(folder) / self.maker.path.name
                path.write_bytes(self.content.tobytes())
                return replace(self.maker, path=path).make_engine(notify)
        except OSError as error:
            raise WeightsError(
                f"The weights could not be written on a node ({error.strerror or error}); its temporary folder needs "
                f"{self.content.nbytes >> 20} MiB."
            ) from error
