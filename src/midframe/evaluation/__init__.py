"""Evaluation of interpolation: frames are dropped, interpolated, and compared with the truth."""
