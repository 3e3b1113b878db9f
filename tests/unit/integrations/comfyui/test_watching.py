from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
from tests.support.comfyui import ComfyUI

from midframe.errors import EngineError


def test_work_runs_in_a_thread_and_is_shown_in_that_of_the_node(comfyui: ComfyUI) -> None:
    watching = comfyui.module("watching")
    names = []

    def work(progress: Any, cancel: Any) -> str:
        names.append(threading.current_thread().name)
        progress.expect(3)
        progress.report(1)
        progress.show(np.zeros((4, 6, 3), np.uint8))
        progress.say("Working.")
        time.sleep(3 * watching.LOOK_SECONDS)
        progress.report(3)
        return "done"

    assert watching.run_watched(work) == "done"
    assert names[0].startswith("midframe")
    (first, last) = (comfyui.utils.shown[0], comfyui.utils.shown[-1])
    assert first[:2] == (1, 3)
    assert (first[2][0], first[2][1].size) == ("JPEG", (6, 4))
    assert last[:3] == (3, 3, None)
    assert comfyui.texts() == ["Working."]
    assert {name for *_, name in comfyui.utils.shown} == {threading.current_thread().name}


def test_an_interruption_ends_the_work_first(comfyui: ComfyUI) -> None:
    ended = threading.Event()

    def work(progress: Any, cancel: Any) -> None:
        comfyui.management.interrupt_current_processing()
        while not cancel.cancelled:
            time.sleep(0.01)
        ended.set()

    with pytest.raises(comfyui.management.InterruptProcessingException):
        comfyui.module("watching").run_watched(work)
    assert ended.is_set()


def test_errors_of_the_work(comfyui: ComfyUI) -> None:
    def work(progress: Any, cancel: Any) -> None:
        raise EngineError("The device failed.")

    with pytest.raises(EngineError, match=r"The device failed\."):
        comfyui.module("watching").run_watched(work)
