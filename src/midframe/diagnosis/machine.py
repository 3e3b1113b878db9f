"""Processor and memory."""

from __future__ import annotations

import os

from midframe.diagnosis.findings import MachineState
from midframe.engines.control_groups import core_quota
from midframe.engines.memory_info import available_memory, machine_memory, memory_left_by_groups
from midframe.engines.threads import threads_of_variable, usable_cores


def look_at_machine() -> MachineState:
    """Cores and memory, of the machine and as far as this process may use them."""
    cores, usable = os.cpu_count() or 1, usable_cores()
    free, left = available_memory(), memory_left_by_groups()
    reason = ""
    if usable != cores:
        if threads_of_variable() is not None:
            reason = "OMP_NUM_THREADS"
        else:
            reason = "a limit on this container" if usable == core_quota() else "this process may run on no others"
    return MachineState(cores, usable, reason, machine_memory(), free, left is not None and left <= free)
