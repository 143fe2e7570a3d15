"""Worlds in which something is known exactly, as files that an experiment names."""
