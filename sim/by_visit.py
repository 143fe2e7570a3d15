"""Worlds of too many states to evaluate a policy on all of them: what is measured how, and what is refused.

An update then evaluates the policy on rows of its own, those of a minibatch or those that its episodes visit.
What would take the whole table is estimated from episodes, or refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..kernels import tables
from ..kernels.survey_tables import Survey
from ..kernels.tables import Rows
from .dynamics import Dynamics
from .errors import Fault
from .functionals import Functional, settings_of
from .observations import observations
from .thresholds import draws, transition_thresholds
from .world import World

if TYPE_CHECKING:
    from .experiment import Condition

MAX_LISTED = 64
"""States of a behaviour's contexts that are evaluated exactly beside an update's rows."""


def is_listed(functional: Functional) -> bool:
    """Whether a functional is of one step in few states, so that it is evaluated and not estimated."""
    return functional.episodes.horizon == 1 and functional.episodes.live <= MAX_LISTED


def table_of(world: World, states: np.ndarray, seen_as: World) -> Rows:
    """What some states of a world show, in the numbering of the trained one."""
    return Rows(world.features[states], observations(world, seen_as)[states], 0)


def surveys_of(functionals: list[Functional], first: int, episodes: int, world: World) -> tuple[Survey, ...]:
    """One survey for each setting, of the functionals that a block's records have from number `first` on.

    Args:
        episodes: of each survey.
        world: the one that is trained in.
    """
    settings, number = settings_of(functionals)
    return tuple(
        survey_of(
            setting,
            discount,
            [(first + k, each) for k, each in enumerate(functionals) if number[k] == own],
            episodes,
            world,
        )
        for own, (setting, discount) in enumerate(settings)
    )


def survey_of(
    setting: Dynamics, discount: float, members: list[tuple[int, Functional]], episodes: int, world: World
) -> Survey:
    """Functionals by their numbers, from episodes of one setting."""
    return Survey(
        table=table_of(setting.world, setting.acting, world),
        episodes=tables.Episodes(
            np.arange(setting.live, dtype=np.int32),
            setting.start[: setting.live],
            setting.successor,
            setting.probability,
            setting.horizon,
            discount ** np.arange(setting.horizon, dtype=np.float64),
        ),
        sampling=tables.Sampling(draws(setting.start), transition_thresholds(setting), episodes),
        functional=np.array([number for number, _ in members], np.int64),
        weight=np.stack([functional.weight for _, functional in members]),
        constant=np.array([functional.constant for _, functional in members], np.float64),
    )


def by_visit_faults(condition: Condition) -> list[Fault]:
    """What of a condition asks for every state of a world that is too large for it."""
    training = condition.training
    if not condition.by_visit:
        if training.recorded is None:
            return []
        expected = 'none where every state is evaluated: only with rows = "visits", or in larger worlds'
        return [Fault("training.recorded", str(training.recorded), expected)]
    place = f"where updates have rows of their own ({condition.world.states:,} states)"
    found = [replace(fault, given=f"{fault.given} {place}") for fault in _loss_faults(condition)]
    if training.method != "gradient":
        expected = '"gradient": selection takes the exact loss of every attempt'
        found.append(Fault("training.method", f"{training.method!r} {place}", expected))
    for number, watch in enumerate(condition.watches):
        behaviour = condition.world.behaviour(watch.behaviour)
        listed = 0 if behaviour.contexts is None else np.count_nonzero(behaviour.contexts)
        if not 0 < listed <= MAX_LISTED:
            given = f"{watch.behaviour!r} {place}"
            expected = (
                f"a behaviour over contexts of at most {MAX_LISTED} states, which has no sampling error"
            )
            found.append(Fault(f"training.watch[{number}].behaviour", given, expected))
    return found


def _loss_faults(condition: Condition) -> list[Fault]:
    loss = condition.loss
    if loss.credit == "target":
        expected = "a loss without returns in what the policy sees; `outcome` reads the same reward"
        return [Fault("loss.kind", "'return_conditioned'", expected)]
    found = []
    if loss.estimator == "exact":
        sampled = '"sampled" by episodes'
        if loss.signal == ("demonstrator",) and loss.states != "own":
            sampled = '"minibatch" with `rows`'
        found.append(Fault("loss.estimator", "'exact'", f"{sampled}: an expectation takes every state"))
    if loss.rule == "natural":
        expected = "another rule: the Fisher matrix is one of every state"
        found.append(Fault("loss.rule", "'natural'", expected))
    if loss.baseline == "value":
        expected = '"mean", "leave_one_out" or "critic": exact values take every state'
        found.append(Fault("loss.baseline", "'value'", expected))
    return found
