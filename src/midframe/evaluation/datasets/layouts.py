"""How the folders of public benchmarks are laid out. Each function lists a benchmark's samples in its own order.

They raise `DatasetError` where a folder or list is not what it should be; whether the frames themselves are there is
asked by `midframe.evaluation.datasets.samples.select_samples`.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path, PurePosixPath

from midframe.errors import DatasetError
from midframe.evaluation.datasets.samples import Sample, Target

HALF = Fraction(1, 2)

MIDDLEBURY_SCENES = (
    "Beanbags",
    "Dimetrodon",
    "DogDance",
    "Grove2",
    "Grove3",
    "Hydrangea",
    "MiniCooper",
    "RubberWhale",
    "Urban2",
    "Urban3",
    "Venus",
    "Walking",
)
"""The scenes of the "other" set that have a middle frame."""

XIPH_CLIPS = (
    "BoxingPractice",
    "Crosswalk",
    "DrivingPOV",
    "FoodMarket",
    "FoodMarket2",
    "RitualDance",
    "SquareAndTimelapse",
    "Tango",
)
"""In the order of the benchmark's script."""

XIPH_FRAMES = range(2, 99, 2)
"""Numbers of the frames that are interpolated; frames are numbered from 001."""

X4K_LAST = 32
X4K_TARGETS = range(4, X4K_LAST, 4)
"""Numbers of the frames that are interpolated between 0000 and 0032: times 1/8 … 7/8."""


def vimeo90k(root: Path) -> tuple[Sample, ...]:
    """The test triplets: ``tri_testlist.txt`` and ``sequences/00001/0389/im1.png`` (``target/…`` in the test-only set).

    Raises:
        DatasetError: No list, or no folder of sequences next to it.
    """
    names = _lines(root / "tri_testlist.txt", root, "Vimeo90K's triplets (vimeo_triplet or vimeo_interp_test)")
    frames = next((root / name for name in ("sequences", "target") if (root / name).is_dir()), None)
    if frames is None:
        message = f"{root} contains tri_testlist.txt but no folder sequences/; unpack Vimeo90K's triplets there."
        raise DatasetError(message, path=root)
    return tuple(_triplet(name, *(frames / name / f"im{number}.png" for number in (1, 2, 3))) for name in names)


def ucf101(root: Path) -> tuple[Sample, ...]:
    """The triplets of Liu et al. (2017): ``1/frame_00.png``, ``1/frame_01_gt.png``, ``1/frame_02.png``.

    Args:
        root: The folder ucf101_interp_ours, or the one that holds it.

    Raises:
        DatasetError: No numbered folders.
    """
    inner = root / "ucf101_interp_ours"
    folder = inner if inner.is_dir() else root
    numbered = [path for path in _folders(folder) if path.name.isdecimal()]
    if not numbered:
        raise DatasetError(
            f"{root} contains no numbered folders: `root` must be ucf101_interp_ours, which contains 1/frame_00.png "
            "and so on.",
            path=root,
        )
    return tuple(
        _triplet(path.name, path / "frame_00.png", path / "frame_01_gt.png", path / "frame_02.png")
        for path in sorted(numbered, key=lambda path: int(path.name))
    )


def middlebury(root: Path) -> tuple[Sample, ...]:
    """The "other" set: ``other-data/Venus/frame10.png``, ``frame11.png`` and ``other-gt-interp/Venus/frame10i11.png``.

    Raises:
        DatasetError: One of the two folders is missing.
    """
    data, truth = root / "other-data", root / "other-gt-interp"
    for folder in (data, truth):
        if not folder.is_dir():
            message = f"{folder} is missing: `root` must contain Middlebury's other-data/ and other-gt-interp/."
            raise DatasetError(message, path=folder)
    return tuple(
        _triplet(scene, data / scene / "frame10.png", truth / scene / "frame10i11.png", data / scene / "frame11.png")
        for scene in MIDDLEBURY_SCENES
    )


def snu_film(root: Path, level: str) -> tuple[Sample, ...]:
    """One level: ``test-hard.txt`` with three paths in a line.

    The published lists name files from where their authors' code runs (``data/SNU-FILM/test/…``); what stands before
    ``test/`` is left out where the files are not found that way. The lists may also lie in ``eval_modes/``.

    Args:
        root: The folder with the lists and ``test/``.
        level: "easy", "medium", "hard" or "extreme".

    Raises:
        DatasetError: No list, or a line that does not name three files.
    """
    name = f"test-{level}.txt"
    path = next((path for path in (root / name, root / "eval_modes" / name) if path.is_file()), root / name)
    samples = []
    for number, line in enumerate(_lines(path, root, "SNU-FILM"), start=1):
        entries = line.split()
        if len(entries) != 3:
            message = f"Line {number} of {path} must name three files, not {line!r}. Unpack SNU-FILM again."
            raise DatasetError(message, path=path)
        left, truth, right = (_listed_file(root, entry) for entry in entries)
        samples.append(_triplet(f"{truth.parent.name}/{truth.stem}", left, truth, right))
    return tuple(samples)


def xiph(root: Path) -> tuple[Sample, ...]:
    """Eight clips as ``Tango-001.png`` … ``Tango-100.png``; every second frame is interpolated from its neighbours.

    Args:
        root: The folder with the frames, or one that holds them in ``netflix/``.

    Raises:
        DatasetError: No frames of these clips.
    """
    inner = root / "netflix"
    folder = inner if inner.is_dir() else root
    if not any(True for clip in XIPH_CLIPS for _ in folder.glob(f"{clip}-*.png")):
        raise DatasetError(f"{root} contains no frames of the Xiph clips, such as {XIPH_CLIPS[0]}-001.png.", path=root)
    return tuple(
        _triplet(f"{clip}-{number:03}", *(folder / f"{clip}-{number + step:03}.png" for step in (-1, 0, 1)))
        for clip in XIPH_CLIPS
        for number in XIPH_FRAMES
    )


def x4k1000fps(root: Path) -> tuple[Sample, ...]:
    """X-TEST: ``test/Type1/TEST01_…/0000.png`` … ``0032.png``; seven frames between the first and the last.

    Args:
        root: The folder that holds ``test/``, or ``test/`` itself.

    Raises:
        DatasetError: No scenes.
    """
    inner = root / "test"
    folder = inner if inner.is_dir() else root
    scenes = [scene for kind in _folders(folder) for scene in _folders(kind)]
    if not scenes:
        raise DatasetError(
            f"{root} contains no scenes: `root` must contain X-TEST as test/Type1/TEST01_…/0000.png; decode its videos "
            "first.",
            path=root,
        )
    return tuple(
        Sample(
            f"{scene.parent.name}/{scene.name}",
            scene / "0000.png",
            scene / f"{X4K_LAST:04}.png",
            tuple(Target(scene / f"{number:04}.png", Fraction(number, X4K_LAST)) for number in X4K_TARGETS),
        )
        for scene in scenes
    )


def _triplet(name: str, left: Path, truth: Path, right: Path) -> Sample:
    return Sample(name, left, right, (Target(truth, HALF),))


def _lines(path: Path, root: Path, label: str) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        message = f"{path} is missing: `root` must be the folder of {label}, not {root}."
        raise DatasetError(message, path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read: {error}. Unpack {label} again.", path=path) from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise DatasetError(f"{path} is empty. Unpack {label} again.", path=path)
    return lines


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _listed_file(root: Path, entry: str) -> Path:
    """The file that a list names."""
    plain = root / entry
    parts = PurePosixPath(entry).parts
    if "test" not in parts or plain.is_file():
        return plain
    return root.joinpath(*parts[parts.index("test") :])
