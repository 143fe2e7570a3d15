"""Reading a ledger: which experience taught a behaviour, in words, as numbers and as figures."""

from .changes import Changes, changes_of
from .reading import BY, Entry, Reading, read, readings

__all__ = ["BY", "Changes", "Entry", "Reading", "changes_of", "read", "readings"]
