"""The torch engine and what only it needs."""
