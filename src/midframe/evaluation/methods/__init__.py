"""What draws dropped frames again: networks, and what they must be better than."""
