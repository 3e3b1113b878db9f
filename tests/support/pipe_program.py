"""Stands for the programs that the documentation puts at the ends of pipes: ``python pipe_program.py NAME ARGUMENTS``.

Those that send make a few pictures, as Y4M or, as ``sender``, raw; those that receive take everything and fail if that
is nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

WIDTH, HEIGHT, FRAMES = 64, 48, 4
RAW_SIZE = (1280, 720)


def y4m() -> bytes:
    """Pictures that get lighter, 4:2:0."""
    pictures = (bytes([40 + 30 * number]) * (WIDTH * HEIGHT * 3 // 2) for number in range(FRAMES))
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F25:1 Ip A1:1 C420jpeg\n".encode()
    return header + b"".join(b"FRAME\n" + picture for picture in pictures)


def raw() -> bytes:
    """Two pictures, R, G, B."""
    width, height = RAW_SIZE
    return b"".join(bytes([value]) * (width * height * 3) for value in (60, 90))


def main(name: str, *arguments: str) -> None:
    if name == "sender":
        sys.stdout.buffer.write(raw())
    elif name == "vspipe" or (name == "ffmpeg" and arguments[-1] == "-"):
        sys.stdout.buffer.write(y4m())
    else:
        received = sys.stdin.buffer.read()
        if not received:
            sys.exit(f"{name}: nothing came in")
        if name == "ffmpeg":
            Path(arguments[-1]).write_bytes(received)


if __name__ == "__main__":
    main(*sys.argv[1:])
