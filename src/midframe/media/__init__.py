"""Frames in, frames out: files on one side, `midframe.types.Frame` on the other."""
