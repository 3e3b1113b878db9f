"""Public benchmarks of frame interpolation: their folders, how their papers score, and what has been published."""
