"""The version, in one place: packaging, provenance and `popgrad --version` read it here."""

__version__ = "0.1.0"
