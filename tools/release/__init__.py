"""What comes before a release: the text about it, and a run of everything that has to hold."""
