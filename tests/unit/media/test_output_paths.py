"""No output takes the place of a file that is not its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from midframe.errors import InputError, OptionError, OutputExistsError, SequenceError
from midframe.media import output_paths
from midframe.media.output_paths import (
    begins_with,
    is_one_of,
    require_free_file,
    require_free_report,
    same_place,
    shared_places,
)

POSIX = pytest.mark.skipif(os.name == "nt", reason="links and pipes need another system")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("in.mp4").write_bytes(b"in")
    Path("other.mp4").write_bytes(b"other")


SPELLINGS: dict[str, Callable[[], Path]] = {
    "itself": lambda: Path("in.mp4"),
    "absolute": lambda: Path("in.mp4").absolute(),
    "with dots": lambda: Path("sub/../in.mp4"),
    "symbolic link": lambda: linked(Path("link.mp4"), symbolic=True),
    "hard link": lambda: linked(Path("sub/hard.mp4"), symbolic=False),
}


def linked(path: Path, *, symbolic: bool) -> Path:
    if symbolic:
        path.symlink_to("in.mp4")
    else:
        path.hardlink_to("in.mp4")
    return path


@POSIX
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("overwrite", [True, False])
def test_an_input_is_recognised_under_every_name(spelling: str, overwrite: bool) -> None:
    path = SPELLINGS[spelling]()
    inputs = [Path("other.mp4"), Path("in.mp4")]
    assert is_one_of(path, inputs)
    assert same_place(path, Path("in.mp4"))
    with pytest.raises(SequenceError, match="is the input"):
        require_free_file(path, inputs, overwrite)
    with pytest.raises(SequenceError, match="is the input"):
        require_free_report(path, inputs, overwrite, option="report", is_ours=lambda path: True)


def test_files_that_exist_are_replaced_on_request_only() -> None:
    require_free_file(Path("new.mp4"), [Path("in.mp4")], overwrite=False)
    require_free_file(Path("other.mp4"), [Path("in.mp4")], overwrite=True)
    with pytest.raises(OutputExistsError, match="exists") as refused:
        require_free_file(Path("other.mp4"), [Path("in.mp4")], overwrite=False)
    assert refused.value.option == "overwrite"


@POSIX
@pytest.mark.parametrize("kind", ["folder", "link", "dangling link", "pipe"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_what_is_no_plain_file_is_refused(kind: str, overwrite: bool) -> None:
    path = Path("taken.mp4")
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to("other.mp4" if kind == "link" else "nothing")
    with pytest.raises(OptionError, match=r"is a (folder|symbolic link|named pipe)"):
        require_free_file(path, [], overwrite)
    if kind == "pipe":
        require_free_report(path, [], overwrite, option="report")
    else:
        with pytest.raises(OptionError) as refused:
            require_free_report(path, [], overwrite, option="report")
        assert refused.value.option == "report"


@pytest.mark.parametrize(
    ("content", "replaced"), [(b"", True), (b'{"midframe": "1"}', True), (b'{"mine": 1}', False), (b"\xff", False)]
)
def test_only_our_own_reports_are_replaced_unasked(content: bytes, replaced: bool) -> None:
    report = Path("report.json")
    report.write_bytes(content)
    ours = begins_with('{"midframe": ')
    require_free_report(report, [], overwrite=True, option="report", is_ours=ours)
    if replaced:
        require_free_report(report, [], overwrite=False, option="report", is_ours=ours)
    else:
        with pytest.raises(OutputExistsError, match="midframe did not make it"):
            require_free_report(report, [], overwrite=False, option="report", is_ours=ours)
    with pytest.raises(OutputExistsError):
        require_free_report(report, [], overwrite=False, option="report")


def test_devices_such_as_the_null_device_take_reports() -> None:
    require_free_report(Path(os.devnull), [], overwrite=False, option="report")


def test_places_that_need_not_exist() -> None:
    assert same_place(Path("new"), Path("sub/../new").absolute())
    assert not same_place(Path("new"), Path("sub/new"))
    assert not same_place(Path("in.mp4"), Path("other.mp4"))
    assert not same_place(Path("in.mp4"), Path("new"))
    paths = [Path("a"), Path("sub/b"), Path("sub/../a"), Path("in.mp4")]
    assert shared_places(paths) == [(paths[2], paths[0])]
    assert shared_places(paths, [Path("in.mp4").absolute()]) == [(paths[3], Path("in.mp4").absolute())]


def test_names_in_other_letters_are_the_same_where_the_file_system_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: `A` and `a` are one name for this system."""
    real = output_paths._identity

    def alike(path: Path) -> tuple[int, int] | None:
        name = next((each.name for each in path.parent.glob("*") if each.name.lower() == path.name.lower()), path.name)
        return real(path.with_name(name))

    sensitive = not Path("IN.MP4").exists()
    assert same_place(Path("sub/New.mp4"), Path("sub/new.MP4")) != sensitive
    monkeypatch.setattr(output_paths, "_identity", alike)
    assert same_place(Path("sub/New.mp4"), Path("sub/new.MP4"))
    assert shared_places([Path("New.mp4"), Path("new.mp4")])
    assert is_one_of(Path("IN.mp4"), [Path("in.mp4")])


def test_names_that_no_system_takes() -> None:
    assert not is_one_of(Path("a\0b"), [Path("in.mp4")])
    with pytest.raises(InputError):
        require_free_file(Path("in.mp4/below.mp4"), [], overwrite=True)
