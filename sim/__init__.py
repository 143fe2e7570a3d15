"""What is simulated, and the running of it."""
