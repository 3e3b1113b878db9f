"""The engines of a job in which single pairs have options of their own."""

from __future__ import annotations

from typing import Any

from midframe.engines.options import PairOptions
from midframe.engines.protocols import Engine, vary

AS_THE_JOB = PairOptions()


class PairEngines:
    """An engine, and the same network with the options of single pairs; each of these is made when it is first needed.

    Frames that one of them has encoded are of use to that one only.

    Args:
        engine: That of all pairs without options of their own.
    """

    def __init__(self, engine: Engine[Any]) -> None:
        self._engines = {AS_THE_JOB: engine}
        self._latest = engine

    def of(self, options: PairOptions) -> Engine[Any]:
        """The engine for a pair. What another one keeps for speed is freed, so that memory does for one at a time.

        Raises:
            OptionError: The engine has no such options.
            EngineError: The network does not fit on the device once more.
        """
        engine = self._engines.get(options)
        if engine is self._latest:
            return engine
        self._latest.release()
        if engine is None:
            engine = self._engines[options] = vary(self._engines[AS_THE_JOB], options)
        self._latest = engine
        return engine
