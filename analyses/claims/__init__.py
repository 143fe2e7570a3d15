"""Claims: questions with two sides, an experiment for each, and a verdict by a rule written down before."""
