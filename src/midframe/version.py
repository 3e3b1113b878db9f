"""The version: that of the newest tag, in a file that the build writes."""

from __future__ import annotations

__all__ = ["__version__"]

try:
    from midframe._version import __version__
except ImportError:
    __version__ = "0.0.0.dev0"  # sources that nothing was built from yet
