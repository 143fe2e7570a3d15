"""Worlds of the claim."""
