"""A Ray cluster of several nodes on this machine, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from midframe.executors.ray.cluster import Cluster

STORE_BYTES = 100 << 20


@dataclass(frozen=True)
class RayNodes:
    """Nodes with one CPU each, and a connection of this process to their cluster."""

    nodes: Any
    session: Cluster

    @property
    def address(self) -> str:
        """Of its head."""
        return str(self.nodes.address)

    @contextmanager
    def another_node(self) -> Iterator[Any]:
        """One more node, which may be killed."""
        node = self.nodes.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        try:
            yield node
        finally:
            if node in self.nodes.worker_nodes:
                self.nodes.remove_node(node)

    def raylet(self, node: Any) -> int:
        """Process of the daemon whose children are the node's workers."""
        return int(node.all_processes["raylet"][0].process.pid)

    def kill(self, node: Any) -> None:
        """As if its power failed."""
        self.nodes.remove_node(node, allow_graceful=False)


@contextmanager
def ray_nodes() -> Iterator[RayNodes]:
    """Two nodes."""
    from ray.cluster_utils import Cluster as Nodes  # after our own modules, which keep Ray quiet

    head = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    nodes = Nodes(initialize_head=True, head_node_args=head)
    try:
        nodes.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        with Cluster.connect(nodes.address) as session:
            yield RayNodes(nodes, session)
    finally:
        nodes.shutdown()  # type: ignore[no-untyped-call]
