"""Builds the CPU kernels: the same C++ sources once per instruction set, each as a library of its own.

The kernels are called through ctypes and use nothing of Python. So their names and the wheel's tag say nothing of a
version of Python: one wheel per platform (`py3-none-<platform>`) serves all.

They are optional. Without a compiler, or with one that does not understand GCC's vector types, the installation
succeeds without them, the wheel is `py3-none-any`, and midframe runs the network through torch alone. With
`MIDFRAME_REQUIRE_KERNELS=1` in the environment, as in builds for a release, it fails instead.
"""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

REQUIRED = "MIDFRAME_REQUIRE_KERNELS"
PACKAGE = "midframe.engines.cpu.kernels"
SOURCE = Path("src/midframe/engines/cpu/kernels/source")
AVX512 = ["-mavx512f", "-mavx512vl", "-mavx512bw", "-mavx512dq", "-mfma", "-mprefer-vector-width=512"]


def library_suffix(platform: str) -> str:
    """As in `library.py`, which looks for the kernels under these names."""
    return {"win32": ".dll", "darwin": ".dylib"}.get(platform, ".so")


def instruction_sets(platform: str) -> dict[str, list[str]]:
    """The flags of each instruction set that is built for a platform, such as `linux-x86_64` or `win-amd64`.

    It may be another than the one that builds: cross builds name theirs in `_PYTHON_HOST_PLATFORM`.
    """
    if platform.rpartition("-")[2] not in {"x86_64", "amd64"}:
        return {"baseline": []}
    return {"baseline": [], "avx2": ["-mavx2", "-mfma"], "avx512": AVX512}


def compile_flags(compiler: str) -> list[str]:
    """What all kernels are compiled with, by the kind of compiler: "unix" (GCC, Clang) or "msvc" (clang-cl)."""
    if compiler == "msvc":
        # The C++ runtime goes in: Python brings no msvcp140.dll.
        return ["/std:c++17", "/O2", "/clang:-O3", "/EHsc", "/MT", "/W3"]
    return ["-std=c++17", "-O3", "-g0", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-psabi", "-pthread"]


def is_required() -> bool:
    """Whether an installation without all kernels is a failure."""
    return os.environ.get(REQUIRED, "") not in {"", "0"}


class BuildKernels(build_ext):
    """Builds libraries for ctypes with the tools for extensions, which know the compiler of this Python."""

    def get_ext_filename(self, ext_name: str) -> str:
        """Without the tag of this Python."""
        return str(Path(*ext_name.split("."))) + library_suffix(sys.platform)

    def get_export_symbols(self, ext: Extension) -> list[str]:  # noqa: ARG002
        """No `PyInit_…`, which Windows' linker would look for; the sources say what is exported."""
        return []

    def get_libraries(self, ext: Extension) -> list[str]:
        """No library of Python."""
        return ext.libraries

    def build_extension(self, ext: Extension) -> None:
        """Build one library; a failure ends the whole build where kernels are required."""
        kind = "msvc" if self.compiler.compiler_type == "msvc" else "unix"
        ext.extra_compile_args = [*compile_flags(kind), *ext.extra_compile_args]
        ext.extra_link_args = [] if kind == "msvc" else ["-pthread"]
        try:
            if kind == "msvc":
                self._use_clang_cl()
            super().build_extension(ext)
        except (CCompilerError, BaseError) as error:
            if not is_required():
                raise  # which is a warning, as the library is optional
            raise SystemExit(
                f"The CPU kernels {ext.name.rpartition('.')[2]} cannot be built, and {REQUIRED} is set. Install a C++ "
                f"compiler (GCC or Clang; clang-cl on Windows), or unset it to build without them.\n{error}"
            ) from error

    def _use_clang_cl(self) -> None:
        """Microsoft's own compiler does not understand vector types; clang-cl does, and takes its options."""
        self.compiler.initialize()
        found = shutil.which("clang-cl")
        if found:
            self.compiler.cc = found


class WheelOfKernels(bdist_wheel):
    """A wheel for any Python 3, and for any platform where there are no kernels in it."""

    def run(self) -> None:
        """Build the kernels first: what there is then decides on the tag."""
        self.run_command("build")
        if not any(Path(file).is_file() for file in self.get_finalized_command("build_ext").get_outputs()):
            self.distribution.ext_modules = []
            self.root_is_pure = True
        super().run()

    def get_tag(self) -> tuple[str, str, str]:
        """The platform is the only part that matters."""
        return "py3", "none", super().get_tag()[2]


def kernels(name: str, flags: list[str]) -> Extension:
    """One library of kernels."""
    return Extension(
        f"{PACKAGE}._{name}",
        sources=sorted(map(str, SOURCE.glob("*.cpp"))),
        depends=sorted(map(str, SOURCE.glob("*.h"))),
        extra_compile_args=flags,
        language="c++",
        optional=not is_required(),
    )


if __name__ == "__main__":
    setup(
        ext_modules=[kernels(name, flags) for name, flags in instruction_sets(sysconfig.get_platform()).items()],
        cmdclass={"build_ext": BuildKernels, "bdist_wheel": WheelOfKernels},
    )
