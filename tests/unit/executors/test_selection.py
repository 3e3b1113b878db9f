from __future__ import annotations

from typing import Any

import pytest
from tests.support.jobs import FORMAT, FakeNetwork

from midframe.errors import OptionError
from midframe.executors.selection import make_executor
from midframe.media.pixels import ViewTransform


@pytest.mark.parametrize("how", ["processes", "two devices", "provided"])
def test_only_this_process_keeps_motion(how: str) -> None:
    network: Any = FakeNetwork()
    if how == "two devices":
        network.makers = (None, None)
    if how == "provided":
        network.make_executor = lambda transform, mode: None
    kind: Any = "processes" if how == "processes" else "auto"
    transform = ViewTransform.fixed(FORMAT)
    assert transform is not None
    with pytest.raises(OptionError, match="`executor=inline`") as caught:
        make_executor(network, transform, "direct", kind=kind, keep_motion=True)
    assert caught.value.option == "flow_folder"
