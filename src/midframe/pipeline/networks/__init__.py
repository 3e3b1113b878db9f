"""What a job wants of a network, and how one is loaded within a memory budget."""
