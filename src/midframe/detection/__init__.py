"""Detection of scene cuts, static pairs and duplicate frames."""
