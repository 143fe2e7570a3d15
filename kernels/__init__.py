"""Arrays in, arrays out: the kernels know rows, pushes and rules, and no name of any world or loss."""
