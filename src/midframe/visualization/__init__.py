"""Contact sheets, flow pictures, and the files that they are written to."""
