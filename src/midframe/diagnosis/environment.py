"""Environment variables that change what midframe does, without what is secret in their values."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from midframe.diagnosis.findings import VariableState

NAMES = (
    *("MIDFRAME_CACHE", "MIDFRAME_OFFLINE", "MIDFRAME_CATALOG", "MIDFRAME_KERNELS"),
    *("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "CUDA_VISIBLE_DEVICES", "RAY_ADDRESS", "HF_ENDPOINT"),
    *("UV", "NO_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"),
)
"""Those of docs/reference/environment.md. Variables that hold secrets as such are none of midframe's."""

_CREDENTIALS = re.compile(r"(?<=//)\S*@|^(?!\w+://)\S*@")
"""User and password before the name of a server."""


def set_variables(environment: Mapping[str, str] = os.environ) -> tuple[VariableState, ...]:
    """Those that have a value."""
    # Names of proxies are read in lower case, too.
    names = [name for each in NAMES for name in dict.fromkeys((each, each.lower())) if environment.get(name)]
    return tuple(VariableState(name, _CREDENTIALS.sub("***@", environment[name])) for name in names)
