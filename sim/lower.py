"""From a validated condition to the kernels' plans: the one place that makes them.

The training plan is built from the columns that the loss names, the world's dynamics and features, and the
watches; it sees nothing else, so what a loss does not read cannot change a weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kernels import tables
from ..kernels.lanes.scratch import scratch_sizes
from ..kernels.lanes.vector import LANES
from ..kernels.tables import Credit, MeasurementPlan, Source, TrainingPlan
from ..kernels.threefry import Purpose
from .behaviour import Array, Behaviour
from .dynamics import Dynamics, dynamics, occupancy, one_step
from .errors import Fault, InvalidInput
from .experiment import Condition, Watch
from .functionals import Functional, RowTable, evaluations, of_behaviour, of_columns
from .loss import Loss
from .world import World

LOSS, OBSERVED, INTENDED = "loss", "observed_return", "intended_return"


@dataclass(frozen=True, eq=False)
class Plan:
    """A condition as the kernels take it.

    Args:
        training, measurement: the plans.
        functionals: names of what is measured, in the order of the evaluations.
        centre, scale: (P,), how the weights begin.
    """

    training: TrainingPlan
    measurement: MeasurementPlan
    functionals: tuple[str, ...]
    centre: Array
    scale: Array


def lower(condition: Condition) -> Plan:
    """The plans of a condition."""
    world, loss = condition.world, condition.loss
    episodes = training_episodes(world, loss)
    measured = measured_in(condition, episodes)
    rows = RowTable(world)
    measurement = evaluations(measured, rows)
    names = tuple(functional.name for functional in measured)
    plans = training_plan(condition, episodes), MeasurementPlan(rows.table(0), measurement)
    refuse_too_large(condition, *plans)
    return Plan(*plans, names, *condition.policy.initial(world))


def refuse_too_large(condition: Condition, training: TrainingPlan, measurement: MeasurementPlan) -> None:
    """Kernels number the elements of an array by 32 bits with a sign, sixteen to a vector.

    Raises:
        InvalidInput: an array that would be larger.
    """
    sizes = scratch_sizes(training, measurement)
    largest = max(sizes, key=lambda name: sizes[name])
    if sizes[largest] * LANES >= 2**31:
        world, size = condition.world, sizes[largest] * LANES * 4 / 1e9
        work = f"{condition.loss.episodes:,} episodes of {world.horizon:,} steps in {world.states:,} states"
        given = f"{work}: {size:,.0f} GB of `{largest}`"
        limit = "at most 8 GB for each thread: fewer episodes, a shorter horizon or a smaller world"
        raise InvalidInput("experiment", [Fault(f'condition "{condition.name}"', given, limit)])


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
    column = getattr(world, loss.signal)
    if loss.rule == "cross_entropy":
        found.append(Functional(LOSS, episodes, column[episodes.acting], logarithm=True))
    else:
        entry = getattr(world, loss.entry) if loss.entry else None
        found.append(of_columns(LOSS, episodes, column, entry, world.discount))
    return found


def training_plan(condition: Condition, episodes: Dynamics) -> TrainingPlan:
    """What an update reads: the columns that the loss names, and the watches."""
    world, loss = condition.world, condition.loss
    rows = RowTable(world)
    rows.of(world, episodes.acting)
    trained = rows.pad()
    fixed = loss.labels == "all" and episodes.horizon == 1 and loss.estimator == "exact"
    source = {"exact": Source.EXACT, "sampled": Source.SAMPLED, "minibatch": Source.DRAWN}[loss.estimator]
    push = np.zeros((trained, world.actions))
    labels = getattr(world, loss.signal)[episodes.acting]
    start = episodes.start[: episodes.live]
    if fixed:
        push[: episodes.live] = start[:, None] * labels
    watches = lowered_watches(condition.watches, world, rows)
    return TrainingPlan(
        network=condition.policy.network(world),
        rows=rows.table(trained),
        actions=world.actions,
        source=int(Source.FIXED if fixed else source),
        push=push.astype(np.float32),
        drawn=draws(start[:, None] * labels if source == Source.DRAWN else np.ones(1)),
        draws=loss.rows,
        episodes=tables.Episodes(
            np.arange(episodes.live, dtype=np.int32),
            start.astype(np.float32),
            episodes.successor,
            episodes.probability.astype(np.float32),
            episodes.horizon,
            np.float32(1.0 if loss.rule == "cross_entropy" else world.discount),
        ),
        sampling=tables.Sampling(draws(episodes.start), transition_thresholds(episodes), loss.episodes),
        signal=lowered_signal(world, loss, episodes),
        watches=watches,
        shown=shown(world, episodes),
        seeds=seed_words(condition.seeds),
    )


def lowered_signal(world: World, loss: Loss, episodes: Dynamics) -> tables.Signal:
    """What a visit is worth under the loss; a myopic return goes no further than its own step."""
    to_go = 0.0 if loss.myopic else world.discount
    column = getattr(world, loss.signal)[episodes.acting]
    entry = getattr(world, loss.entry) if loss.entry else None
    payoff = column[:, :, None] + to_go * episodes.entered(entry)
    credit = Credit.ACTION
    if loss.labels == "all":
        credit = Credit.NORMALISED_LABELS if loss.rule == "cross_entropy" else Credit.LABELS
    return tables.Signal(
        np.ascontiguousarray(payoff, np.float32),
        (episodes.probability * payoff).sum(axis=2).astype(np.float32),
        np.float32(to_go),
        column.astype(np.float32),
        int(credit),
        int(tables.Baseline[loss.baseline.upper()]),
    )


def lowered_watches(watches: tuple[Watch, ...], world: World, rows: RowTable) -> tables.Watches:
    """Criteria on behaviours; where a behaviour has a margin the criterion is put on that, which is finer."""
    found = [of_behaviour(world.behaviour(watch.behaviour)) for watch in watches]
    table = evaluations(found, rows)
    levels = [_logit(w.level) if f.margin else w.level for w, f in zip(watches, found, strict=True)]
    return tables.Watches(
        table,
        np.array(levels, np.float32),
        np.array([1.0 if watch.below is not None else -1.0 for watch in watches], np.float32),
        np.array([watch.freeze for watch in watches], bool),
    )


def _logit(level: float) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(max(level, 0.0)) - np.log(max(1.0 - level, 0.0)))


def draws(weights: Array) -> tables.Draws:
    """A distribution as integer thresholds: round(p · 2³²) words each, the likeliest takes the rest.

    Outcomes are the positions in the flattened weights; those of weight 0 are left out.
    """
    flat = weights.ravel()
    outcomes = np.flatnonzero(flat)
    last = int(flat[outcomes].argmax())
    outcomes = np.append(np.delete(outcomes, last), outcomes[last])
    shares = np.round(flat[outcomes[:-1]] / flat.sum() * 2.0**32)
    # With very many outcomes the shares' rounding may add up past the last word.
    thresholds = np.minimum(np.cumsum(shares), 2.0**32 - 1)
    return tables.Draws(outcomes.astype(np.int32), thresholds.astype(np.uint32))


def transition_thresholds(episodes: Dynamics) -> tables.Words:
    """(N, A, K − 1): the thresholds of each transition, its likeliest successor standing last."""
    shares = np.round(episodes.probability[:, :, :-1] * 2.0**32)
    return np.ascontiguousarray(np.cumsum(shares, axis=2).astype(np.uint32))


def shown(world: World, episodes: Dynamics) -> tables.Shown:
    """Which visits of a training episode show each behaviour: those that its weights count."""
    lists = [_shows(behaviour, world, episodes) for behaviour in world.behaviours]
    return tables.Shown(
        np.cumsum([0, *map(len, lists)]),
        np.concatenate([np.zeros(0, np.int32), *lists]).astype(np.int32),
    )


def _shows(behaviour: Behaviour, world: World, episodes: Dynamics) -> np.ndarray:
    weight = (
        behaviour.weight
        if behaviour.contexts is None
        else behaviour.weight * (behaviour.contexts > 0)[:, None]
    )
    pairs = np.flatnonzero(weight[episodes.acting])
    if behaviour.entry is None:
        return pairs
    ended = np.flatnonzero(np.where(world.terminal, behaviour.entry, 0.0)[episodes.states])
    return np.concatenate([pairs, ended * world.actions])


def seed_words(seeds: dict[Purpose, int]) -> tables.Words:
    """(purposes, 2): the words of each purpose's seed, the low one first."""
    return np.array([(seeds[p] & 0xFFFFFFFF, seeds[p] >> 32) for p in Purpose], np.uint32)
