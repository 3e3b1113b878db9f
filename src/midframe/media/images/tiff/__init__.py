"""TIFF: single images, and stacks whose pages are frames."""
