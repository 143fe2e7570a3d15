"""A loss is four choices: where states come from, which signal is read, by what rule, how the policy acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ..kernels.choices import Hyperparameter
from ..kernels.threefry import MAX_EPISODES
from .errors import Fault
from .plugin.bound import Bound
from .population import Scalar
from .world import World

if TYPE_CHECKING:
    from .critic import Critic
    from .policy import Policy

States = Literal["contexts", "demonstrator", "own"]
Labels = Literal["sampled", "all"]
Estimator = Literal["exact", "sampled"]
Episodes = Annotated[int, Field(ge=1, le=MAX_EPISODES)]
Epochs = Annotated[int, Field(ge=1, le=2**31 - 1)]
Rule = Literal[
    "cross_entropy",
    "squared_error",
    "tsallis",
    "score_function",
    "normalised",
    "natural",
    "clipped",
    "unlikelihood",
    "regression",
    "preference",
    "own_loss",
    "own_rule",
]
Credit = Literal["action", "labels", "query", "target", "pairs", "own_pairs", "episodes"]

DEFAULT_EPISODES = 16
PREDICTS = "that predicts each action's return"


def episode_faults(estimator: str | None, episodes: int | None) -> list[Fault]:
    """Episodes of an estimator that has none."""
    if estimator != "exact" or episodes is None:
        return []
    return [Fault("episodes", str(episodes), 'none with estimator = "exact", which samples nothing')]


def episodes_of(estimator: str | None, episodes: int | None) -> int:
    """E of an estimator, 16 by default; 1 where nothing is sampled."""
    return (episodes or DEFAULT_EPISODES) if estimator == "sampled" else 1


@dataclass(frozen=True)
class Targets:
    """Returns as a part of what the policy sees.

    Args:
        edges: ascending returns between the bins.
        target: the bin that is acted at.
        encoding: `scalar`, one feature b/(B − 1), or `one_hot`, B features.
    """

    edges: tuple[float, ...]
    target: int
    encoding: Literal["scalar", "one_hot"]

    @property
    def bins(self) -> int:
        """B, how many bins there are."""
        return len(self.edges) + 1


@dataclass(frozen=True)
class Loss:
    """What an update reads and what it makes of it.

    Args:
        states: `contexts`, a fixed distribution; `demonstrator`, the states of its episodes; `own`, the
            states of the network's own episodes.
        signal: the (state, action) columns whose sum is read.
        entry: the one that is read on entering a terminal state.
        rule: what the signal becomes.
        estimator: `exact`, `sampled` by episodes, or `minibatch` of rows.
        credit: what is pushed: the action taken, all actions by their labels, a queried action, the action in
            the row of the return that was reached, or the better of two actions or episodes.
        myopic: whether an action is credited with its own signal only, not with what follows.
        executed: columns that an executed action adds to a queried one's signal, the second one negated.
        expected: the columns whose expectation the signal has, where those are others.
        episodes, rows, baseline, epochs: of the estimators and rules that have them.
        acting: how outputs are acted on: as logits, as predictions with a temperature, or greedily.
        scalars: the loss's hyperparameters.
        critic: the learned baseline.
        targets: the bins of returns, where rows are (bin, state).
        own: the function of a plug-in that the rules `own_loss` and `own_rule` stand for.
    """

    states: States
    signal: tuple[str, ...]
    rule: Rule
    estimator: Literal["exact", "sampled", "minibatch"]
    credit: Credit = "action"
    entry: str | None = None
    myopic: bool = False
    executed: tuple[str, str] | None = None
    expected: tuple[str, ...] | None = None
    episodes: int = 1
    rows: int = 1
    baseline: Literal["none", "mean", "leave_one_out", "value", "critic"] = "none"
    epochs: int = 1
    acting: Literal["logits", "softmax", "epsilon_greedy"] = "logits"
    scalars: tuple[tuple[Hyperparameter, Scalar], ...] = ()
    critic: Critic | None = None
    targets: Targets | None = None
    own: Bound | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that an update reads; it sees no others."""
        where = () if self.states == "own" else (self.states,)
        entry = (self.entry,) if self.entry else ()
        return tuple(dict.fromkeys((*where, *self.signal, *(self.executed or ()), *entry)))

    @property
    def supervised(self) -> bool:
        """Whether an update counts visits as a distribution of states, undiscounted."""
        return self.rule in ("cross_entropy", "squared_error", "tsallis", "preference", "own_loss")

    @property
    def weighs_by_discount(self) -> bool:
        """Whether a visit at step t counts γᵗ."""
        return not self.supervised and self.rule != "regression"

    @property
    def of_policy(self) -> bool:
        """Whether the loss is a functional of the policy alone, and not of an update's episodes or memory."""
        return self.rule not in ("regression", "preference", "own_loss") and self.credit != "target"

    @property
    def entropy(self) -> bool:
        """Whether an entropy bonus is paid."""
        return Hyperparameter.ENTROPY in dict(self.scalars)

    def faults(self, world: World) -> list[Fault]:
        """What the world lacks; without entry rewards nothing is paid on entering."""
        if self.states != "contexts" and not world.start[~world.terminal].any():
            return [Fault("kind", "a loss on episodes", "a world whose `start` has a state to act in")]
        wanted = [name for name in (*self.columns, *(self.expected or ())) if name != self.entry]
        has = ", ".join(world.columns)
        found = [
            Fault("kind", f"a loss that reads `{name}`", f"a world with that column; this one has {has}")
            for name in dict.fromkeys(wanted)
            if name not in world.columns
        ]
        if self.credit == "target" and self.estimator == "exact" and world.horizon > 1:
            given = f'"exact" in a world of horizon {world.horizon}'
            expected = '"sampled": which share of an action\'s episodes reaches a return takes every path'
            found.append(Fault("estimator", given, f"{expected}; exact only where episodes are one step"))
        return found

    def policy_faults(self, policy: Policy) -> list[Fault]:
        """What the rule asks of a policy that this one is not, with paths below `loss`."""
        found = []
        if policy.own_head and self.rule in ("natural", "regression"):
            what = "whose Fisher matrix is that of a softmax" if self.rule == "natural" else PREDICTS
            given = f"a loss {what}, with the head {policy.head}"
            found.append(Fault("kind", given, 'head = "softmax"'))
        if self.rule == "natural" and policy.hidden is not None:
            expected = (
                'with a policy of kind "tabular" alone, whose Fisher matrix has an inverse in closed form'
            )
            found.append(Fault("rule", '"natural"', expected))
        if self.rule == "regression" and policy.head == "logit":
            given = f'a loss {PREDICTS}, with head = "logit"'
            found.append(Fault("kind", given, 'head = "softmax": one output for each action'))
        if policy.memory > 1:
            found += self._memory_faults()
        if policy.recurrent and self.estimator != "sampled":
            expected = '"sampled": a recurrent policy learns from episodes, which alone have a past'
            found.append(Fault("estimator", f'"{self.estimator}"', expected))
        return found

    def _memory_faults(self) -> list[Fault]:
        """What is not said of a memory: which next one goes with the action that is known to be better.

        Of returns it is said, for they depend on what was remembered; so episodes can be compared, and the
        return predicted, whatever a policy remembers.
        """
        found = []
        if "demonstrator" in self.columns:
            given = "a loss on a demonstrator's actions, for a policy that has a memory"
            expected = (
                "memory = 1, or a loss on the policy's own actions: no demonstrator shows what to remember"
            )
            found.append(Fault("kind", given, expected))
        if self.credit in ("pairs", "own_pairs"):
            given = '"actions", for a policy that has a memory'
            expected = '"episodes", or memory = 1: which action is better does not say what to remember'
            found.append(Fault("compare", given, expected))
        return found
