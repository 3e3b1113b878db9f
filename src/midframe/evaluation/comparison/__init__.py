"""Comparing two pictures, sequences or videos side by side."""
