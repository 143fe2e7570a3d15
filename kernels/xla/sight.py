"""How an update sees the policy: in a table of all states, or on the rows that its own episodes visit."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from ..choices import Baseline, Credit
from ..tables import Rows
from .dynamics import Moves, values_by_time
from .episodes import Batch
from .learner import Context
from .network import along, outputs, remembered, step
from .policy import Choice, Policy, acted, choice
from .sampled import Seen

fixed = jax.lax.stop_gradient


class Sight(Protocol):
    """What sampling and its costs ask of a policy."""

    @property
    def memory(self) -> Any:
        """What it remembers when an episode begins."""
        ...

    def choose(self, memory: Any, state: Any, word: Any) -> Any:
        """A step of every episode: states and words (E,) to the new memory, actions, and what had no word."""
        ...

    def at(self, batch: Batch) -> Seen:
        """The policy at the visits of a batch."""
        ...

    def again(self, batch: Batch, word: Any) -> Any:
        """Actions that words (H, E) give at the visits, by the policy that acted in them."""
        ...


class ByState(NamedTuple):
    """The policy evaluated once on all trained rows.

    Args:
        policy: on them; behaviour (R, A) the probabilities that are acted by, old (R, A) ln π of the policy
            that is compared with, value (R,) the critic's; each None where there is none.
        acting: how actions are drawn in the N local states.
    """

    context: Context
    policy: Policy
    behaviour: Any
    old: Any
    value: Any
    acting: Choice

    @property
    def memory(self) -> Any:
        """Nothing: it is evaluated state by state."""
        return ()

    def choose(self, memory: Any, state: Any, word: Any) -> Any:
        """A step of every episode, by look-up."""
        return memory, self.acting.of(state, word), jnp.zeros(state.shape, bool)

    def again(self, batch: Batch, word: Any) -> Any:
        """Actions that words (H, E) give at the visits."""
        return self.acting.of(batch.state, word)

    def at(self, batch: Batch) -> Seen:
        """The policy at the visits: the rows of their states, or those of the bins that episodes reached."""
        plan = self.context.plan
        row = jnp.asarray(plan.episodes.row)
        where = row[batch.state]
        if plan.signal.credit == Credit.TARGET:
            reached = (batch.gain[0][:, None] >= jnp.asarray(plan.signal.edges)).sum(axis=1)
            where = batch.state + reached * len(plan.episodes.row)
        state_value = None
        if plan.signal.baseline == Baseline.VALUE:
            moves = Moves(jnp.asarray(plan.episodes.successor), jnp.asarray(plan.episodes.probability))
            _, v = values_by_time(moves, plan.signal, self.behaviour[row], plan.episodes.horizon)
            state_value = jnp.take_along_axis(v, batch.state, axis=1)
        old, value = (None if part is None else part[where] for part in (self.old, self.value))
        return Seen(self.policy.log_p[where], self.policy.outputs[where], old, value, state_value)


class ByVisit(NamedTuple):
    """The policy evaluated where episodes go, its weights at hand.

    Args:
        theta: the policy's weights; acts, those that are acted by; old, those that are compared with.
        critic: the critic's.
    """

    context: Context
    theta: Any
    acts: Any
    old: Any
    critic: Any

    @property
    def memory(self) -> Any:
        """What it remembers when an episode begins."""
        plan = self.context.plan
        return remembered(plan.network, plan.sampling.episodes, self.theta.dtype)

    def choose(self, memory: Any, state: Any, word: Any) -> Any:
        """A step of every episode: the policy on the rows of their states."""
        plan, own, hyper = self.context.plan, self.context.own, self.context.hyper
        memory, values = step(plan.network, memory, *seen_in(plan.table, state), self.acts)
        acting, rare = choice(acted(plan, own, hyper, values).probability)
        return memory, acting.here(word), rare

    def again(self, batch: Batch, word: Any) -> Any:
        """Actions that words (H, E) give at the visits."""
        return choice(self.policy(batch, self.acts).probability)[0].here(word)

    def at(self, batch: Batch) -> Seen:
        """The policy at the visits of a batch."""
        plan = self.context.plan
        policy = self.policy(batch, self.theta)
        old = None if self.old is None else self.policy(batch, self.old).log_p
        value = None
        if plan.critic.parameters:
            flat = seen_in(plan.table, batch.state.ravel())
            value = outputs(plan.critic, *flat, self.critic)[:, 0].reshape(batch.state.shape)
        return Seen(policy.log_p, policy.outputs, old, value)

    def policy(self, batch: Batch, theta: Any) -> Policy:
        """The policy of some weights at the visits, (H, E, ·)."""
        plan, own, hyper = self.context.plan, self.context.own, self.context.hyper
        values = along(plan.network, *seen_in(plan.table, batch.state), theta)
        flat = acted(plan, own, hyper, values.reshape(-1, values.shape[-1]))
        return Policy(*(part.reshape(*batch.state.shape, -1) for part in flat))


def seen_in(table: Rows, state: Any) -> tuple[Any, Any]:
    """Features and observations of some states."""
    return jnp.asarray(table.features)[state], jnp.asarray(table.observation)[state]
