"""From a validated condition to the kernels' plans: the one place that makes them.

The training plan is built from the columns that the loss names, the world's dynamics and features, and the
watches; it sees nothing else, so what a loss does not read cannot change a weight.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..kernels import tables
from ..kernels.choices import Form, Source
from ..kernels.own import NOTHING_OWN, Own
from ..kernels.precision import in_precision
from ..kernels.selection_tables import Criterion
from ..kernels.survey_tables import Survey
from ..kernels.tables import (
    MeasurementPlan,
    TrainingPlan,
)
from .behaviour import Array
from .by_visit import is_listed, surveys_of, table_of
from .critic import NO_CRITIC
from .dynamics import Dynamics, dynamics, occupancy, one_step
from .experiment import Condition, Watch
from .functionals import Functional, RowTable, evaluations, of_behaviour, of_columns
from .ledger import lowered_ledger
from .loss import Loss
from .seen import seen_by
from .selection import criterion_of
from .signals import entry_of, is_fixed, lowered_rule, lowered_signal, summed
from .thresholds import draws, seed_words, shown, transition_thresholds
from .too_large import refuse_too_large
from .without import left_out
from .world import World

LOSS, OBSERVED, INTENDED = "loss", "observed_return", "intended_return"


@dataclass(frozen=True, eq=False)
class Plan:
    """A condition as the kernels take it.

    Args:
        training, measurement: the plans.
        functionals: names of what is measured, in the order of the evaluations.
        centre, scale: (P,), how the parameters begin, the critic's behind the policy's.
        phases: the plans of the phases before it.
        criterion: what weights must fulfil where networks are selected.
        surveys: what is estimated from episodes of its own, in worlds of too many states.
        own: a user's functions.
        booked: (rows,), the state of each row that an update pushes, as the policy sees the world.
    """

    training: TrainingPlan
    measurement: MeasurementPlan
    functionals: tuple[str, ...]
    centre: Array
    scale: Array
    phases: tuple[Plan, ...] = ()
    criterion: Criterion | None = None
    surveys: tuple[Survey, ...] = ()
    own: Own = NOTHING_OWN
    booked: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def lower(condition: Condition) -> Plan:
    """The plans of a condition."""
    seen = seen_by(condition.policy, condition.loss.targets, condition.world)
    held = "visits" if condition.by_visit else "states"  # by the world's states, not those of its copies
    training = condition.training.model_copy(update={"rows": held})
    bare, condition = condition.world, replace(condition, world=seen, training=training)
    world, loss = condition.world, condition.loss
    episodes = training_episodes(world, loss)
    measured = measured_in(condition, episodes)
    evaluated = [each for each in measured if not condition.by_visit or is_listed(each)]
    estimated = [each for each in measured if each not in evaluated]
    rows = RowTable(world)
    measurement = evaluations(evaluated, rows)
    names = tuple(functional.name for functional in (*evaluated, *estimated))
    dtype = condition.compute.dtype
    surveys = in_precision(surveys_of(estimated, len(evaluated), condition.recorded, world), dtype)
    plans = (
        in_precision(training_plan(condition, episodes, bare), dtype),
        in_precision(MeasurementPlan(rows.table(0), measurement), dtype),
    )
    refuse_too_large(condition, *plans, surveys)
    criterion = None
    if condition.training.select:
        objective = objective_of(world, loss, episodes)
        assert objective is not None
        criterion = in_precision(criterion_of(condition, objective), dtype)
    phases = tuple(map(lower, condition.phases))
    booked = np.zeros(0, np.int64) if condition.by_visit else pushed_states(loss, episodes)
    return Plan(*plans, names, *initial(condition), phases, criterion, surveys, own_of(condition), booked)


def training_episodes(world: World, loss: Loss) -> Dynamics:
    """Where the loss's states come from: own episodes, or one step from a fixed distribution."""
    if loss.states == "own":
        return dynamics(world, world.start, world.horizon)
    if loss.states == "contexts":
        assert world.contexts is not None
        return one_step(world, world.contexts)
    assert world.demonstrator is not None
    return one_step(world, occupancy(dynamics(world, world.start, world.horizon), world.demonstrator))


def measured_in(condition: Condition, episodes: Dynamics) -> list[Functional]:
    """Every functional that is recorded, those of one setting side by side."""
    world, loss = condition.world, condition.loss
    found = [of_behaviour(behaviour.placed(world)) for behaviour in world.behaviours]
    own = dynamics(world, world.start, world.horizon)
    for name, column, entry in (
        (OBSERVED, world.observed_reward, world.observed_entry_reward),
        (INTENDED, world.reward, world.entry_reward),
    ):
        if column is not None:
            found.append(of_columns(name, own, column, entry, world.discount))
    if condition.by_visit and loss.supervised:  # where nothing is exact it is that of the update's own rows
        return found
    objective = objective_of(world, loss, episodes)
    return [*found, objective] if objective else found


