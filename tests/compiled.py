"""Small runs that together use every kernel, so that its machine code is there afterwards."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import popgrad

TABLES: dict[str, Any] = {
    "title": "Two arms",
    "world": {"kind": "bandit", "reward": [0.0, 1.0]},
    "policy": {"kind": "tabular", "head": "logit", "init": {"kind": "normal"}},
    "optimiser": {"kind": "sgd", "learning_rate": 0.1},
    "population": {"networks": 16},
    "training": {"updates": 1},
    "condition": [{"name": "outcome", "loss": {"kind": "outcome", "episodes": 2}}],
}
LABELLED = {**TABLES, "condition": [{"name": "imitation", "loss": {"kind": "imitation"}}]}
SELECT = {"loss": {"below": 0.3}}
EACH = [
    TABLES,
    {**TABLES, "training": {"updates": 1, "ledger": {"behaviours": ["best"]}}},
    {**TABLES, "training": {"updates": 1, "rows": "visits"}},
    {**LABELLED, "training": {"method": "guess_and_check", "select": SELECT}},
    {**LABELLED, "training": {"method": "multilevel_splitting", "select": SELECT}},
]
"""All states evaluated, without a ledger and with one, those visited, and either selection."""


def compile_kernels(processes: int) -> None:
    """Run each once, side by side."""
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in [pool.submit(run, tables) for tables in EACH]:
            done.result()


def run(tables: dict[str, Any]) -> None:
    """One of them, whose result goes."""
    with popgrad.run(tables) as result:
        result.path.unlink()
