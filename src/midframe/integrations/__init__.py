"""midframe inside other programs: one package for each, on the interface for Python."""
