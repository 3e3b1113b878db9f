"""The queue on disk: items in order, in SQLite. What is stored survives the process."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from midframe.app.items import Item, State
from midframe.errors import DiskFullError, InputError, MidframeError, WriteError

SCHEMA = 1
"""Version of the tables."""

_TABLES = """
CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, place INTEGER NOT NULL, state TEXT NOT NULL, item TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

Change = Callable[[Item], Item]


class UnknownItemError(InputError):
    """There is no item of this name."""


class Store:
    """Items in the order of the queue. All methods may be called from any thread.

    The database is locked as long as it is open: one process at a time has the queue.

    Args:
        path: The database; made if it does not exist.
        on_change: Called with each item that was added or changed, and with the name of each one that was removed.

    Raises:
        InputError: Another process has it open, or it is not a database of this version.
        WriteError: It cannot be made.
    """

    def __init__(self, path: Path, on_change: Callable[[Item | str], None] | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._on_change = on_change
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # The files that SQLite puts beside it get the same permissions.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            self._database = sqlite3.connect(path, check_same_thread=False, timeout=0.2, isolation_level=None)
            self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
            # What is stored survives a killed process; waiting for the disk each time would be for power cuts.
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute("BEGIN EXCLUSIVE")
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            if version not in (0, SCHEMA):
                raise InputError(f"{path} is of another version of midframe. Choose another `data` folder.", path=path)
            for statement in filter(None, map(str.strip, _TABLES.split(";"))):
                self._database.execute(statement)
            self._database.execute(f"PRAGMA user_version={SCHEMA}")
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise InputError(
                    f"Another midframe app uses {path.parent}. Go to its page, end it, or choose another `data` "
                    "folder.",
                    option="data",
                    path=path,
                ) from error
            raise WriteError(f"{path} cannot be used: {error}.", path=path) from error
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path} is not a queue of midframe: {error}.", path=path) from error
        except OSError as error:
            raise WriteError(f"{path} cannot be made: {error.strerror or error}.", path=path) from error

    def close(self) -> None:
        """Close the database; another process may open it then."""
        with self._lock:
            self._database.close()

    def items(self) -> list[Item]:
        """All items in order."""
        with self._lock:
            rows = self._execute("SELECT item FROM items ORDER BY place").fetchall()
        return [Item.of_json(json.loads(row)) for (row,) in rows]

    def item(self, item_id: str) -> Item:
        """One item.

        Raises:
            UnknownItemError: It was removed, or there never was one.
        """
        with self._lock:
            row = self._execute("SELECT item FROM items WHERE id = ?", item_id).fetchone()
        if row is None:
            raise UnknownItemError("This job was removed from the list.")
        return Item.of_json(json.loads(row[0]))

    def add(self, item: Item) -> None:
        """Put an item at the end."""
        with self._lock:
            (last,) = self._execute("SELECT COALESCE(MAX(place), 0) FROM items").fetchone()
            self._write(item, last + 1)

    def change(self, item_id: str, change: Change, *, when: Iterable[State] | None = None) -> Item:
        """Replace an item by what becomes of it.

        Args:
            item_id: Its name.
            change: Makes the new item of the old one.
            when: States in which it may be changed; None for all.

        Raises:
            UnknownItemError: There is none.
            InputError: It is in another state.
        """
        with self._lock:
            item = self.item(item_id)
            if when is not None and item.state not in when:
                raise InputError(f"{item.name} is {item.state}; that cannot be done now.")
            changed = change(item)
            self._write(changed, None)
        return changed

    def set_state(self, item_id: str, state: State, *, when: Iterable[State]) -> Item:
        """Change the state of an item; see `change`."""
        return self.change(item_id, lambda item: replace(item, state=state), when=when)

    def remove(self, item_id: str, *, when: Iterable[State]) -> Item:
        """Take an item out; see `change`."""
        with self._lock:
            item = self.item(item_id)
            if item.state not in when:
                raise InputError(f"{item.name} is {item.state}; that cannot be done now.")
            self._execute("DELETE FROM items WHERE id = ?", item_id)
        if self._on_change is not None:
            self._on_change(item_id)
        return item

    def take_waiting(self) -> Item | None:
        """The first item that waits, which is running from now on; None if there is none."""
        with self._lock:
            row = self._execute("SELECT id FROM items WHERE state = 'waiting' ORDER BY place LIMIT 1").fetchone()
            return None if row is None else self.set_state(row[0], "running", when=("waiting",))

    def order(self, ids: Sequence[str]) -> list[str]:
        """Put items into a new order; those that are not named come after these, in theirs.

        Returns:
            All names in their new order.
        """
        with self._lock:
            known = self.ids()
            named = [each for each in dict.fromkeys(ids) if each in known]
            ordered = [*named, *(each for each in known if each not in named)]
            self._execute("BEGIN")
            try:
                for place, each in enumerate(ordered):
                    self._execute("UPDATE items SET place = ? WHERE id = ?", place, each)
                self._execute("COMMIT")
            except MidframeError:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise
        return ordered

    def ids(self) -> list[str]:
        """Names of all items in order."""
        with self._lock:
            return [row[0] for row in self._execute("SELECT id FROM items ORDER BY place")]

    def outputs(self) -> list[str]:
        """Outputs of all items: none of them may be given to another one, also not where it is unfinished."""
        return [item.output for item in self.items() if item.output is not None]

    def setting(self, name: str) -> Any:
        """A stored value, as JSON has it; None if there is none."""
        with self._lock:
            row = self._execute("SELECT value FROM settings WHERE name = ?", name).fetchone()
        return None if row is None else json.loads(row[0])

    def set_setting(self, name: str, value: Any) -> None:
        """Store a value."""
        with self._lock:
            self._execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    def _execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """Run a statement.

        Raises:
            DiskFullError: There is no space for what it writes.
            WriteError: It fails otherwise.
        """
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            kind = DiskFullError if "disk is full" in str(error) else WriteError
            raise kind(f"The list of jobs in {self._path} cannot be changed: {error}.", path=self._path) from error

    def _write(self, item: Item, place: int | None) -> None:
        text = json.dumps(item.to_json())
        if place is None:
            self._execute("UPDATE items SET state = ?, item = ? WHERE id = ?", item.state, text, item.id)
        else:
            self._execute("INSERT INTO items VALUES (?, ?, ?, ?)", item.id, place, item.state, text)
        if self._on_change is not None:
            self._on_change(item)
