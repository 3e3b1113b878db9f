"""Midframe inside other programs; each package here adapts the public interface to one of them."""
