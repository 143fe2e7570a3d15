"""What the losses on given labels have in common: whose states they are, and by what estimator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from .errors import Fault, InvalidInput
from .loss import Episodes, Loss, States, episodes_of
from .registry import Shared


class OnStates(Shared):
    """Options of the losses on labels: whose states, and the estimator.

    Such a loss is a mean L = Σ_s d(s) f(π(·|s), labels(s, ·)). d sums to one: the contexts, or the states of
    an episode (undiscounted) of the demonstrator or of the network itself. A minibatch has its shares of
    (state, action), sampled episodes have their shares of states as d. Visits are held fixed: no gradient
    goes through d.

    Args:
        states: what d is: the `contexts`, the occupancy of the `demonstrator` or one's `own` (DAgger).
        estimator: `exact`; `minibatch` of demonstrations (state, action), drawn anew for each update, their
            order a random purpose of its own; or `sampled`, the states of E own episodes.
        rows: demonstrations in a minibatch, at most 2²⁴ (up to which float32 counts).
        episodes: E for each update where own states are sampled, 16 by default.
    """

    states: States = "contexts"
    estimator: Literal["exact", "minibatch", "sampled"] = "exact"
    rows: Annotated[int, Field(ge=1, le=2**24)] | None = None
    episodes: Episodes | None = None

    def of(self, loss: Loss, faults: Iterable[Fault] = ()) -> Loss:
        """The loss with these options.

        Raises:
            InvalidInput: options without a meaning together, and the faults that the loss has of its own.
        """
        found = [*self._faults(), *faults]
        if found:
            raise InvalidInput("loss", found)
        return replace(
            loss,
            states=self.states,
            estimator=self.estimator,
            credit="labels",
            episodes=episodes_of(self.estimator, self.episodes),
            rows=self.rows or 1,
        )

    def _faults(self) -> Iterator[Fault]:
        states, estimator = self.states, self.estimator
        if states == "own" and estimator == "minibatch":
            expected = 'with states = "own": "exact", or "sampled" with `episodes`'
            yield Fault("estimator", "'minibatch'", expected)
        if states != "own" and estimator == "sampled":
            expected = f'with states = "{states}": "exact", or "minibatch" with `rows`'
            yield Fault("estimator", "'sampled'", expected)
        if estimator == "minibatch" and self.rows is None:
            yield Fault("rows", "nothing", "the number of demonstrations in a minibatch")
        if estimator != "minibatch" and self.rows is not None:
            yield Fault("rows", str(self.rows), 'none unless estimator = "minibatch"')
        if estimator != "sampled" and self.episodes is not None:
            yield Fault("episodes", str(self.episodes), 'none unless estimator = "sampled"')
