"""From what users say about the network and who draws with it to one that is loaded.

What takes seconds here is torch: workers are set to load theirs before this process loads its own. So importing this
does not load torch.
"""

from __future__ import annotations

import sys

from midframe.engines.options import EngineOptions
from midframe.engines.protocols import JobModel
from midframe.errors import OptionError
from midframe.executors.options import ExecutionOptions
from midframe.models.download import Progress


def load(
    options: EngineOptions,
    execution: ExecutionOptions,
    progress: Progress | None = None,
    *,
    draws: int | None = 0,
) -> JobModel:
    """Load a network, connecting to a Ray cluster first if that is who draws; the connection ends with the process.

    Args:
        options: How the network is run.
        execution: Who draws.
        progress: Hears how far fetching the weights is.
        draws: How many frames are about to be drawn; workers for them start already. None if nobody knows, 0 if
            nothing is to start.

    Raises:
        OptionError: Ray is not installed, there is no cluster, or what `load_model` refuses.
        WeightsError: No such model, or the checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
        DeviceError: No such device.
    """
    if execution.kind == "ray":
        return _load_for_cluster(options, execution, progress, draws)
    several = execution.kind == "processes" or (execution.kind == "auto" and "," in options.device)
    if several and draws != 0 and sys.platform == "linux":
        from midframe.executors.multiprocess.forkserver import prepare

        prepare()
    from midframe.engines.loading import load_model

    return load_model(options, progress)


def _load_for_cluster(
    options: EngineOptions, execution: ExecutionOptions, progress: Progress | None, draws: int | None
) -> JobModel:
    try:
        from midframe.executors.ray.connect import enter
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "ray":
            raise
        raise OptionError("--executor ray needs Ray: pip install 'midframe[ray]'.") from error
    crew = enter(options, execution, draws)
    from midframe.executors.ray.loaded_model import load_cluster_network

    return load_cluster_network(crew, options, shared_input=execution.ray_shared_input, progress=progress)
