"""A loss is four choices: where states come from, which signal is read, by what rule, how it is estimated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from ..kernels.threefry import MAX_EPISODES
from .errors import Fault, InvalidInput
from .world import World

States = Literal["contexts", "demonstrator", "own"]
Labels = Literal["sampled", "all"]
Estimator = Literal["exact", "sampled"]
Baseline = Literal["none", "mean", "leave_one_out", "value"]
Episodes = Annotated[int, Field(ge=1, le=MAX_EPISODES)]

DEFAULT_EPISODES = 16


@dataclass(frozen=True)
class Loss:
    """What an update reads and what it makes of it.

    Args:
        states: `contexts`, a fixed distribution; `demonstrator`, the states of its episodes; `own`, the
            states of the network's own episodes.
        signal: the (state, action) column that is read; entry: the one read on entering a terminal state.
        rule: `cross_entropy` towards the signal, or `score_function` weighted by it.
        estimator: `exact`, `sampled` by episodes, or `minibatch` of rows.
        myopic: whether an action is credited with its own signal only, not with what follows.
        labels: whether the action taken is pushed, or all actions by their signal.
        episodes, rows, baseline: of the estimators that have them.
    """

    states: States
    signal: str
    rule: Literal["cross_entropy", "score_function"]
    estimator: Literal["exact", "sampled", "minibatch"]
    entry: str | None = None
    myopic: bool = False
    labels: Labels = "sampled"
    episodes: int = 1
    rows: int = 1
    baseline: Baseline = "none"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that an update reads; it sees no others."""
        where = () if self.states == "own" else (self.states,)
        return (*where, self.signal, *([self.entry] if self.entry else []))

    def faults(self, world: World) -> list[Fault]:
        """The columns that the world does not have; without entry rewards nothing is paid on entering."""
        if self.states != "contexts" and not world.start[~world.terminal].any():
            return [Fault("kind", "a loss on episodes", "a world whose `start` has a state to act in")]
        wanted = [name for name in self.columns if name != self.entry]
        has = ", ".join(world.columns)
        return [
            Fault("kind", f"a loss that reads `{name}`", f"a world with that column; this one has {has}")
            for name in dict.fromkeys(wanted)
            if name not in world.columns
        ]


def on_policy(
    loss: Loss, estimator: Estimator, episodes: int | None, baseline: Baseline | None, per_action: bool = True
) -> Loss:
    """A loss whose episodes the network acts in, with its estimator, once the options go together.

    Raises:
        InvalidInput: options without a meaning for this estimator, each with its reason.
    """
    faults = []
    sampled = estimator == "sampled"
    if not sampled and episodes is not None:
        faults.append(
            Fault("episodes", str(episodes), 'none with estimator = "exact", which samples nothing')
        )
    if baseline is not None and not sampled:
        reason = "which a baseline does not change"
        faults.append(Fault("baseline", repr(baseline), f'none with estimator = "exact", {reason}'))
    elif baseline not in (None, "none") and not per_action:
        reason = "where there is no sampled action to compare"
        faults.append(Fault("baseline", repr(baseline), f'none with labels = "all", {reason}'))
    count = DEFAULT_EPISODES if episodes is None else episodes
    if sampled and baseline in ("mean", "leave_one_out") and count < 2:
        faults.append(Fault("episodes", str(count), f"at least 2 with baseline = {baseline!r}"))
    if faults:
        raise InvalidInput("loss", faults)
    return replace(loss, episodes=count if sampled else 1, baseline=baseline or "none")
