"""Frames from video files: the index of their times, decoding, damage, and what is unusual in them."""
