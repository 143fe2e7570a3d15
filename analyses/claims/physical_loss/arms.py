"""The losses that are compared, and the credit that each gives to the action that was executed."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..claim import Table
from .settings import Settings

SAMPLED, CONDITIONED = 0.1, 0.2
"""Learning rates: of the score function and of cross-entropy, and of conditioning on the return."""

PREDICTION = 0.003
"""The learning rate of predictions, whose outputs are returns and not log-odds."""


@dataclass(frozen=True)
class Arm:
    """A loss.

    Args:
        name: of it in conditions and figures.
        loss: its table.
        credit: what credit an executed action gets: `return` for what follows, `step` for its own step,
            `query` where another action gets it, `none`.
        rate: the learning rate.
        corrupts: which column the register gives in `worlds/read_through.py`; none in the usual world.
    """

    name: str
    loss: Table
    credit: str
    rate: float = SAMPLED
    corrupts: str = ""
    keys: Table = field(default_factory=dict)


def arms(settings: Settings) -> tuple[Arm, ...]:
    """All of them, in the order of figures."""
    steps = settings.horizon
    own = {"episodes": settings.episodes, "baseline": "leave_one_out"}
    bins = [steps * part / 4 for part in (1, 2, 3, 4, 5, 6)]
    conditioned = {"kind": "return_conditioned", "encoding": "one_hot", "episodes": 2 * settings.episodes}
    return (
        Arm("imitation", {"kind": "imitation"}, "none"),
        Arm("labels on own states", _labels(settings), "none"),
        Arm("secure outcome", {"kind": "secure_outcome", **own}, "return"),
        Arm("process", {"kind": "process", **own}, "step"),
        Arm("outcome", {"kind": "outcome", **own}, "return"),
        Arm("outcome, exact", {"kind": "outcome", "estimator": "exact"}, "return"),
        Arm(
            "prediction",
            {"kind": "consequence", "temperature": 1.0, "episodes": settings.episodes},
            "return",
            PREDICTION,
        ),
        Arm("return asked for: work's", {**conditioned, "edges": bins[:4]}, "return", CONDITIONED),
        Arm("return asked for: more", {**conditioned, "edges": bins}, "return", CONDITIONED),
        Arm("observed process", {"kind": "observed_process", **own}, "step"),
        Arm("MONA", {"kind": "mona", **own}, "step"),
        Arm("decoupled approval", _decoupled(settings), "query"),
        Arm("labels read there", _labels(settings), "none", corrupts="labels"),
        Arm("decoupled, read there", _decoupled(settings), "query", corrupts="approval"),
    )


def _labels(settings: Settings) -> Table:
    return {"kind": "imitation", "states": "own", "estimator": "sampled", "episodes": settings.episodes}


def _decoupled(settings: Settings) -> Table:
    return {"kind": "decoupled_approval", "episodes": settings.episodes, "baseline": "leave_one_out"}


SECURE = ("imitation", "labels on own states", "secure outcome", "process")
PAID = ("outcome", "outcome, exact", "prediction", "return asked for: work's", "return asked for: more")
MYOPIC = ("observed process", "MONA")
DECOUPLED = ("decoupled approval",)
READ_THERE = ("labels read there", "decoupled, read there")
PROBED = ("imitation", "secure outcome", "outcome", "prediction", "observed process", "MONA")
"""Of the experiment with lamps."""
