"""Loading a network for the executor that will run it.

Loading libraries takes time: workers are started before this process loads its own.
"""

from __future__ import annotations

import sys

from midframe.engines.options import EngineOptions
from midframe.engines.protocols import JobModel
from midframe.executors.options import ExecutionOptions
from midframe.extras import has_torch, require_package, require_torch
from midframe.models.download import Progress


def check_for_execution(options: EngineOptions, execution: ExecutionOptions) -> None:
    """Check everything about the options that can be known without loading a network or connecting to a cluster.

    Raises:
        OptionError: Ray is not installed, does not assign such devices, or what `check_choice` refuses.
        WeightsError: No such model.
        DeviceError: No such device; those of a cluster are not looked at.
    """
    from midframe.engines.loading import check_choice, check_model

    if execution.kind == "ray":
        from midframe.executors.ray.placement import check_devices

        check_devices(options)
        require_package("ray", "`executor=ray`", option="executor")
        check_model(options)
    else:
        check_choice(options)


def load_for_execution(
    options: EngineOptions,
    execution: ExecutionOptions,
    progress: Progress | None = None,
    *,
    frames: int | None = 0,
) -> JobModel:
    """Load a network, connecting to a Ray cluster first if frames are interpolated there.

    The connection ends with the process.

    Args:
        options: How the network is run.
        execution: Which executor.
        progress: Reports how far the download of the weights is.
        frames: How many frames are about to be interpolated; workers for them are started already. None if that is
            unknown, 0 if nothing is to be started.

    Raises:
        OptionError: Ray is not installed, there is no cluster, or what `load_model` refuses.
        WeightsError: No such model, or the checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
        DeviceError: No such device.
    """
    if execution.kind == "ray":
        return _load_for_cluster(options, execution, progress, frames)
    several = execution.kind == "processes" or (execution.kind == "auto" and "," in options.device)
    if several and frames != 0 and sys.platform == "linux":
        from midframe.executors.multiprocess.forkserver import start_server

        start_server(with_torch=_will_need_torch(options))
    from midframe.engines.loading import load_model

    return load_model(options, progress)


def _will_need_torch(options: EngineOptions) -> bool:
    """Whether workers will load torch, as far as the options say; with "auto" that is only known later."""
    needed = options.engine == "torch" or options.device.startswith(("cuda", "mps", "xpu"))
    if needed and has_torch():
        require_torch("A GPU")
        return True
    return False


def _load_for_cluster(
    options: EngineOptions, execution: ExecutionOptions, progress: Progress | None, frames: int | None
) -> JobModel:
    require_package("ray", "`executor=ray`", option="executor")
    from midframe.executors.ray.connect import connect

    pool = connect(options, execution, frames)
    from midframe.executors.ray.loaded_model import load_cluster_network

    return load_cluster_network(pool, options, shared_input=execution.ray_shared_input, progress=progress)
