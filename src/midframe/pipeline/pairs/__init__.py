"""What neighbouring frames are to each other, and drawing what lies between them."""
