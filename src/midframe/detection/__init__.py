"""Scene cuts, static pairs and duplicates."""
