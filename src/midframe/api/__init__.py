"""The Python interface: arrays, pictures and tensors in, the same kind out."""
