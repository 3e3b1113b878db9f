"""Review: which pairs of an input will be interpolated badly, why, and what could be done about each."""
