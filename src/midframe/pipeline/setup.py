"""From what users say about the network to an engine that is ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from midframe.engine.base import Engine
from midframe.engine.choose import make_engine
from midframe.engine.devices import resolve_device, set_threads
from midframe.engine.torch_engine import check_options
from midframe.errors import OptionError
from midframe.model.download import Progress
from midframe.model.fetch import locate_model
from midframe.model.weights import Checkpoint, load_checkpoint
from midframe.pipeline.network import NetworkOptions


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A checkpoint that was found, read and checked against the options; no engine is made of it yet."""

    checkpoint: Checkpoint
    options: NetworkOptions

    @property
    def name(self) -> str:
        """For summaries."""
        return self.checkpoint.spec.description

    @property
    def sha256(self) -> str:
        """Of the checkpoint file."""
        return self.checkpoint.sha256

    @property
    def notes(self) -> tuple[str, ...]:
        """What was ignored when the checkpoint was read."""
        return self.checkpoint.notes

    @property
    def settings(self) -> dict[str, object]:
        """What decides how frames are drawn."""
        return {
            "model": self.name,
            "model_sha256": self.sha256,
            "flow_scale": self.options.flow_scale,
            "precision": self.options.precision,
            "ensemble": self.options.ensemble,
        }

    def make_engine(self) -> Engine[Any]:
        """Put the network on its device.

        Raises:
            EngineError: It does not fit there.
        """
        set_threads(self.options.threads)
        return make_engine(
            self.checkpoint,
            resolve_device(self.options.device),
            flow_scale=self.options.flow_scale,
            precision=self.options.precision,
            ensemble=self.options.ensemble,
        )


def load_network(options: NetworkOptions, progress: Progress | None = None) -> LoadedNetwork:
    """Find the weights (fetching them if need be), read them, and check all options.

    Raises:
        WeightsError: No such model, or its checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
        DeviceError: No such device.
        OptionError: A scale or precision that does not exist, or ensemble for a version without it.
    """
    if options.precision not in ("exact", "fast"):
        raise OptionError(f"The precision must be exact or fast, not {options.precision!r}.")
    if options.threads is not None and options.threads < 1:
        raise OptionError(f"--threads must be at least 1, not {options.threads}.")
    resolve_device(options.device)
    checkpoint = load_checkpoint(locate_model(options.model, progress))
    check_options(checkpoint.spec, options.flow_scale, options.ensemble)
    return LoadedNetwork(checkpoint, options)
