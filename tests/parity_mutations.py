"""Faults that are planted in either backend's rules, and the loss by which each is to be found."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from mutations import Mutation, beside
from parity_lanes import Case


@dataclass(frozen=True)
class Fault(Mutation):
    """A mutation, and the case that is to find it."""

    case: Case


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
    Fault(
        "the sign of a baseline",
        "kernels/lanes/sampled.py",
        "return (total - own) * splat(",
        "return (own - total) * splat(",
        LEAVE_ONE_OUT,
    ),
    Fault(
        "a factor of a baseline",
        "kernels/lanes/sampled.py",
        "return total * splat(f(1.0) / episodes)",
        "return total * splat(f(2.0) / episodes)",
        MEAN,
    ),
    Fault(
        "1/E",
        "kernels/lanes/sampled.py",
        "    none = splat(f(0.0))\n    share = splat(f(1.0) / f(episodes))\n    for number",
        "    none = splat(f(0.0))\n    share = splat(f(1.0))\n    for number",
        CONDITIONED,
    ),
    Fault(
        "the discount of a push",
        "kernels/lanes/sampled.py",
        "        scale = splat(plan.episodes.weight[step])\n",
        "        scale = splat(f(1.0))\n",
        DISCOUNTED,
    ),
    Fault(
        "the condition of a clip",
        "kernels/lanes/sampled.py",
        "return select(above | below, zero, rho)",
        "return select(above & below, zero, rho)",
        CLIPPED,
    ),
    Fault(
        "episodes that have ended",
        "kernels/lanes/expected.py",
        "variance = ended * mean * mean",
        "variance = splat(f(0.0))",
        NORMALISED,
    ),
    Fault(
        "1/Σd",
        "kernels/lanes/shape.py",
        "g / select(told, p, one) * scale",
        "g / select(told, p, one)",
        NATURAL,
    ),
    Fault(
        "the sign of the entropy",
        "kernels/lanes/shape.py",
        "down = splat(f(0.0)) - hyper(state, tile, ENTROPY)",
        "down = hyper(state, tile, ENTROPY)",
        ENTROPY,
    ),
    Fault("π of an odds", "kernels/lanes/shape.py", "c = c * p / others", "c = c / others", UNLIKELY),
    Fault(
        "1/A of a squared error",
        "kernels/lanes/shape.py",
        "c = p * (c - total * p) * share",
        "c = p * (c - total * p)",
        SQUARED,
    ),
    Fault(
        "the label of a query", "kernels/lanes/rollout.py", "select(alive, own + label, own)", "own", ASKED
    ),
    Fault(
        "wrong labels",
        "kernels/lanes/pairs.py",
        "(truth * logistic(back) - noise * logistic(margin))",
        "(truth * logistic(back))",
        PAIRS,
    ),
)
XLA = (
    Fault(
        "the sign of a baseline",
        "kernels/xla/sampled.py",
        "subtracted = baseline(",
        "subtracted = -baseline(",
        LEAVE_ONE_OUT,
    ),
    Fault(
        "a factor of a baseline", "kernels/xla/sampled.py", "return total / episodes", "return total", MEAN
    ),
    Fault(
        "1/E", "kernels/xla/sampled.py", "[:, None] / context.plan.sampling.episodes\n", "[:, None]\n", PLAIN
    ),
    Fault(
        "the discount of a push",
        "kernels/xla/sampled.py",
        "share = jnp.asarray(context.plan.episodes.weight)[:, None]",
        "share = jnp.ones_like(context.plan.episodes.weight)[:, None]",
        DISCOUNTED,
    ),
    Fault(
        "the condition of a clip",
        "kernels/xla/sampled.py",
        "jnp.clip(rho, 1 - limit, 1 + limit) * advantage\n",
        "rho * advantage\n",
        CLIPPED,
    ),
    Fault("episodes that have ended", "kernels/xla/exact.py", " + ended * mean**2", "", NORMALISED),
    Fault(
        "1/Σd",
        "kernels/xla/natural.py",
        "jnp.where(told, scale * mass, 1)",
        "jnp.where(told, scale, 1)",
        NATURAL,
    ),
    Fault(
        "the sign of the entropy",
        "kernels/xla/exact.py",
        "paid = -context.hyper[Hyperparameter.ENTROPY]",
        "paid = context.hyper[Hyperparameter.ENTROPY]",
        ENTROPY,
    ),
    Fault(
        "½ and 1/A of a squared error",
        "kernels/xla/shapes.py",
        " / (2 * plan.actions)",
        " / plan.actions",
        SQUARED,
    ),
    Fault(
        "the label of a query",
        "kernels/xla/sampled.py",
        "batch.gain + label, batch.gain",
        "batch.gain, 0",
        ASKED,
    ),
    Fault("wrong labels", "kernels/xla/pairs.py", " + noise * preference(hyper, -margin)", "", PAIRS),
    Fault("which logit is pinned", "kernels/xla/policy.py", "((0, 0), (1, 0))", "((0, 0), (0, 1))", LOGIT),
)


def lanes_of(copy: Path, cases: list[Case], out: Path) -> None:
    """Write the gradients of some cases by the lanes of a copy."""
    command = [sys.executable, str(copy / "tests" / "parity_lanes.py"), str(out), *map("/".join, cases)]
    subprocess.run(command, check=True, env=beside(copy), cwd=copy.parent)
