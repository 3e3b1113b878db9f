from __future__ import annotations

import json

import pytest
from tools.clean.record import Record, downloaded_bytes
from tools.clean.systems import Done

OUTPUT = """\
Collecting av>=17.1
  Downloading av-18.1.0-cp311-abi3-manylinux_2_28_x86_64.whl (35.8 MB)
     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 35.8/35.8 MB 64.5 MB/s eta 0:00:00
  Downloading natsort-8.4.0-py3-none-any.whl (38 kB)
"""


@pytest.mark.parametrize(("output", "size"), [(OUTPUT, 35_838_000), ("Requirement already satisfied: av", None)])
def test_downloaded(output: str, size: int | None) -> None:
    assert downloaded_bytes(output) == size


def test_table() -> None:
    record = Record("debian-12", "3.11", "x86_64", "midframe-0.1.0-py3-none-any.whl")
    record.add("pip install", Done(0, OUTPUT, 23.14)).on_disk = 344_000_000
    record.add("midframe doctor", Done(2, "Usage\nNo such command.\n", 0.26))
    record.check("nothing else is written", [])
    assert list(record.table()) == [
        "debian-12 (Python 3.11, x86_64), midframe-0.1.0-py3-none-any.whl",
        "STEP                     SECONDS  DOWNLOADED   ON DISK",
        "pip install                 23.1     35.8 MB  344.0 MB  ok",
        "midframe doctor              0.3                        FAILED",
        "nothing else is written                                 ok",
        "midframe doctor: The exit code is 2 instead of 0: No such command.",
    ]
    assert json.loads(json.dumps(record.as_json()))["steps"][0] == {
        "name": "pip install",
        "seconds": 23.14,
        "downloaded": 35_838_000,
        "on_disk": 344_000_000,
        "problems": [],
    }
