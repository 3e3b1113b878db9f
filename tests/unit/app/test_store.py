"""The queue on disk."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from midframe.app.items import Failure, Item
from midframe.app.store import Store, UnknownItemError
from midframe.errors import DiskFullError, InputError


def items(store: Store) -> list[str]:
    return [item.id for item in store.items()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "queue.sqlite"


def filled(path: Path) -> Store:
    store = Store(path)
    for name in "abc":
        store.add(Item(name, name, (f"/{name}.mp4",)))
    return store


def test_items_come_back_as_they_were(path: Path) -> None:
    item = Item(
        "a",
        "a – ü.mp4",
        ("/a.png", "/b.png"),
        "failed",
        {"fps": "60", "slowmo": True},
        output="/out",
        notes=("one", "two"),
        failure=Failure("why", "what to do", "fps"),
        summary={"outputs": 3},
    )
    store = Store(path)
    store.add(item)
    store.set_setting("seen", {"x": [1]})
    store.close()
    again = Store(path)
    assert again.items() == [item]
    assert again.setting("seen") == {"x": [1]}
    assert again.setting("never") is None
    again.close()


def test_fields_of_another_version_are_left_out() -> None:
    values = Item("a", "a", ("/a",)).to_json() | {"later": 1}
    del values["seconds"]
    assert Item.of_json(values).seconds == 0


def test_the_queue_is_for_its_user_alone(path: Path) -> None:
    Store(path).close()
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o644)
    store = filled(path)
    assert [each.name for each in path.parent.iterdir() if each.stat().st_mode & 0o077] == []
    store.close()


def test_a_full_disk_is_an_error_with_advice(path: Path) -> None:
    store = filled(path)
    (pages,) = store._database.execute("PRAGMA page_count").fetchone()
    store._database.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DiskFullError, match="cannot be changed"):
        store.add(Item("d", "d" * 1_000_000, ("/d",)))
    assert store.order(["c", "b"])[:2] == ["c", "b"]
    store.close()


def test_order(path: Path) -> None:
    store = filled(path)
    assert store.order(["c", "unknown", "a", "c"]) == ["c", "a", "b"]
    assert items(store) == ["c", "a", "b"]
    store.add(Item("d", "d", ("/d",)))
    assert items(store) == ["c", "a", "b", "d"]
    store.close()


def test_the_first_that_waits_is_taken(path: Path) -> None:
    store = filled(path)
    assert store.take_waiting() is None
    for name in "cb":
        store.set_state(name, "waiting", when=("draft",))
    taken = store.take_waiting()
    assert taken is not None
    assert (taken.id, taken.state) == ("b", "running")
    assert store.item("b").state == "running"
    store.close()


def test_changes_need_the_right_state(path: Path) -> None:
    store = filled(path)
    with pytest.raises(InputError, match="a is draft"):
        store.set_state("a", "paused", when=("running",))
    with pytest.raises(InputError, match="a is draft"):
        store.remove("a", when=("done",))
    with pytest.raises(UnknownItemError):
        store.change("x", lambda item: item)
    store.close()


def test_changes_are_reported(path: Path) -> None:
    seen: list[str] = []
    store = Store(path, lambda changed: seen.append(changed if isinstance(changed, str) else changed.state))
    store.add(Item("a", "a", ("/a",)))
    store.change("a", lambda item: replace(item, state="waiting"))
    store.remove("a", when=("waiting",))
    assert seen == ["draft", "waiting", "a"]
    assert items(store) == []
    store.close()


def test_outputs_stay_reserved(path: Path) -> None:
    store = filled(path)
    store.change("b", lambda item: replace(item, output="/b_2x.mp4", state="cancelled"))
    assert store.outputs() == ["/b_2x.mp4"]
    store.close()


def test_one_process_has_the_queue(path: Path) -> None:
    store = filled(path)
    with pytest.raises(InputError, match="Another midframe app uses"):
        Store(path)
    store.close()
    Store(path).close()


def test_a_killed_process_leaves_the_queue_free_and_whole(path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from midframe.app.items import Item; "
        "from midframe.app.store import Store; store = Store(Path(sys.argv[1])); "
        "[store.add(Item(str(n), 'n', ('/n',))) for n in range(20)]; os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    store = Store(path)
    assert items(store) == [str(number) for number in range(20)]
    store.close()


def test_other_files_are_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"something else" * 100)
    with pytest.raises(InputError, match="is not a queue of midframe"):
        Store(path)
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(InputError, match="another version"):
        Store(path)
