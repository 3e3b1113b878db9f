"""A filter for VapourSynth; only `filter` and `frames` in here import it."""
