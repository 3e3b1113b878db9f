"""Tries wheels in minimal Debian systems that have nothing but Python, as an ordinary user."""
