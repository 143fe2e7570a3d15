"""Worlds of the claim, as files that its experiments name."""
