"""Functionals estimated from episodes of their own, where there are too many states for exact occupancy."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..survey_tables import Survey
from ..threefry import STEP_BITS, Purpose
from .episodes import DONE, move
from .learner import Learner, Training
from .network import remembered, step
from .policy import acted, choice, drawn
from .sight import seen_in
from .structure import Data, Skeleton, joined
from .threefry import words

LAST = np.uint32(0xFFFFFFFF)


def surveyed(training: Training, survey: Survey, learner: Learner, update: Any) -> Any:
    """(F,) of one network after `update` updates; of one that has stopped, as of when it did."""
    plan, episodes, sampling = training.plan, survey.episodes, survey.sampling
    theta = learner.weights[: plan.network.parameters]
    when = jnp.where(learner.stopped_at < 0, update, learner.stopped_at)
    live, number = len(episodes.row), jnp.arange(sampling.episodes, dtype=jnp.uint32)
    weight, draw = (
        jnp.asarray(survey.weight),
        partial(words, plan.seeds, learner.network, Purpose.RECORDED, when),
    )

    def walk(carry: Any, now: Any) -> tuple[Any, None]:
        memory, place, total = carry
        alive, state = place < live, jnp.where(place < live, place, 0)
        memory, values = step(plan.network, memory, *seen_in(survey.table, state), theta)
        probability = acted(plan, training.own, learner.hyper, values).probability
        worth = (weight[:, state] * probability).sum(axis=-1)  # (F, M)
        total = total + now[1] * jnp.where(alive, worth, 0).sum(axis=-1)
        word, other = draw((number << STEP_BITS) + now[0])
        action = choice(probability)[0].here(word)
        after, _ = move(sampling, episodes, state, action, other)
        return (memory, jnp.where(alive, after, DONE), total), None

    steps = jnp.arange(episodes.horizon, dtype=jnp.uint32), jnp.asarray(episodes.weight)
    memory, none = (
        remembered(plan.network, sampling.episodes, theta.dtype),
        jnp.zeros(len(weight), theta.dtype),
    )
    begin = memory, drawn(sampling.start, draw(LAST - number)[0]), none
    (_, _, total), _ = jax.lax.scan(walk, begin, steps)
    return jnp.asarray(survey.constant) + total / sampling.episodes


@partial(jax.jit, static_argnums=0)
def survey(skeleton: Skeleton, data: Data, population: Learner, update: Any) -> Any:
    """(n, F): a survey of a population; the plan is a pair of Training and Survey."""
    training, table = joined(skeleton, data)
    return jax.vmap(lambda learner: surveyed(training, table, learner, update))(population)
