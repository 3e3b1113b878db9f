"""Measures of how like two pictures are, each in a module of its own."""
