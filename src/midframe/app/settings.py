"""How the app is started."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from midframe.errors import OptionError
from midframe.paths import user_path

LOOPBACK = "127.0.0.1"

DEFAULT_PORT = 8017


@dataclass(frozen=True)
class AppSettings:
    """How the app is started. Checked when made.

    Attributes:
        roots: Folders that files may be chosen from and written to, resolved.
        data: Folder of the queue, of what was dropped into the page, and of its results.
        host: Address to listen on.
        port: Port to listen on; None for `DEFAULT_PORT`, or any free one if that is taken.
    """

    roots: tuple[Path, ...]
    data: Path
    host: str = LOOPBACK
    port: int | None = None

    @classmethod
    def of(
        cls, roots: Sequence[Path] = (), data: Path | None = None, host: str = LOOPBACK, port: int | None = None
    ) -> AppSettings:
        """Settings as users give them.

        Args:
            roots: Folders; none for the home folder and the current one.
            data: A folder; None for the usual place of this system.
            host: A name or an address.
            port: None for any.

        Raises:
            OptionError: A root is not a folder, or a number is not a port.
        """
        if port is not None and not 0 < port < 65536:
            raise OptionError(f"`port` must be from 1 to 65535, not {port}.", option="port")
        resolved = []
        for root in roots or (Path.home(), Path.cwd()):
            folder = user_path(root, option="root")
            if not folder.is_dir():
                raise OptionError(f"{folder} is not a folder.", option="root", path=folder)
            resolved.append(folder.resolve())
        own = platformdirs.user_data_path("midframe") / "app" if data is None else user_path(data, option="data")
        return cls(_outermost(resolved), own.absolute(), host, port)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the app."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether an address, or a name of this machine, is of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _outermost(folders: Sequence[Path]) -> tuple[Path, ...]:
    """The folders without those that lie in another one of them, each once."""
    once = list(dict.fromkeys(folders))
    return tuple(folder for folder in once if not any(other in folder.parents for other in once))
