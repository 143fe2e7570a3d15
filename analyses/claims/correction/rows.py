"""The rules, and how each is trained: a row is one rule on one kind of policy by one optimiser.

Of tables h = 0.5 is how far an update moves the log-odds where the gradient on them is 1, as in the closed
forms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import Literal

from ...theory import forms
from ...theory.arms import HEADS, begins
from ...theory.forms import EXPECTED_REWARD, Form, logit, sigmoid
from ...theory.rules import OTHER_WAYS, TABLE, Rule
from ..claim import Table

H = 0.5
ADAM: Table = {"kind": "adam", "learning_rate": 0.05}
EPISODES = 16
WRONG_LABELS = 0.2
"""The share of wrong labels where labels are sampled; without it they would leave nothing to chance."""
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
        form: of its expected gradient in a table, where there is one.
        counted: from an initial probability to the updates of a table by the same gradient, where these
            are counted along it in float64; less a half, so that they lie within the update that was last.
        expected: the exponent as ε → 0 in words, where theory names one.
    """

    name: str
    way: Way
    keys: Table
    adam: bool = False
    form: Form | None = None
    expected: str = ""
    counted: Callable[[float], float] | None = None

    @property
    def cell(self) -> str:
        """Its name among all rows."""
        return f"{self.name}, {self.way}{', Adam' if self.adam else ''}"

    @property
    def lawful(self) -> bool:
        """Whether theory says how long it takes."""
        return self.counted is not None or self.form is not None

    def law(self, epsilon: float) -> float:
        """Updates of a table to 1/2, before they are rounded up."""
        if self.counted:
            return self.counted(epsilon)
        if self.form is None:
            raise ValueError(f"{self.cell} has no law")
        return self.form.updates(epsilon, 0.5, H)


def _by_prediction(epsilon: float) -> float:
    """Of logits that predict what their arms pay, 1 and 0, each learned as often as it is acted on."""
    good, bad, done = logit(epsilon) / 2, -logit(epsilon) / 2, 0
    while good <= bad:
        p = sigmoid(good - bad)
        good, bad, done = good + STEP * p * (1 - good), bad - STEP * (1 - p) * bad, done + 1
    return done - 0.5


def _by_adam(form: Form, epsilon: float) -> float:
    """Of Adam's steps along a form's gradient."""
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


SLOWER = "1/2, less a logarithm"
"""An exponent as ε → 0: the bad action's prediction falls to the truth first, and leaves odds of √ε."""

RETURNS: Table = {"kind": "return_conditioned", "edges": [0.5]}
CONSEQUENCE: Table = {"kind": "consequence"}
STEP = H / 2
SLOW: Table = {"optimiser.learning_rate": STEP}


def exact_rows() -> tuple[Row, ...]:
    """Every rule that theory has a law for, and five of them by Adam."""
    rows = [_exact(name, rule) for name, rule in (TABLE | OTHER_WAYS).items()]
    returns: Table = {"loss": {**RETURNS, "estimator": "exact"}, **SLOW}
    rows.append(Row("return_conditioned", "exact", returns, form=EXPECTED_REWARD, expected="1"))
    acts: Table = {"loss": {**CONSEQUENCE, "estimator": "exact"}, **SLOW}
    rows.append(Row("consequence", "exact", acts, expected=SLOWER, counted=_by_prediction))
    for name in ("cross_entropy", "all_actions", "reward", "squared_error", "preference_0.5"):
        rule = TABLE[name]
        keys: Table = {"loss": rule.loss, "optimiser": ADAM}
        rows.append(Row(name, "exact", keys, adam=True, counted=partial(_by_adam, rule.form)))
    return tuple(rows)


def sampled_rows() -> tuple[Row, ...]:
    """Rules on the network's own sampled episodes."""
    one: Table = {"episodes": 1, "baseline": "none"}
    many: Table = {"episodes": EPISODES}
    scored: Table = {"kind": "process", **many, "rule": "unlikelihood", "baseline": "none"}
    paired: Table = {"kind": "preference", **many, "beta": 0.5, "pairs": "own", "estimator": "sampled"}
    normalised: Table = {"kind": "outcome", **many, "rule": "normalised", "baseline": "mean"}
    disapproval: Table = {"loss": {"kind": "process", **one}, "world.approval": [0.0, -1.0]}
    acts: Table = {"loss": {**CONSEQUENCE, **many}, **SLOW}

    natural: Table = {**REWARD, "rule": "natural"}
    labels: Table = {"kind": "imitation", "estimator": "minibatch", "rows": EPISODES}

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
        Row("consequence", "sampled", acts, expected=SLOWER, counted=_by_prediction),
        row("natural", {"loss": natural, "optimiser.learning_rate": H}, None, ""),
        row(
            "noisy labels",
            {"loss": labels, "world.demonstrator": [1 - WRONG_LABELS, WRONG_LABELS]},
            None,
            "log",
        ),
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
