"""From what users say about the network and who draws with it to one that is loaded."""

from __future__ import annotations

from midframe.errors import OptionError
from midframe.model.download import Progress
from midframe.pipeline.executing.execution import ExecutionOptions
from midframe.pipeline.networks.network import Network, NetworkOptions
from midframe.pipeline.networks.setup import load_network


def load(options: NetworkOptions, execution: ExecutionOptions, progress: Progress | None = None) -> Network:
    """Load a network, connecting to a Ray cluster first if that is who draws; the connection ends with the process.

    Raises:
        OptionError: Ray is not installed, there is no cluster, or what `load_network` refuses.
        WeightsError: No such model, or the checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
        DeviceError: No such device.
    """
    if execution.kind != "ray":
        return load_network(options, progress)
    try:
        from midframe.pipeline.executing.cluster.network import load_cluster_network
        from midframe.pipeline.executing.cluster.session import Cluster
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "ray":
            raise
        raise OptionError("--executor ray needs Ray: pip install 'midframe[ray]'.") from error
    return load_cluster_network(Cluster.connect(execution.ray_address), options, execution, progress)
