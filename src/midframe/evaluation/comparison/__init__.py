"""Looking at two pictures, sequences or videos at once."""