def objective_of(world: World, loss: Loss, episodes: Dynamics) -> Functional | None:
    """Minus the loss, where the policy alone gives it: the rest have it from the update that starts there."""
    if not loss.of_policy:
        return None
    column = summed(world, loss.expected or loss.signal)
    if loss.supervised:
        form = {"cross_entropy": Form.LOGARITHM, "squared_error": Form.SQUARED, "tsallis": Form.TSALLIS}
        return Functional(LOSS, episodes, column[episodes.acting], form=form[loss.rule])
    return of_columns(LOSS, episodes, column, entry_of(world, loss), world.discount)


def own_of(condition: Condition) -> Own:
    """A user's functions, with their options."""
    found = {own.role: own.applied for own in condition.own}
    return Own(**found)


def initial(condition: Condition) -> tuple[Array, Array]:
    """How the parameters begin, the critic's behind the policy's: (centre, scale)."""
    centre, scale = condition.policy.initial(condition.world)
    if condition.loss.critic:
        own = condition.loss.critic.scale(condition.world)
        centre, scale = np.append(centre, np.zeros(len(own))), np.append(scale, own)
    return centre, scale


def training_plan(condition: Condition, episodes: Dynamics, bare: World) -> TrainingPlan:
    """What an update reads: the columns that the loss names, and the watches.

    `bare` is the world without what the policy is told or remembers.
    """
    world, loss = condition.world, condition.loss
    rows, table, trained = RowTable(world), RowTable(world).table(0), 0
    if condition.by_visit:
        table = table_of(world, episodes.acting, world)
    else:
        trained = add_trained(rows, loss, episodes)
    fixed = is_fixed(loss, episodes)
    source = {"exact": Source.EXACT, "sampled": Source.SAMPLED, "minibatch": Source.DRAWN}[loss.estimator]
    push = np.zeros((trained, world.actions))
    signal = lowered_signal(world, loss, episodes)
    start = episodes.start[: episodes.live]
    joint = start[:, None] * signal.labels
    if loss.supervised:  # episodes that end as they start have no state to learn in
        joint = joint / start.sum()
    if fixed:
        push[: episodes.live] = joint
    without = left_out(condition.training.without, bare, pushed_states(loss, episodes), world.actions)
    push.ravel()[without] = 0.0
    watches = lowered_watches(condition.watches, world, rows)
    weight = world.discount ** np.arange(episodes.horizon) if loss.weighs_by_discount else 1.0
    target = loss.targets.target if loss.targets else 0
    return TrainingPlan(
        network=condition.policy.network(world),
        critic=loss.critic.network(world) if loss.critic else NO_CRITIC,
        rows=rows.table(trained),
        table=table,
        actions=world.actions,
        source=int(Source.FIXED if fixed else source),
        rule=lowered_rule(condition),
        optimiser=condition.optimiser.kernel,
        push=push,
        without=without,
        drawn=draws(joint if source == Source.DRAWN else np.ones(1)),
        draws=loss.rows,
        episodes=tables.Episodes(
            np.arange(target * episodes.live, (target + 1) * episodes.live, dtype=np.int32),
            start,
            episodes.successor,
            episodes.probability,
            episodes.horizon,
            np.full(episodes.horizon, weight, np.float64),
        ),
        sampling=tables.Sampling(draws(episodes.start), transition_thresholds(episodes), loss.episodes),
        signal=signal,
        watches=watches,
        ledger=lowered_ledger(condition, source, signal),
        shown=shown(world, episodes),
        seeds=seed_words(condition.seeds),
    )


def pushed_states(loss: Loss, episodes: Dynamics) -> NDArray[np.int64]:
    """(rows,) the states that an update may push, bin after bin where there are bins of returns."""
    if not loss.targets:
        return episodes.acting
    size = episodes.world.states // loss.targets.bins
    first = np.arange(loss.targets.bins) - loss.targets.target
    return (episodes.acting + size * first[:, None]).ravel()


def add_trained(rows: RowTable, loss: Loss, episodes: Dynamics) -> int:
    """Give every state that an update may push its row, in order."""
    rows.of(episodes.world, pushed_states(loss, episodes))
    return rows.pad()


def lowered_watches(watches: tuple[Watch, ...], world: World, rows: RowTable) -> tables.Watches:
    """Criteria on behaviours; where a behaviour has a margin the criterion is put on that, which is finer."""
    found = [of_behaviour(world.behaviour(watch.behaviour)) for watch in watches]
    table = evaluations(found, rows)
    levels = [_logit(w.level) if f.margin else w.level for w, f in zip(watches, found, strict=True)]
    return tables.Watches(
        table,
        np.array(levels, np.float64),
        np.array([1.0 if watch.below is not None else -1.0 for watch in watches], np.float64),
        np.array([watch.freeze for watch in watches], bool),
    )


def _logit(level: float) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(max(level, 0.0)) - np.log(max(1.0 - level, 0.0)))
