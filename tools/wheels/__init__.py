"""The files of a release: how source distribution and wheels are built, and what is checked in them."""
