"""A block of networks between two updates, as arrays."""

from __future__ import annotations

from typing import NamedTuple

from .tables import Floats, Integers, Longs
from .threefry import Words


class State(NamedTuple):
    """A block of networks between two updates.

    network (n) uint32 ids; weights and residual (tiles, P, lane), the parameter being weights − residual to
    more than float32; velocity and square (tiles, P, lane), an optimiser's first and second moments, empty
    where it has none, and correction (tiles, 2, lane), one minus the powers of their decay; hyper (tiles,
    hyperparameters, lane); kept (tiles, trained rows · outputs, lane), the logits that a rule compares with,
    or where rows are an update's own the weights (tiles, the policy's P, lane) that give them.
    stopped_at, diverged_at (n), crossed_at (tiles, watches, lane),
    explored_at (tiles, behaviours, lane) int32, updates done, −1 for not yet; visits like explored_at, int64.
    rare_at (n) is the first update, from 1, in which some action was too unlikely to have a word of the 2³².
    books and books_residual (tiles, behaviours, entries, lane), compensated like the weights: what a Ledger
    books, added up. Of the first tiles, where it is split: moments (tiles, pairs, P, lane), what each pair's
    pushes left in the first moment, pairs being trained rows · A, and split and split_residual
    (tiles, behaviours, pairs, lane), what these did when they were applied later, added up.
    """

    network: Words
    weights: Floats
    residual: Floats
    velocity: Floats
    square: Floats
    correction: Floats
    hyper: Floats
    kept: Floats
    stopped_at: Integers
    diverged_at: Integers
    crossed_at: Integers
    explored_at: Integers
    visits: Longs
    rare_at: Integers
    books: Floats
    books_residual: Floats
    moments: Floats
    split: Floats
    split_residual: Floats
