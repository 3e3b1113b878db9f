"""Fine-tuning of the network on footage: every source frame is the ground truth for its two neighbours."""
