"""The connection to a Ray cluster."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ray

from midframe.errors import OptionError
from midframe.executors.ray.placement import Resources

SECONDS_TO_ANSWER = 5.0
"""How long the head of a cluster may take to accept a connection."""


class Cluster:
    """A Ray cluster that this process is connected to, as a context manager that closes the connection.

    Made by `connect`.

    Args:
        ours: Whether `close` ends the connection.
    """

    def __init__(self, *, ours: bool) -> None:
        self._ours = ours

    @staticmethod
    def connect(address: str = "auto") -> Cluster:
        """Connect; a process that is connected already keeps its cluster.

        Args:
            address: See `midframe.executors.options.ExecutionOptions`.

        Raises:
            OptionError: There is no cluster, or one with another version of Ray or Python.
        """
        if ray.is_initialized():
            return Cluster(ours=False)
        if address.startswith("ray://"):
            raise OptionError(
                f"{address} is for Ray Client; run midframe on a node of the cluster, or name host:port.",
                option="ray_address",
            )
        if address not in ("auto", "local"):
            _require_answer(address)
        with _sigterm_handler_kept():
            try:
                ray.init(
                    address=address,
                    namespace="midframe",
                    include_dashboard=False if address == "local" else None,
                    log_to_driver=False,
                    logging_level=logging.CRITICAL,
                )
            except ConnectionError as error:
                where = "on this machine" if address == "auto" else f"at {address}"
                raise OptionError(
                    f"There is no Ray cluster {where}. Start one with `ray start --head`, or name one with "
                    "`ray_address=host:port`.",
                    option="ray_address",
                ) from error
            # Raised where the versions of Ray or Python differ, or where a session's files belong to another user.
            except (RuntimeError, ValueError, OSError) as error:
                sentence = " ".join(str(error).split())
                raise OptionError(
                    f"The Ray cluster at {address} cannot be used: {sentence}", option="ray_address"
                ) from error
        return Cluster(ours=True)

    def nodes(self) -> Sequence[Resources]:
        """The resources of each living node; the node of this process comes first."""
        nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
        own = ray.get_runtime_context().get_node_id()
        alive = sorted((node for node in nodes if node["Alive"]), key=lambda node: node["NodeID"] != own)
        return [node["Resources"] for node in alive]

    def close(self) -> None:
        """End the connection, if it was made here; and the cluster, if it was started here."""
        if self._ours:
            self._ours = False
            ray.shutdown()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _require_answer(address: str) -> None:
    """Raise an error at once if no cluster answers; Ray itself would try for a minute."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise OptionError(f"`ray_address` must be auto, local or host:port, not {address}.", option="ray_address")
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_ANSWER).close()
    except (OSError, OverflowError) as error:
        raise OptionError(
            f"No Ray cluster answers at {address} ({error}). Is its head running (`ray start --head`), and can this "
            "machine reach it?",
            option="ray_address",
        ) from error


@contextmanager
def _sigterm_handler_kept() -> Iterator[None]:
    """Restore the handler of SIGTERM, which Ray replaces."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous_handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous_handler)
