"""The JAX backend: one network's update as the gradient of its loss, vmapped over the population."""
