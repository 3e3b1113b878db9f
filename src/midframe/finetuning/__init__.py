"""Adapting the network to footage: every frame of a clip is the truth for its two neighbours."""
