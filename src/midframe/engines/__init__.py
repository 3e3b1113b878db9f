"""What runs the network. Engines differ in speed and hardware; they agree on the result."""
