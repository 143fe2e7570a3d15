"""Faults that are planted in either backend's rules, and the loss by which each is to be found.

A sign, a factor, a term that is left out: each is a change of text in one file, which must be there once.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from parity_lanes import Case

ROOT = Path(__file__).resolve().parents[1]


class Mutation(NamedTuple):
    """Text of a file under kernels/ and what stands in its place; the case that is to find it."""

    what: str
    file: str
    old: str
    new: str
    case: Case

    def text(self, root: Path) -> str:
        """The file's, mutated.

        Raises:
            ValueError: the old text is not there, or more than once.
        """
        source = (root / "kernels" / self.file).read_text()
        if source.count(self.old) != 1:
            raise ValueError(f"{self.what}: {self.file} has {self.old!r} {source.count(self.old)} times")
        return source.replace(self.old, self.new)


PLAIN = Case("plain", "tanh_5", "coin_line_2")
DISCOUNTED = Case("plain", "tanh_5", "branching")
MEAN = Case("mean", "tanh_5", "coin_line_2")
LEAVE_ONE_OUT = Case("leave one out", "tanh_5", "coin_line_2")
CLIPPED = Case("clipped", "tanh_5", "coin_line_2")
NORMALISED = Case("normalised", "tanh_5", "branching")
NATURAL = Case("natural", "tabular", "coin_line_2")
ENTROPY = Case("entropy", "tanh_5", "coin_line_2")
UNLIKELY = Case("unlikelihood", "tanh_5", "coin_line_2")
ASKED = Case("asked", "tanh_5", "bandit")
CONDITIONED = Case("conditioned", "tanh_5", "bandit")
PAIRS = Case("noisy pairs", "tanh_5", "bandit")
SQUARED = Case("squared error", "tanh_5", "coin_line_2")
LOGIT = Case("cross-entropy", "linear_logit", "coin_line_2")
SOUND = (Case("cross-entropy", "tanh_5", "bandit"), Case("exact", "tanh_5", "coin_line_2"))
"""Cases that no mutation touches."""

LANES = (
    Mutation(
        "the sign of a baseline",
        "lanes/sampled.py",
        "return (total - own) * splat(",
        "return (own - total) * splat(",
        LEAVE_ONE_OUT,
    ),
    Mutation(
        "a factor of a baseline",
        "lanes/sampled.py",
        "return total * splat(f(1.0) / episodes)",
        "return total * splat(f(2.0) / episodes)",
        MEAN,
    ),
    Mutation(
        "1/E",
        "lanes/sampled.py",
        "    none = splat(f(0.0))\n    share = splat(f(1.0) / f(episodes))\n    for number",
        "    none = splat(f(0.0))\n    share = splat(f(1.0))\n    for number",
        CONDITIONED,
    ),
    Mutation(
        "the discount of a push",
        "lanes/sampled.py",
        "        scale = splat(plan.episodes.weight[step])\n",
        "        scale = splat(f(1.0))\n",
        DISCOUNTED,
    ),
    Mutation(
        "the condition of a clip",
        "lanes/sampled.py",
        "return select(above | below, zero, rho)",
        "return select(above & below, zero, rho)",
        CLIPPED,
    ),
    Mutation(
        "episodes that have ended",
        "lanes/expected.py",
        "variance = ended * mean * mean",
        "variance = splat(f(0.0))",
        NORMALISED,
    ),
    Mutation(
        "1/Σd",
        "lanes/shape.py",
        "g / select(told, p, one) * scale",
        "g / select(told, p, one)",
        NATURAL,
    ),
    Mutation(
        "the sign of the entropy",
        "lanes/shape.py",
        "down = splat(f(0.0)) - hyper(state, tile, ENTROPY)",
        "down = hyper(state, tile, ENTROPY)",
        ENTROPY,
    ),
    Mutation("π of an odds", "lanes/shape.py", "c = c * p / others", "c = c / others", UNLIKELY),
    Mutation(
        "1/A of a squared error",
        "lanes/shape.py",
        "c = p * (c - total * p) * share",
        "c = p * (c - total * p)",
        SQUARED,
    ),
    Mutation("the label of a query", "lanes/rollout.py", "select(alive, own + label, own)", "own", ASKED),
    Mutation(
        "wrong labels",
        "lanes/pairs.py",
        "(truth * logistic(back) - noise * logistic(margin))",
        "(truth * logistic(back))",
        PAIRS,
    ),
)
XLA = (
    Mutation(
        "the sign of a baseline",
        "xla/sampled.py",
        "advantage = batch.gain - baseline(",
        "advantage = batch.gain + baseline(",
        LEAVE_ONE_OUT,
    ),
    Mutation("a factor of a baseline", "xla/sampled.py", "return total / episodes", "return total", MEAN),
    Mutation("1/E", "xla/sampled.py", "[:, None] / context.plan.sampling.episodes\n", "[:, None]\n", PLAIN),
    Mutation(
        "the discount of a push",
        "xla/sampled.py",
        "share = jnp.asarray(context.plan.episodes.weight)[:, None]",
        "share = jnp.ones_like(context.plan.episodes.weight)[:, None]",
        DISCOUNTED,
    ),
    Mutation(
        "the condition of a clip",
        "xla/sampled.py",
        "jnp.clip(rho, 1 - limit, 1 + limit) * advantage)",
        "rho * advantage)",
        CLIPPED,
    ),
    Mutation("episodes that have ended", "xla/exact.py", " + ended * mean**2", "", NORMALISED),
    Mutation(
        "1/Σd", "xla/natural.py", "jnp.where(told, scale * mass, 1)", "jnp.where(told, scale, 1)", NATURAL
    ),
    Mutation(
        "the sign of the entropy",
        "xla/exact.py",
        "paid = -context.hyper[Hyperparameter.ENTROPY]",
        "paid = context.hyper[Hyperparameter.ENTROPY]",
        ENTROPY,
    ),
    Mutation(
        "½ and 1/A of a squared error", "xla/shapes.py", " / (2 * plan.actions)", " / plan.actions", SQUARED
    ),
    Mutation(
        "the label of a query", "xla/sampled.py", "batch.gain + label, batch.gain", "batch.gain, 0", ASKED
    ),
    Mutation("wrong labels", "xla/pairs.py", " + noise * preference(hyper, -margin)", "", PAIRS),
    Mutation("which logit is pinned", "xla/policy.py", "((0, 0), (1, 0))", "((0, 0), (0, 1))", LOGIT),
)


def mutated_copy(folder: Path, mutations: tuple[Mutation, ...]) -> Path:
    """The package and its tests under `folder`, every mutation planted."""
    skipped = shutil.ignore_patterns(
        ".*", "__pycache__", "docs", "*.egg-info", "build", "dist", "demo", "*.h5*"
    )
    copy = folder / "popgrad"
    shutil.copytree(ROOT, copy, ignore=skipped)
    for mutation in mutations:
        (copy / "kernels" / mutation.file).write_text(mutation.text(copy))
    return copy


def lanes_of(copy: Path, cases: list[Case], out: Path) -> None:
    """Write the gradients of some cases by the lanes of a copy, which keeps its machine code to itself."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(copy.parent), str(copy / "tests")]),
        "XDG_CACHE_HOME": str(copy.parent / "cache"),
    }
    command = [sys.executable, str(copy / "tests" / "parity_lanes.py"), str(out), *map("/".join, cases)]
    subprocess.run(command, check=True, env=environment, cwd=copy.parent)


@contextmanager
def planted(mutation: Mutation) -> Iterator[None]:
    """The running functions of a file with the code of its mutated text; as they were afterwards."""
    module = importlib.import_module("popgrad.kernels." + mutation.file.removesuffix(".py").replace("/", "."))
    fresh = {"__name__": module.__name__, "__package__": module.__package__, "__file__": module.__file__}
    code = compile(mutation.text(ROOT), str(module.__file__), "exec", dont_inherit=True)
    exec(code, fresh)
    changed = {}
    for name, function in vars(module).items():
        other = fresh.get(name)
        if not (isinstance(function, types.FunctionType) and isinstance(other, types.FunctionType)):
            continue
        if function.__module__ == module.__name__ and function.__code__ != other.__code__:
            changed[name] = function.__code__
            function.__code__ = other.__code__
    try:
        assert changed, f"{mutation.what}: no function of {mutation.file} is another"
        yield
    finally:
        for name, code in changed.items():
            vars(module)[name].__code__ = code
