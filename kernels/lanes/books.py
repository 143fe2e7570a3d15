"""Working memory of the ledger: what is kept of a step's start, and what is made of its end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tables import Floats, TrainingPlan

BOOKS = "books."
"""What the names of these arrays begin with where they stand beside the others."""


class Books(NamedTuple):
    """Flat arrays, each (..., lane), empty without a ledger.

    Of the start: hidden (layers but the last, rows, width) and weights (P); gradient (P), the pushes' own,
    before the optimiser made a step of it; baseline and entropy (trained, A), their parts of the push table;
    shrink (1), the factor of the policy's clipping.
    Of the behaviours, on the ledger's rows: layers like Scratch.values, back the same on the way back,
    probability (rows, A), pull (rows, A), worth (H, N, A); value (2, K) and slopes (2, K, P), at both ends of
    a step, change (K), between them, mean (K, P), along it, and refined (P), another of one behaviour.
    Of a step: multiplier (P), what the optimiser multiplied a gradient by; tangent (P), the direction of the
    forward-mode pass, moved like Scratch.values of the trained rows, how their logits move with it, and added
    (widest layer of those), a part of it.
    Of one push: layers_alone like Scratch.values of all rows, and alone (P), its gradient.
    """

    hidden: Floats
    weights: Floats
    gradient: Floats
    baseline: Floats
    entropy: Floats
    shrink: Floats
    layers: Floats
    back: Floats
    probability: Floats
    pull: Floats
    worth: Floats
    value: Floats
    slopes: Floats
    change: Floats
    mean: Floats
    refined: Floats
    multiplier: Floats
    tangent: Floats
    moved: Floats
    added: Floats
    layers_alone: Floats
    alone: Floats


def book_sizes(training: TrainingPlan) -> dict[str, int]:
    """How many vectors each array of `Books` needs, by its name behind BOOKS."""
    ledger, network, actions = training.ledger, training.network, training.actions
    table = ledger.evaluations
    behaviours = len(table.setting)
    on = behaviours > 0
    widths = network.widths
    hidden, all_layers = int(widths[1:-1].sum()), int(widths[1:].sum() or widths[0])
    rows, trained = len(ledger.rows.features), training.rows.trained
    steps = table.horizon * np.diff(table.states) * actions
    split = bool(ledger.split)
    sizes = {
        "hidden": len(training.rows.features) * hidden,
        "weights": network.parameters,
        "gradient": network.parameters,
        "baseline": trained * actions * ledger.baseline,
        "entropy": trained * actions * ledger.entropy,
        "layers": rows * all_layers,
        "back": rows * all_layers,
        "probability": rows * actions,
        "pull": rows * actions,
        "worth": int(steps.max(initial=0)),
        "value": 2 * behaviours,
        "slopes": 2 * behaviours * network.parameters,
        "change": behaviours,
        "mean": behaviours * network.parameters,
        "refined": network.parameters,
        "multiplier": network.parameters,
        "tangent": network.parameters,
        "moved": trained * all_layers,
        "layers_alone": len(training.rows.features) * all_layers * split,
        "alone": network.parameters * split,
        "added": trained * int(widths[-1] if len(widths) == 1 else widths[1:].max()),
    }
    return {BOOKS + "shrink": 1} | {BOOKS + name: size * on for name, size in sizes.items()}
