"""The stages of the method, one file each: they check, cast and call kernels."""
