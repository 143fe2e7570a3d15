"""What is read from runs: statistics, figures and the commands that draw them; never a kernel."""
