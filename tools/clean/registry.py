"""Where packages are to be had: as this machine's pip is configured, for the installers in the systems.

What names folders of this machine (other indexes, constraints) is left out: users have a package index alone.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""Where the certificates lie in the systems."""

PASSED_ON = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout")


@dataclass(frozen=True)
class Registry:
    """Configuration of installers.

    Attributes:
        options: The options of pip, by their names.
        certificates: The file of this machine with the certificates that pip uses; None for pip's own.
    """

    options: Mapping[str, str]
    certificates: Path | None

    def pip_configuration(self) -> str:
        """The text of pip's configuration file."""
        options = dict(self.options) | ({"cert": CERTIFICATES} if self.certificates else {})
        values = ((name, "\n    ".join(value.split())) for name, value in options.items())
        return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in values)

    def uv_variables(self) -> dict[str, str]:
        """Environment variables that say the same to uv, which does not read pip's configuration."""
        names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "trusted-host": "UV_INSECURE_HOST"}
        variables = {names[name]: value for name, value in self.options.items() if name in names}
        if proxy := self.options.get("proxy"):
            variables["ALL_PROXY"] = proxy
        return variables | ({"SSL_CERT_FILE": CERTIFICATES} if self.certificates else {})


def this_registry() -> Registry:
    """As the pip of this Python is configured, by its files and by environment variables."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"],
        capture_output=True,
        text=True,
        check=True,
    )
    return read_registry(listing.stdout)


def read_registry(listing: str) -> Registry:
    """What ``pip config list`` says, of options for all commands, for installing, and from environment variables."""
    options: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for line in listing.splitlines():
            name, found, value = line.partition("=")
            if found and name.startswith(f"{section}."):
                options[name.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    certificates = options.get("cert")
    passed = {
        name: _addresses(options[name]) if "index" in name else options[name] for name in PASSED_ON if name in options
    }
    return Registry(
        {name: value for name, value in passed.items() if value}, Path(certificates) if certificates else None
    )


def _addresses(value: str) -> str:
    """Of several indexes, those that are not folders of this machine."""
    return " ".join(address for address in value.split() if urlsplit(address).scheme in ("http", "https"))
