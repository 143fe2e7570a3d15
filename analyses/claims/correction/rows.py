"""The rules, and how each is trained: a row is one rule on one kind of policy by one optimiser.

Of tables h = 0.5 is how far an update moves the log-odds where the gradient on them is 1, as in the closed
forms. Rows with the form `None` have no closed form here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from ...theory import forms
from ...theory.arms import HEADS, begins
from ...theory.forms import EXPECTED_REWARD, Form, logit
from ...theory.rules import OTHER_WAYS, TABLE, Rule
from ..claim import Table

H = 0.5
ADAM: Table = {"kind": "adam", "learning_rate": 0.05}
EPISODES = 16
APPROVED, DISAPPROVED = "approval of one action", "disapproval of one action"

REWARD: Table = {"kind": "outcome", "episodes": EPISODES, "baseline": "leave_one_out"}

Way = Literal["exact", "sampled", "layer"]
"""A table and the exact gradient; a table and sampled episodes; one hidden layer, by the exact gradient
unless the row's name says otherwise."""


@dataclass(frozen=True)
class Row:
    """One rule on one kind of policy by one optimiser.

    Args:
        name: short, of its rule.
        way: the policy, and where gradients come from.
        keys: of its condition, `loss` among them.
        adam: whether by Adam and not by plain descent.
        form: of its expected gradient in a table; None where there is none here.
        expected: the exponent as ε → 0 in words, where theory names one.
    """

    name: str
    way: Way
    keys: Table
    adam: bool = False
    form: Form | None = None
    expected: str = ""

    @property
    def cell(self) -> str:
        """Its name among all rows."""
        return f"{self.name}, {self.way}{', Adam' if self.adam else ''}"

    def law(self, epsilon: float) -> float:
        """Updates of a table to 1/2, before they are rounded up: by the closed form, or Adam's, counted."""
        if self.form is None:
            raise ValueError(f"{self.cell} has no closed form")
        return _by_adam(self.form, epsilon) if self.adam else self.form.updates(epsilon, 0.5, H)


def _by_adam(form: Form, epsilon: float) -> float:
    """Half an update before Adam's steps along a form's gradient are seen to have passed 1/2, in float64."""
    z0 = z = logit(epsilon)
    mean = square = 0.0
    done = 0
    while z <= 0:
        g, done = form.g(z, z0), done + 1
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g * g
        size = (mean / (1 - 0.9**done)) / (sqrt(square / (1 - 0.999**done)) + 1e-8)
        z += HEADS["softmax"] * ADAM["learning_rate"] * size
    return done - 0.5


def condition(row: Row, epsilon: float) -> str:
    """The name of a row's condition at an initial probability."""
    return f"{row.cell}, {epsilon:g}"


LIMITS = {
    **dict.fromkeys(("cross_entropy", "all_actions", "natural", "sign", "unlikelihood", "tsallis_1"), "log"),
    **dict.fromkeys(("normalised", "tsallis_half"), "1/2"),
    **{f"preference_{beta}": beta for beta in ("0.1", "0.5", "1")},
    **dict.fromkeys(("entropy_0.05", "entropy_0.1"), "1, less a logarithm"),
    "two_steps": "2",
    "three_steps": "3",
}
"""Exponents as ε → 0; of the others, 1."""


def _exact(name: str, rule: Rule) -> Row:
    kappa = rule.kappa["softmax"]
    keys = {"loss": rule.loss, "optimiser.learning_rate": H / kappa, **rule.changes}
    return Row(name, "exact", keys, form=rule.form, expected=LIMITS.get(name, "1"))


RETURNS: Table = {"kind": "return_conditioned", "edges": [0.5]}
CONSEQUENCE: Table = {"kind": "consequence"}
STEP = H / 2
SLOW: Table = {"optimiser.learning_rate": STEP}


