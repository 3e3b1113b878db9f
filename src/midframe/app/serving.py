"""Listens, says where, and ends with the program."""

from __future__ import annotations

import os
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence

import uvicorn
from starlette.types import ASGIApp

from midframe.app.connections import TimelyProtocol
from midframe.app.evaluations import EvaluationCommand
from midframe.app.job_options import OptionWords
from midframe.app.security import load_token
from midframe.app.server import make_app
from midframe.app.service import Service
from midframe.app.settings import DEFAULT_PORT, AppSettings
from midframe.errors import InputError

MOST_CONNECTIONS = 256
"""At once; more are answered with 503."""

CLOSE_SECONDS = 3
"""For which open requests may continue when the app ends."""


def serve(
    settings: AppSettings,
    words: Sequence[OptionWords],
    *,
    spell: Callable[[str], str],
    say: Callable[[str], None],
    open_browser: bool,
    evaluate: EvaluationCommand | None = None,
) -> None:
    """Run the app until it is interrupted.

    Args:
        settings: How it is started.
        words: Options as the command line has them.
        spell: Makes messages name options as the command line does.
        say: Shows a line to the user.
        open_browser: Whether to open its page.
        evaluate: Command that evaluates; None where its libraries are not installed.

    Raises:
        MidframeError: The address or the app's folder cannot be used.
    """
    with listening_socket(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        token = load_token(settings.data / "token")
        service = Service(settings, words, spell, evaluate)
        address = f"http://{_host_name(settings.host)}:{port}/?token={token}"
        say(f"midframe app: {address}")
        if not settings.is_local:
            say("Anyone with this address can use the app. The connection is not encrypted.")
        say(f"Files from: {', '.join(map(str, settings.roots))}. Ctrl+C ends the app; unfinished jobs are kept.")
        server = _Server(server_config(make_app(service, token, settings.host, port)), service)
        if open_browser:
            threading.Timer(0.5, webbrowser.open, (address,)).start()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            # The server has ended already, and raises it again.
            say("midframe app has ended.")


def server_config(app: ASGIApp) -> uvicorn.Config:
    """How the app is served: without logs, web sockets, and words about the server."""
    return uvicorn.Config(
        app,
        http=TimelyProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=CLOSE_SECONDS,
    )


class _Server(uvicorn.Server):
    """A server whose streams of events end with it."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first: they are waited for."""
        self._service.broadcast.close()
        await super().shutdown(sockets)


def listening_socket(host: str, port: int | None) -> socket.socket:
    """A socket that listens; on any free port if the usual one is taken.

    Args:
        host: Name or address.
        port: None for `DEFAULT_PORT`, or any.

    Raises:
        InputError: The address is not of this machine, or the port is taken.
    """
    ports = [DEFAULT_PORT, 0] if port is None else [port]
    failure: OSError | None = None
    for each in ports:
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(host, each, type=socket.SOCK_STREAM)[0]
            listener = socket.socket(family, kind, protocol)
        except OSError as error:
            raise InputError(f"{host} is not an address: {error}.", option="host") from error
        try:
            # On Windows, that would let two programs listen at one port.
            if os.name != "nt":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(128)
        except OSError as error:
            listener.close()
            failure = error
        else:
            return listener
    raise InputError(
        f"The app cannot listen on {host}, port {port}: {failure}. Choose another `port`.", option="port"
    ) from failure


def _host_name(host: str) -> str:
    """How a browser names the address."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared with, not bound to
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
