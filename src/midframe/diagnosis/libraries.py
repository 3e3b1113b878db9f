"""The libraries that midframe uses: what for, which versions are here, and whether they can be loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from midframe.diagnosis.findings import LibraryState
from midframe.diagnosis.isolated import IsolatedError, Remote, call_isolated
from midframe.diagnosis.requirements import allowed_versions, fits, plain_name
from midframe.extras import LIBRARIES, LOAD_ERRORS, is_installed


@dataclass(frozen=True)
class Library:
    """A row of the tables below.

    Attributes:
        module: Name that it is imported under.
        package: Name of the package that it is installed with.
        purpose: What it is for, in a few words.
    """

    module: str
    package: str
    purpose: str


REQUIRED = (
    Library("av", "av", "videos (FFmpeg)"),
    Library("filelock", "filelock", "locks of outputs and of the cache"),
    Library("imagecodecs", "imagecodecs", "PNG, AVIF, JPEG XL and others"),
    Library("natsort", "natsort", "the order of file names"),
    Library("numpy", "numpy", "arrays"),
    Library("OpenEXR", "OpenEXR", "OpenEXR"),
    Library("PIL", "pillow", "JPEG, WebP, GIF and others"),
    Library("platformdirs", "platformdirs", "the place of the cache"),
    Library("psutil", "psutil", "free memory"),
    Library("requests", "requests", "downloads"),
    Library("safetensors", "safetensors", "weights"),
    Library("tifffile", "tifffile", "TIFF"),
    Library("tqdm", "tqdm", "progress bars"),
    Library("typer", "typer", "the command line"),
    Library("urllib3", "urllib3", "downloads"),
)
"""Libraries that are always needed, as in pyproject.toml."""

PURPOSES = {
    "cv2": "evaluating",
    "jinja2": "reports, review pages",
    "ncnn": "the engine ncnn (Vulkan)",
    "onnx": "the engine onnx, exporting",
    "onnxruntime": "the engine onnx",
    "openvino": "the engine onnx (OpenVINO)",
    "pillow_heif": "HEIC pictures",
    "pytorch_msssim": "evaluating, adapting",
    "ray": "several machines",
    "scipy": "evaluating",
    "skimage": "evaluating, comparing",
    "starlette": "the app in the browser",
    "torch": "the engine torch (GPUs), adapting",
    "uvicorn": "the app in the browser",
    "vapoursynth": "filters in VapourSynth, mpv",
}
"""What the libraries of `midframe.extras.LIBRARIES` are for."""

OPTIONAL = tuple(
    Library(module, package, PURPOSES.get(module, "")) for module, (_, package) in sorted(LIBRARIES.items())
)

TRIED_ELSEWHERE = frozenset({"torch", "ncnn", "onnx", "onnxruntime", "pytorch_msssim"})
"""Libraries that the checks of engines load, and one that does nothing but load torch."""


@dataclass(frozen=True)
class Loaded:
    """What came of loading a library: the version that it states itself, and why it failed."""

    version: str = ""
    failure: str | None = None


_LOAD_MODULES = Remote[dict[str, Loaded]](__name__, "load_modules")


def look_at_libraries() -> tuple[LibraryState, ...]:
    """The state of all libraries. Those that are installed are loaded in another process."""
    rows = (*REQUIRED, *OPTIONAL)
    installed = {row.module for row in rows if is_installed(row.module)}
    loaded = _load([row.module for row in rows if row.module in installed - TRIED_ELSEWHERE])
    allowed = allowed_versions()
    return tuple(_state(row, row.module in installed, loaded.get(row.module, Loaded()), allowed) for row in rows)


def load_modules(*modules: str) -> dict[str, Loaded]:
    """Load libraries, one after the other; for a process of its own."""
    return {module: _load_one(module) for module in modules}


def _load(modules: Sequence[str]) -> dict[str, Loaded]:
    try:
        return call_isolated(_LOAD_MODULES, *modules)
    except IsolatedError as error:
        if len(modules) == 1:
            return {modules[0]: Loaded(failure=str(error))}
    # One of them takes the process with it: try each by itself.
    return {module: loaded for each in modules for module, loaded in _load([each]).items()}


def _load_one(module: str) -> Loaded:
    try:
        found = getattr(import_module(module), "__version__", "")
    except LOAD_ERRORS as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
        return Loaded(failure=f"cannot be loaded ({first.rstrip('.') or type(error).__name__})")
    return Loaded(found if isinstance(found, str) else "")


def _state(row: Library, installed: bool, loaded: Loaded, allowed: dict[str, str]) -> LibraryState:
    found = (_packaged_version(row) or loaded.version) if installed else None
    wanted = allowed.get(plain_name(row.package), "")
    return LibraryState(
        row.package,
        row.purpose,
        row in REQUIRED,
        found,
        wanted,
        found is None or fits(found, wanted),
        loaded.failure,
    )


def _packaged_version(row: Library) -> str:
    """The version of the package that a library came with, which may be another one, such as onnxruntime-gpu."""
    try:
        return version(row.package) or ""
    except PackageNotFoundError:
        return _version_of_another(row.module)
    except LOAD_ERRORS:
        # The package's own files are damaged.
        return ""


def _version_of_another(module: str) -> str:
    try:
        return next((version(package) or "" for package in packages_distributions().get(module, ())), "")
    except LOAD_ERRORS:
        # Files of any package are.
        return ""
