"""The fused engine's kernels: C++ sources, the libraries built from them, and the binding."""
