"""The Numba backend for CPUs: one SIMD lane is one network, a tile is sixteen of them."""
