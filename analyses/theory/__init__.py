"""Held against theory: experiments whose outcome is known exactly, and the verdict on each."""
