"""RIFE 4: the table of versions and the network."""
