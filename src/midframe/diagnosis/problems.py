"""What is wrong in a diagnosis, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from midframe.diagnosis.diagnose import Diagnosis
from midframe.diagnosis.findings import TESTED_MODEL, CacheState, Check, KernelState, LibraryState, Problem
from midframe.extras import TORCH_DOES_NOT_LOAD, pip_install, pip_reinstall, pip_uninstall

LITTLE_SPACE = 1_000_000_000
"""Free bytes below which a disk is soon full."""

REINSTALL = "Install midframe again."

KERNELS = "MIDFRAME_KERNELS"
"""Environment variable that can disable the CPU kernels."""

_TRIED = {
    "engine torch": "torch",
    "engine ncnn": "ncnn",
    "engine onnx": "onnxruntime",
    "H.264": "av",
    "FFV1": "av",
    "OpenEXR": "OpenEXR",
    "PNG": "imagecodecs",
    "TIFF": "tifffile",
}
"""The package that a check tries, by what its subject begins with."""

_ATTEMPTS = {"trying videos": "av"}
"""The package that is tried, by the subject of a failure."""


def find_problems(diagnosis: Diagnosis) -> tuple[Problem, ...]:
    """All problems, those that break something first."""
    found = [
        *_of_libraries(diagnosis.libraries),
        *_of_failures(diagnosis),
        *(_of_kernels(diagnosis.kernels) if diagnosis.kernels else ()),
        *_of_checks(diagnosis),
        *_of_devices(diagnosis),
        *(_of_cache(diagnosis.cache) if diagnosis.cache else ()),
        *_of_disks(diagnosis),
        *_of_encoders(diagnosis),
    ]
    return tuple(sorted(found, key=lambda problem: problem.severity != "broken"))


def is_broken(problems: Iterable[Problem]) -> bool:
    """Whether something that is installed does not work."""
    return any(problem.severity == "broken" for problem in problems)


def _of_libraries(libraries: tuple[LibraryState, ...]) -> Iterator[Problem]:
    # Others load numpy, and are well again when it is.
    for library in sorted(libraries, key=lambda library: library.package != "numpy"):
        wanted = f"{library.package}{library.allowed}"
        quoted = f"'{wanted}'" if library.allowed else wanted
        if library.version is None:
            if library.required:
                text = f"{library.package} is not installed, and midframe needs it."
                yield Problem("broken", text, "Install it:", (pip_install(quoted),))
        elif library.failure is not None:
            text = f"{library.package} {library.version} {library.failure}."
            yield _reinstalled(text, quoted, removable=None if library.required else library.package)
        elif not library.fits:
            yield Problem(
                "advice",
                f"{library.package} {library.version} is installed, and midframe is made for {library.allowed}.",
                "If something does not work, install another version:",
                (pip_install(quoted),),
            )


def _of_failures(diagnosis: Diagnosis) -> Iterator[Problem]:
    if _lacks_libraries(diagnosis):
        # All else fails for that reason.
        return
    for subject, reason in diagnosis.failures.items():
        text = f"{subject[0].upper()}{subject[1:]} {reason}."
        package = _ATTEMPTS.get(subject)
        if package is None:
            yield Problem("broken", text, "Repair what else is broken first; if nothing is, install midframe again.")
        else:
            yield _reinstalled(text, package, removable=None)


def _lacks_libraries(diagnosis: Diagnosis) -> bool:
    """Whether a library that midframe cannot do without is missing or broken."""
    return any(library.required and (library.version is None or library.failure) for library in diagnosis.libraries)


def _of_kernels(kernels: KernelState) -> Iterator[Problem]:
    for name, reason in kernels.failures.items():
        yield Problem("broken", f"The CPU kernels for {name} cannot be loaded: {reason}.", REINSTALL)


def _of_checks(diagnosis: Diagnosis) -> Iterator[Problem]:
    lacking = _lacks_libraries(diagnosis)
    for check in diagnosis.checks:
        # Reports of such a library say more than a check that did not come to what it tries.
        if check.state == "failed" and not (lacking and check.subject == "pictures"):
            yield _of_check(check)


def _of_check(check: Check) -> Problem:
    text = f"{check.subject[0].upper()}{check.subject[1:]}: {check.words.rstrip('.')}."
    if check.subject.startswith("engine cpu"):
        return Problem("broken", text, "Try MIDFRAME_KERNELS=baseline, install midframe again, and report it.")
    package = next((name for begin, name in _TRIED.items() if check.subject.startswith(begin)), None)
    if package is None:
        return Problem("broken", text, REINSTALL)
    return _reinstalled(text, package, removable=package if check.subject.startswith("engine") else None)


def _reinstalled(text: str, wanted: str, removable: str | None) -> Problem:
    """Something whose library is to be installed again, or removed if midframe can do without it."""
    again = pip_reinstall(wanted)
    if removable is None:
        return Problem("broken", text, "Install it again:", (again,))
    return Problem("broken", text, "Install it again, or remove it:", (again, pip_uninstall(removable)))


def _of_devices(diagnosis: Diagnosis) -> Iterator[Problem]:
    inventory = diagnosis.inventory
    if inventory is None:
        return
    if inventory.auto_engine is None:
        disabled = any(each.name == KERNELS and each.value.lower() == "off" for each in diagnosis.variables)
        yield Problem(
            "broken",
            f"No engine runs on {', '.join(inventory.auto)}.",
            f"Unset {KERNELS}, or install PyTorch:" if disabled else "Install a wheel of midframe, or PyTorch:",
            (pip_install("torch"),),
        )
    failed = any(check.state == "failed" and check.subject.startswith("engine torch") for check in diagnosis.checks)
    for sentence in inventory.advice:
        if failed and sentence == TORCH_DOES_NOT_LOAD:
            # That its check failed says more.
            continue
        text, _, remedy = sentence.partition(". ")
        yield Problem("advice", f"{text.rstrip('.')}.", remedy)


def _of_cache(cache: CacheState) -> Iterator[Problem]:
    if cache.failure is not None:
        yield Problem("broken", cache.failure, "Correct MIDFRAME_CACHE or MIDFRAME_CATALOG.")
    for model in cache.models:
        if model.fault is not None:
            yield Problem(
                "broken",
                f"The weights of {model.name} in the cache are damaged: the file {model.fault}.",
                "Download them again:",
                (f"midframe models pull {model.name}",),
            )
    there = any(model.name == cache.default_model and model.fault is None for model in cache.models)
    if cache.unwritable is not None:
        yield Problem(
            "advice" if there else "broken",
            f"The cache cannot be written ({cache.unwritable}), so that no weights can be downloaded.",
            "Name another folder in MIDFRAME_CACHE, or make this one writable.",
        )
    if not there and cache.default_model:
        tried = ", and engines were tried with built-in ones" if cache.default_model == TESTED_MODEL else ""
        text = f"The weights of the default model {cache.default_model} are not in the cache{tried}."
        if cache.unwritable is not None:
            # What is broken comes before.
            remedy = "Name another folder first, and then download them:"
        elif cache.offline:
            remedy = "Copy the cache of another machine; or unset MIDFRAME_OFFLINE and download them:"
        else:
            remedy = "The first job downloads them; or download them now:"
        yield Problem("advice", text, remedy, ("midframe models pull",))


def _of_disks(diagnosis: Diagnosis) -> Iterator[Problem]:
    for disk in diagnosis.disks:
        if disk.failure is not None:
            words = "The current folder" if disk.purpose == "current folder" else f"The folder for {disk.purpose}"
            remedy = "Make it usable, or use another one; TMPDIR names that for temporary files."
            yield Problem("broken", f"{words} cannot be used: {disk.failure.rstrip('.')}.", remedy)
        elif disk.free is not None and disk.free < LITTLE_SPACE:
            yield Problem("advice", f"The disk of the {disk.purpose} is almost full.", "Free some space.")


def _of_encoders(diagnosis: Diagnosis) -> Iterator[Problem]:
    missing = [name for name, there in diagnosis.video.encoders.items() if not there] if diagnosis.video else []
    if missing:
        yield Problem(
            "advice",
            f"This build of PyAV has no encoders {', '.join(missing)}.",
            "Install the one of the Python index:",
            (pip_reinstall("av"),),
        )
