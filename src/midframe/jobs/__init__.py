"""What is to be done, resolved and checked, and how much of it an earlier run has done."""
