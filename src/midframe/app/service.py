"""What the page can ask for, apart from how requests are made."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from midframe import __version__
from midframe.app.broadcast import Broadcast
from midframe.app.browsing import list_folder
from midframe.app.decisions import Decisions
from midframe.app.evaluations import EvaluationCommand, Evaluations
from midframe.app.items import STARTABLE, Item, new_id
from midframe.app.job_options import OptionWords, checked_options, make_job, typed_options
from midframe.app.looks import Looks
from midframe.app.presets import Presets
from midframe.app.reviews import Reviews
from midframe.app.roots import ForbiddenPathError, Roots
from midframe.app.runner import Runner
from midframe.app.sessions import Sessions
from midframe.app.settings import AppSettings
from midframe.app.store import Store, UnknownItemError
from midframe.app.uploads import Uploads
from midframe.engines.devices import gpus
from midframe.errors import InputError
from midframe.jobs.inputs import videos_of_folders
from midframe.jobs.job import Job

MOST_ADDED = 500
"""Inputs that are added at once."""

REMOVABLE = (*STARTABLE, "waiting", "done")
"""States in which items can be taken off the list."""


class Service:
    """The queue, what is looked at, and what runs.

    Args:
        settings: How the app was started.
        words: Options as the command line has them.
        spell: Makes messages name options as the command line does.
        evaluate: Command that evaluates; None where its libraries are not installed.

    Raises:
        MidframeError: The app's folder cannot be used.
    """

    def __init__(
        self,
        settings: AppSettings,
        words: Sequence[OptionWords],
        spell: Callable[[str], str] = str,
        evaluate: EvaluationCommand | None = None,
    ) -> None:
        self.settings = settings
        self.words = tuple(words)
        self.spell = spell
        self.roots = Roots(settings.roots)
        self.broadcast = Broadcast()
        self.evaluations = Evaluations(settings.data / "evaluations", evaluate, self._evaluation_changed)
        self.store = Store(settings.data / "queue.sqlite", self._changed)
        self.presets = Presets(settings.data / "presets", self.broadcast)
        self.devices: tuple[str, ...] = ()
        self._adding = threading.Lock()
        self.sessions = Sessions()
        self.uploads = Uploads(settings.data / "uploads")
        self.runner = Runner(self.store, self.sessions, self.roots, settings.data, self.broadcast, spell)
        self.looks = Looks(self.store, self.sessions, self.roots, self.runner.results, self.words, spell)
        self.decisions = Decisions(self.store, self.looks, self.roots)
        self.reviews = Reviews(self.store, self.looks, self.sessions, self.broadcast, spell)

    def start(self) -> None:
        """Begin to run the queue."""
        self.uploads.remove_unused(self._inputs())
        self.devices = gpus()
        self.runner.start()

    def close(self) -> None:
        """End everything; a job that runs continues with the next start."""
        self.looks.close()
        self.reviews.close()
        self.evaluations.close()
        self.runner.close()
        self.sessions.close()
        self.store.close()

    def state(self) -> dict[str, Any]:
        """Everything that a page shows at first, by the names that changes are sent with."""
        items = self.store.items()
        return {
            "app": {"version": __version__, "evaluates": self.evaluations.is_available},
            "options": [_words_json(each) for each in self.words],
            "presets": self.presets.to_json(),
            "devices": list(self.devices),
            "order": [item.id for item in items],
            **{f"item {item.id}": self._item_json(item) for item in items},
            "": "complete",
        }

    def browse(self, path: str | None) -> dict[str, Any]:
        """What a folder holds; see `list_folder`."""
        return list_folder(self.roots, path)

    def add_paths(self, paths: Any, options: Any) -> list[str]:
        """Add files and folders of this machine.

        Returns:
            Names of the new items.

        Raises:
            MidframeError: A path may not be read, or cannot be an input.
        """
        known = isinstance(paths, list) and all(isinstance(path, str) for path in paths)
        if not known or not 0 < len(paths) <= MOST_ADDED:
            raise InputError(f"From 1 to {MOST_ADDED} files can be added at once.")
        real = [str(self.roots.existing(path)) for path in paths]
        for path in real:
            self.roots.check_contents(Path(path))
        inputs, _ = videos_of_folders(real)
        return self._add(inputs, options, upload=False)

    def add_upload(self, upload_id: str, options: Any) -> list[str]:
        """Add files that have arrived."""
        with self._adding:
            ids = self._add([str(path) for path in self.uploads.arrived(upload_id)], options, upload=True)
            self.uploads.release(upload_id)
        return ids

    def _add(self, inputs: Sequence[str], options: Any, *, upload: bool) -> list[str]:
        checked = checked_options(options, self.roots)
        ids = []
        for job in Job.for_each(inputs):
            source = job.source
            sources = tuple(map(str, source)) if isinstance(source, tuple) else (str(source),)
            name = Path(sources[0]).name
            if len(sources) > 1:
                name = f"{name} to {Path(sources[-1]).name}"
            item = Item(new_id(), name, sources, options=checked, upload=upload)
            self.store.add(item)
            ids.append(item.id)
        self._send_order()
        return ids

    def set_options(self, item_id: str, options: Any) -> None:
        """Replace the options of an item that is not started, failed or was cancelled: it is a draft then.

        Raises:
            MidframeError: An option does not exist, or the item has been started.
        """
        checked = checked_options(options, self.roots)
        changed = self.store.change(
            item_id,
            lambda item: replace(item, options=checked, output=None, state="draft", failure=None, done=0, total=None),
            when=("draft", "failed", "cancelled"),
        )
        self.reviews.options_changed(changed)

    def save_preset(self, title: Any, options: Any) -> None:
        """Save options as a preset; see `Presets.save`."""
        self.presets.save(title, typed_options(checked_options(options, self.roots)))

    def start_item(self, item_id: str) -> None:
        """Put an item into the queue, behind the others unless it was only paused; see `Runner.enqueue`."""
        self.reviews.stop(item_id)
        self.looks.release()
        if self.store.item(item_id).state != "paused":
            self.store.order([each for each in self.store.ids() if each != item_id])
            self._send_order()
        self.runner.enqueue(item_id)

    def copy_item(self, item_id: str) -> str:
        """Add the input of an item once more, with its options and decisions.

        Raises:
            MidframeError: There is no such item.
        """
        item = self.store.item(item_id)
        copy = Item(new_id(), item.name, item.sources, options=item.options, choices=item.choices, upload=item.upload)
        self.store.add(copy)
        self._send_order()
        return copy.id

    def remove_item(self, item_id: str) -> None:
        """Take an item off the list. Its output stays, unless it lies in the app's own folder.

        Raises:
            InputError: It is running.
        """
        item = self.store.remove(item_id, when=REMOVABLE)
        self.reviews.remove(item_id)
        self.looks.release()
        self.runner.report_path(item.id).unlink(missing_ok=True)
        self.evaluations.remove(item.id)
        if item.upload:
            shutil.rmtree(self.runner.results / item.id, ignore_errors=True)
            self.uploads.remove_unused(self._inputs())
        self._send_order()

    def evaluate_item(self, item_id: str) -> None:
        """Begin to evaluate the input of an item.

        Raises:
            MidframeError: The input may not be read any more, or see `Evaluations.start`.
        """
        item = self.store.item(item_id)
        job = make_job(item, self.roots, self.runner.results)
        sources = job.source if isinstance(job.source, tuple) else (job.source,)
        self.evaluations.start(item_id, [str(source) for source in sources])

    def evaluation_page(self, item_id: str) -> Path:
        """The page of a finished evaluation.

        Raises:
            InputError: There is none.
        """
        path = self.evaluations.page(self.store.item(item_id).id)
        if not path.is_file():
            raise InputError("This has not been measured.")
        return path

    def reorder(self, ids: Sequence[Any]) -> None:
        """Put items into a new order."""
        self.store.order([str(each) for each in ids])
        self._send_order()

    def result_path(self, item_id: str) -> Path:
        """The finished output of an item.

        Raises:
            InputError: There is none, it is a folder, or it no longer exists.
            ForbiddenPathError: A link has taken its place.
        """
        path = self._finished_output(self.store.item(item_id))
        if not path.is_file():
            raise InputError(f"{path} is not there any more, or is a folder.", path=path)
        return path

    def _finished_output(self, item: Item) -> Path:
        if item.state != "done" or item.output is None:
            raise InputError(f"{item.name} is not finished.")
        path = Path(item.output)
        if path.is_symlink() or not (self.roots.allows(path) or self.runner.results in path.parents):
            raise ForbiddenPathError(f"{path} is not below a folder that the app may use.", path=path)
        return path

    def result_files(self, item_id: str) -> list[Path]:
        """The files of a finished output that is a folder.

        Raises:
            InputError: There is none.
            ForbiddenPathError: A link has taken its place.
        """
        item = self.store.item(item_id)
        folder = self._finished_output(item)
        if not folder.is_dir():
            raise InputError(f"{folder} is not a folder.", path=folder)
        paths = [path for path in folder.iterdir() if path.is_file() and not path.is_symlink()]
        files = sorted((path for path in paths if not path.name.startswith(".")), key=lambda path: path.name)
        if not files:
            raise InputError(f"{folder} is empty.", path=folder)
        return files

    def report_path(self, item_id: str) -> Path:
        """The run report of an item.

        Raises:
            InputError: There is none.
        """
        path = self.runner.report_path(self.store.item(item_id).id)
        if not path.is_file():
            raise InputError("There is no report of this job.")
        return path

    def _inputs(self) -> list[str]:
        return [source for item in self.store.items() for source in item.sources]

    def _item_json(self, item: Item) -> dict[str, Any]:
        values = item.to_json()
        # There may be thousands, and the page shows none of them.
        values["sources"] = len(item.sources)
        values["choices"] = len(item.choices["choices"]) if item.choices else 0
        output = None if item.output is None else Path(item.output)
        state, reason = self.evaluations.state(item.id)
        values["evaluation"] = {"state": state, "reason": reason}
        values["output_is_file"] = output is not None and item.state == "done" and output.is_file()
        return values

    def _changed(self, changed: Item | str) -> None:
        if isinstance(changed, str):
            self.broadcast.send(f"item {changed}", None)
        else:
            self.broadcast.send(f"item {changed.id}", self._item_json(changed))

    def _evaluation_changed(self, item_id: str) -> None:
        with contextlib.suppress(UnknownItemError):
            self._changed(self.store.item(item_id))

    def _send_order(self) -> None:
        self.broadcast.send("order", self.store.ids())


def _words_json(words: OptionWords) -> dict[str, Any]:
    return {
        "name": words.name,
        "flag": words.flag,
        "help": words.help,
        "group": words.group,
        "kind": words.kind,
        "choices": list(words.choices),
        "default": words.default,
    }
