"""Entries of the catalogue that wait for a feature, by name: the list is to shrink in the open."""

from __future__ import annotations

from types import MappingProxyType

PENDING = MappingProxyType(
    {
        "T22 Price's equation": "populations that copy themselves",
        "T23 quasispecies": "populations that copy themselves",
        "T24 Moran's copier": "populations that copy themselves",
        "T26 multilinear quanta": "skills, several tasks of one network",
        "T27c description length of Boolean functions": "Boolean priors",
        "T27d Boolean prior of networks of seven inputs": "Boolean priors",
        "T27e descent against the prior": "Boolean priors",
        "T28 absorption by chance": "worlds whose catastrophes end a network's training",
        "T30 held-out error over environments": "selection among hypotheses on sampled environments",
    }
)
"""What is not verified yet -> what it waits for."""
