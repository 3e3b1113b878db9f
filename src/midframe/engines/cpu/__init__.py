"""The fused engine for CPUs: weights packed for C++ kernels, and the calls between them."""
