"""Compiled kernels: only functions of arrays, only NumPy and Numba."""
