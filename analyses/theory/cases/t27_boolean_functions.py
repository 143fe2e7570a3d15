"""Boolean functions of a perceptron with random weights: as many ones as zeros, and every count alike.

A linear threshold f(x) = [w·x > 0] on {0, 1}ⁿ, without bias, whose weights have a law symmetric under
w_i → −w_i, is true of T inputs with

    P(T = t) = 2⁻ⁿ,    t = 0 … 2ⁿ − 1

whatever the law. Isotropic weights say more: P(f) is the share of directions w in the cone of f. For n = 3
the seven planes w·x = 0 cut space into 32 cones, and the triangle of directions between edges a, b, c has

    tan(Ω/2) = |a·(b × c)| / (1 + a·b + b·c + c·a),    P = Ω/4π

(Van Oosterom and Strackee 1983). Two inputs alone are answered alike with probability 1 − arccos(ρ)/π, ρ the
cosine of the angle between them (Sheppard 1899).

Reference: Mingard et al. 2019 (arXiv 1909.11522), theorem 4.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise, product

import numpy as np

from ....sim.runfile import Run
from ..arms import IMITATION, experiment, own_world, share_error
from ..booleans import truths
from ..case import Case, Curve, Effort, Plot
from ..predictions import Array, Counts, Share

LINEAR = {"kind": "linear", "head": "logit", "init": {"kind": "normal"}}
PAIRS = ((8, 24), (24, 12), (7, 28), (31, 1), (30, 15))
"""Of inputs of five bits, as numbers."""


def cases(effort: Effort) -> Iterator[Case]:
    """The number of inputs of which it is true; which function it is; and agreement on pairs of inputs."""
    networks = effort.population(20_000)
    conditions = {
        f"{bits} bits": {"loss": IMITATION, "world": own_world("boolean", bits=bits)} for bits in (3, 5)
    }
    tables = experiment(
        "Boolean functions of a perceptron",
        conditions,
        policy=LINEAR,
        population={"networks": networks},
    )
    counts = [
        Counts(f"how many networks are true of t inputs, {name}", _uniform(bits), _true_of(name, bits))
        for name, bits in (("3 bits", 3), ("5 bits", 5))
    ]
    functions = Counts("how many networks are each function of 3 bits", of_three_bits(), _each_function)
    pairs = [
        Share(f"agree on {a:05b} and {b:05b}", sheppard(_bits(a, 5), _bits(b, 5)), _agree(a, b))
        for a, b in PAIRS
    ]
    title = "functions of a perceptron without bias: every number of ones alike, each by its solid angle"
    yield Case("T27.perceptron", title, tables, (*counts, functions, *pairs), _plot)


def of_three_bits() -> Array:
    """(128,): the probability of each function of the seven inputs that are not 0."""
    planes = np.array([_bits(i, 3) for i in range(1, 8)], float)
    rays = np.array([np.cross(a, b) for a, b in combinations(planes, 2)])
    rays = np.unique((rays / np.linalg.norm(rays, axis=1)[:, None]).round(12), axis=0)
    rays = np.concatenate([rays, -rays])
    found = []
    for true in product((0, 1), repeat=7):
        sides = np.where(true, 1.0, -1.0)
        edges = np.unique(rays[((rays @ planes.T) * sides > -1e-9).all(axis=1)], axis=0)
        flat = len(edges) < 3 or np.linalg.matrix_rank(edges, tol=1e-6) < 3
        found.append(0.0 if flat else _solid_angle(edges) / (4 * np.pi))
    return np.array(found)


def sheppard(a: Array, b: Array) -> float:
    """The probability that two linear margins have the same sign."""
    cosine = float(a @ b / np.sqrt((a @ a) * (b @ b)))
    return 1 - float(np.arccos(cosine)) / np.pi


def _solid_angle(edges: Array) -> float:
    """Of the cone that some unit vectors span, by triangles about its first edge in the order around it."""
    centre = edges.mean(axis=0) / np.linalg.norm(edges.mean(axis=0))
    across = edges - np.outer(edges @ centre, centre)
    x = across[0] / np.linalg.norm(across[0])
    around = np.argsort(np.arctan2(across @ np.cross(centre, x), across @ x))
    a, *others = edges[around]
    total = 0.0
    for b, c in pairwise(others):
        total += 2 * np.arctan2(abs(a @ np.cross(b, c)), 1 + a @ b + b @ c + c @ a)
    return total


def _bits(number: int, bits: int) -> Array:
    return np.array([number >> k & 1 for k in reversed(range(bits))], float)


def _uniform(bits: int) -> Array:
    return np.append(np.full(2**bits, 2.0**-bits), 0)


def _true_of(name: str, bits: int):
    return lambda run: np.bincount(truths(run, name, bits).sum(axis=1), minlength=2**bits + 1)


def _each_function(run: Run) -> np.ndarray:
    numbers = truths(run, "3 bits", 3)[:, 1:] @ (1 << np.arange(7)[::-1])
    return np.bincount(numbers, minlength=128)


def _agree(a: int, b: int):
    def measure(run: Run) -> Array:
        table = truths(run, "5 bits", 5)
        return table[:, a] == table[:, b]

    return measure


def _plot(run: Run) -> Plot:
    curves = []
    for name, bits in (("3 bits", 3), ("5 bits", 5)):
        shares = _true_of(name, bits)(run)[:-1] / len(run.networks)
        t, flat = np.arange(2**bits), _uniform(bits)[:-1]
        curves.append(Curve(name, t, flat, t, shares, share_error(flat, run)))
    return Plot("inputs of which it is true", "share of networks", tuple(curves))
