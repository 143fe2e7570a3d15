"""Worlds of the parts."""
