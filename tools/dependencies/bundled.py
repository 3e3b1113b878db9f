"""Libraries that come inside of the wheels of others on Linux, and their licences.

From the texts that the libraries publish, and where wheels have them, from those in the wheel. A test finds libraries
that are missing here.
"""

from __future__ import annotations

import re

LGPL_OR_GPL = "LGPL-3.0-or-later OR GPL-2.0-or-later"

GCC = dict.fromkeys(("gfortran", "gomp"), "GPL-3.0-or-later WITH GCC-exception-3.1") | {"quadmath": "LGPL-2.1-or-later"}
"""Runtime libraries of GCC; the exception permits use with programs of any licence."""

FFMPEG = ("avcodec", "avdevice", "avfilter", "avformat", "avutil", "swresample", "swscale")

X11 = dict.fromkeys(("Xau", "drm", "xcb", "xcb-shape", "xcb-shm", "xcb-xfixes"), "MIT")

WEBP = dict.fromkeys(("sharpyuv", "webp", "webpdemux", "webpmux"), "BSD-3-Clause")

BROTLI = dict.fromkeys(("brotlicommon", "brotlidec", "brotlienc"), "MIT")

BUNDLED: dict[str, dict[str, str]] = {
    "av": {
        **dict.fromkeys(FFMPEG, "LGPL-3.0-or-later"),
        **X11,
        **WEBP,
        "SvtAv1Enc": "BSD-3-Clause-Clear",
        "asound": "LGPL-2.1-or-later",
        "dav1d": "BSD-2-Clause",
        "gmp": LGPL_OR_GPL,
        "gnutls": "LGPL-2.1-or-later",
        "hogweed": LGPL_OR_GPL,
        "mp3lame": "LGPL-2.0-or-later",
        "nettle": LGPL_OR_GPL,
        "opencore-amrnb": "Apache-2.0",
        "opencore-amrwb": "Apache-2.0",
        "opus": "BSD-3-Clause",
        "unistring": LGPL_OR_GPL,
        "vpl": "MIT",
        "vpx": "BSD-3-Clause",
        "x264": "GPL-2.0-or-later",
        "x265": "GPL-2.0-or-later",
    },
    "imagecodecs": {
        **WEBP,
        **BROTLI,
        **GCC,
        "Lerc": "Apache-2.0",
        "SPERR": "Apache-2.0",
        "SZ3c": "SZ3 licence, like BSD",
        "aec": "BSD-2-Clause",
        "aom": "BSD-2-Clause",
        "avif": "BSD-2-Clause",
        "blosc": "BSD-3-Clause",
        "blosc2": "BSD-3-Clause",
        "charls": "BSD-3-Clause",
        "cpcodec": "Apache-2.0",
        "deflate": "MIT",
        "gif": "MIT",
        "jpeg": "IJG AND BSD-3-Clause AND Zlib",
        "jpegxr": "BSD-2-Clause",
        "jxl": "BSD-3-Clause",
        "jxl_cms": "BSD-3-Clause",
        "jxl_threads": "BSD-3-Clause",
        "jxrglue": "BSD-2-Clause",
        "lcms2": "MIT",
        "lz4": "BSD-2-Clause",
        "lzfse": "BSD-3-Clause",
        "lzhamcomp": "public domain",
        "lzhamdecomp": "public domain",
        "lzhamdll": "public domain",
        "lzma": "0BSD",
        "lzokay": "MIT",
        "lzokay-c": "MIT",
        "meshoptimizer": "MIT",
        "openjp2": "BSD-2-Clause",
        "openjph": "BSD-2-Clause",
        "png16": "libpng-2.0",
        "snappy": "BSD-3-Clause",
        "sz": "BSD-2-Clause",
        "tiff": "libtiff",
        "uhdr": "Apache-2.0",
        "zfp": "BSD-3-Clause",
        "zopfli": "Apache-2.0",
        "zstd": "BSD-3-Clause",
    },
    "ncnn": GCC,
    "numpy": {**GCC, "scipy_openblas64_": "BSD-3-Clause"},
    "opencv-python-headless": {
        **dict.fromkeys(FFMPEG, "LGPL-2.1-or-later"),
        **GCC,
        "aom": "BSD-2-Clause",
        "avif": "BSD-2-Clause",
        "crypto": "OpenSSL",
        "drm": "MIT",
        "openblasp-r0": "BSD-3-Clause",
        "png16": "libpng-2.0",
        "ssl": "OpenSSL",
        "vpx": "BSD-3-Clause",
    },
    "pillow": {
        **WEBP,
        **BROTLI,
        "Xau": "MIT",
        "avif": "BSD-2-Clause",
        "freetype": "FTL",
        "harfbuzz": "MIT-Modern-Variant",
        "jpeg": "IJG AND BSD-3-Clause AND Zlib",
        "lcms2": "MIT",
        "lzma": "0BSD",
        "openjp2": "BSD-2-Clause",
        "png16": "libpng-2.0",
        "tiff": "libtiff",
        "xcb": "MIT",
        "zstd": "BSD-3-Clause",
    },
    "pillow-heif": {"de265": "LGPL-3.0-or-later", "heif": "LGPL-3.0-or-later", "x265": "GPL-2.0-or-later"},
    "scikit-image": GCC,
    "scipy": {**GCC, "scipy_openblas": "BSD-3-Clause"},
}
"""For each package, the libraries in its wheel by name, with their licences."""


def library_name(file: str) -> str:
    """The name of a library, from that of a file as auditwheel writes it: `x264` from `libx264-d6533a8d.so.165`."""
    found = re.fullmatch(r"lib(.+?)-?(?:-[0-9a-f]{8})*(?:\.[\d.]+)?\.so(?:\.[\w.]+)?", file)
    if found is None:
        return file
    return re.sub(r"(?:-[0-9a-f]{8})+$", "", found[1])
