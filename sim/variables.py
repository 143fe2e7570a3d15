"""The variables of a finished file, one table for its writer and its reader."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

CONDITION, NETWORK, TIME = "condition", "network", "time"
BEHAVIOUR, WATCH, PARAMETER = "behaviour", "watch", "parameter"
LEDGER_BEHAVIOUR = "ledger_behaviour"
DIMENSIONS = (CONDITION, NETWORK, TIME, BEHAVIOUR, WATCH, PARAMETER, LEDGER_BEHAVIOUR)

ACCOUNTS = ("signal", "baseline", "entropy")
"""What pushes, for the ledger."""
REST = ("decay", "carried", "unexplained")
"""The ledger's lines of a behaviour that have no state and action."""
CARRIED = "ledger_carried_by_network"


@dataclass(frozen=True)
class Variable:
    """One variable of the file: its dimensions, dtype, what stands where a condition has nothing."""

    dims: tuple[str, ...]
    dtype: str
    fill: float
    long_name: str
    units: str


_SCALARS = (CONDITION, NETWORK)
_CURVES = (*_SCALARS, TIME)
_BEHAVIOURS = (*_SCALARS, BEHAVIOUR)
_BEHAVIOUR_CURVES = (*_SCALARS, TIME, BEHAVIOUR)
_EXPLORED = "first update that sampled it, from 1; -1 never, -2 nothing is sampled"
_CROSSED = "updates done at the first crossing, -1 never, -2 not watched"
VARIABLES = {
    "rate": Variable(_BEHAVIOUR_CURVES, "f4", nan, "probability, or expected count per episode", "1"),
    "margin": Variable(_BEHAVIOUR_CURVES, "f4", nan, "log-odds of the behaviour in its one state", "1"),
    "loss": Variable(_CURVES, "f4", nan, "training objective", "1"),
    "observed_return": Variable(_CURVES, "f4", nan, "expected return on the observed reward", "reward"),
    "intended_return": Variable(_CURVES, "f4", nan, "expected return on the intended reward", "reward"),
    "gradient_norm": Variable(_CURVES, "f4", nan, "norm of the gradient of the next update", "1"),
    "crossed_at": Variable(
        (*_SCALARS, WATCH),
        "i8",
        -2,
        "updates done at the first crossing, -1 never, -2 not watched",
        "updates",
    ),
    "explored_at": Variable(_BEHAVIOURS, "i8", -1, _EXPLORED, "updates"),
    "visits": Variable(_BEHAVIOURS, "i8", -1, "times sampled in training, -2 nothing is sampled", "1"),
    "rare_at": Variable(
        _SCALARS, "i8", -2, "first update, from 1, in which an action had no word; -1 never", "updates"
    ),
    "diverged_at": Variable(
        _SCALARS, "i8", -1, "updates done when weights left the finite, -1 never", "updates"
    ),
    "weights": Variable((*_SCALARS, PARAMETER), "f8", nan, "final weights", "1"),
    "unexplained": Variable(
        (*_SCALARS, LEDGER_BEHAVIOUR), "f8", nan, "change of the behaviour that the ledger did not book", "1"
    ),
}
OPTIONAL = frozenset({"weights", "crossed_at", "rare_at", "unexplained"})  # a block may go without


SELECTED = {
    "attempts": "initial weights tried until some fulfilled the criterion; -1 none did",
    "nearest_loss": "loss that came nearest to its band",
    "hit_rate": "share of initial weights that fulfil the criterion, estimated by multilevel splitting",
}
"""Numbers of each network that was selected."""


def number(name: str) -> Variable:
    """The variable of one number for each network: of its selection, or a hyperparameter drawn for it."""
    return Variable(_SCALARS, "f8", nan, SELECTED.get(name, f"{name}, drawn per network"), "1")