def exact_rows() -> tuple[Row, ...]:
    """Every rule that has a closed form, two that have their own, and five by Adam."""
    rows = [_exact(name, rule) for name, rule in (TABLE | OTHER_WAYS).items()]
    returns: Table = {"loss": {**RETURNS, "estimator": "exact"}, **SLOW}
    rows.append(Row("return_conditioned", "exact", returns, form=EXPECTED_REWARD, expected="1"))
    acts: Table = {"loss": {**CONSEQUENCE, "estimator": "exact"}, **SLOW}
    rows.append(Row("consequence", "exact", acts, expected="1/2, less a logarithm"))
    for name in ("cross_entropy", "all_actions", "reward", "squared_error", "preference_0.5"):
        rule = TABLE[name]
        rows.append(Row(name, "exact", {"loss": rule.loss, "optimiser": ADAM}, adam=True, form=rule.form))
    return tuple(rows)


def sampled_rows() -> tuple[Row, ...]:
    """Rules on the network's own sampled episodes."""
    one: Table = {"episodes": 1, "baseline": "none"}
    many: Table = {"episodes": EPISODES}
    scored: Table = {"kind": "process", **many, "rule": "unlikelihood", "baseline": "none"}
    paired: Table = {"kind": "preference", **many, "beta": 0.5, "pairs": "own", "estimator": "sampled"}
    normalised: Table = {"kind": "outcome", **many, "rule": "normalised", "baseline": "mean"}
    disapproval: Table = {"loss": {"kind": "process", **one}, "world.approval": [0.0, -1.0]}

    def row(name: str, keys: Table, form: Form | None = None, expected: str = "1") -> Row:
        return Row(name, "sampled", {**SLOW, **keys}, form=form, expected=expected)

    return (
        row(APPROVED, {"loss": {"kind": "outcome", **one}}, EXPECTED_REWARD),
        row(DISAPPROVED, disapproval, EXPECTED_REWARD),
        row("reward", {"loss": REWARD}, EXPECTED_REWARD),
        row("normalised", {"loss": normalised}, forms.NORMALISED_REWARD, ""),
        row("clipped", {"loss": {**REWARD, "rule": "clipped"}}, EXPECTED_REWARD),
        row(
            "decoupled",
            {"loss": {"kind": "decoupled_approval", **many, "baseline": "leave_one_out"}},
            forms.times(EXPECTED_REWARD, 2),
        ),
        row("unlikelihood", {"loss": scored}, forms.UNLIKELIHOOD, "log"),
        row("preference_0.5, own pairs", {"loss": paired}),
        row("return_conditioned", {"loss": {**RETURNS, **many}}, EXPECTED_REWARD),
        row("consequence", {"loss": {**CONSEQUENCE, **many}}, expected="1/2, less a logarithm"),
        Row("reward", "sampled", {"loss": REWARD, "optimiser": ADAM}, adam=True),
    )


def layer_rows() -> tuple[Row, ...]:
    """Rules on networks of one hidden layer, by both optimisers."""
    chosen = ("cross_entropy", "all_actions", "preference_0.5", "normalised", "squared_error", "reward")
    slow: Table = {"optimiser.learning_rate": 0.05}
    adam: Table = {"optimiser": {**ADAM, "learning_rate": 0.01}}
    return (
        *(
            Row(
                name,
                "layer",
                {"loss": TABLE[name].loss, **slow},
                False,
                TABLE[name].form,
                LIMITS.get(name, "1"),
            )
            for name in chosen
        ),
        *(
            Row(name, "layer", {"loss": TABLE[name].loss, **adam}, adam=True)
            for name in ("cross_entropy", "preference_0.5", "reward")
        ),
        Row("reward, sampled", "layer", {"loss": REWARD, **slow}, False, EXPECTED_REWARD, "1"),
        Row("reward, sampled", "layer", {"loss": REWARD, **adam}, adam=True),
    )


def begun(row: Row, epsilon: float) -> Table:
    """A condition of a table of logits from an initial probability."""
    return {"name": condition(row, epsilon), "policy": begins(epsilon), **row.keys}
