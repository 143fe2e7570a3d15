"""Worlds of this claim."""
