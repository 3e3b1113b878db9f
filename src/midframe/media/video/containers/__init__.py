"""Structures of MP4 and Matroska files that PyAV neither shows nor lets be set."""
