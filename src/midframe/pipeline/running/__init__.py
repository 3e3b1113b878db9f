"""Carrying a job out: reader, executor, placing and writer, all at once, in bounded memory."""
