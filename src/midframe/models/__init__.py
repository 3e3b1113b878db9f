"""The RIFE 4 networks: their table, their definition, their weights and where to get them."""
