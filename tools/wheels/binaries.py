"""What a library of kernels may need and must offer, whichever Python loads it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from io import BytesIO

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

ALLOWED_LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
EXECUTABLE = 1
"""PF_X, the flag of a segment whose contents may be run."""


def binary_defects(content: bytes, functions: Collection[str]) -> Iterator[str]:
    """One line for everything that is wrong with a library that must offer exactly `functions`."""
    library = ELFFile(BytesIO(content))
    symbols = library.get_section_by_name(".dynsym")
    assert isinstance(symbols, SymbolTableSection)
    needed, offered = set(), set()
    for symbol in symbols.iter_symbols():
        if symbol.name:
            (needed if symbol["st_shndx"] == "SHN_UNDEF" else offered).add(symbol.name)
    of_python = sorted(name for name in needed if name.startswith(("Py", "_Py")))
    if of_python:
        yield f"needs Python's {', '.join(of_python)}"
    if missing := sorted(set(functions) - offered):
        yield f"lacks {', '.join(missing)}"
    if more := sorted(offered - set(functions)):
        yield f"offers more than the kernels: {', '.join(more[:10])}"
    dynamic = library.get_section_by_name(".dynamic")
    assert isinstance(dynamic, DynamicSection)
    libraries = {tag.needed for tag in dynamic.iter_tags() if tag.entry.d_tag == "DT_NEEDED"}
    if others := sorted(libraries - ALLOWED_LIBRARIES):
        yield f"needs {', '.join(others)}"
    stacks = [segment["p_flags"] for segment in library.iter_segments() if segment["p_type"] == "PT_GNU_STACK"]
    if not stacks or any(flags & EXECUTABLE for flags in stacks):
        yield "has an executable stack"
