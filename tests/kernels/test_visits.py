"""Updates with rows of their own: the episodes, steps and records of those that evaluate every state."""

from __future__ import annotations

from typing import Any

import naive
import naive_losses
import numpy as np
import pytest
from cases import NOISY, WORLDS, condition_of, parameters_of
from policy_cases import NORMAL, POLICY_TABLES, first_fit, fits, net_of
from popgrad.kernels.lanes.advance_visits import advance_visits, measure_visits
from popgrad.kernels.lanes.survey import survey
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.by_visit import by_visit_faults
from popgrad.sim.engine import Engine
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.world import World

SEED = 2**40 + 5
IDS = np.arange(7, 7 + 2 * LANES, dtype=np.uint32)
UPDATES = 5
RATE = 2.0**-5
"""So small that rounding stays small over some updates; a power of two tells the gradient exactly."""
SHARED = 2**32 - 1


def condition(
    world: str,
    policy: dict[str, Any],
    loss: dict[str, Any],
    rows: str = "visits",
    rate: float = RATE,
    **options: Any,
) -> Condition:
    """A condition in a small world, whose rows are every state or an update's own."""
    training = {"updates": UPDATES, "record": {"every": 1}, **options, "rows": rows}
    return condition_of(WORLDS[world], policy, loss, training, rate=rate, seed=SEED)


def block(own: Condition, ids: np.ndarray = IDS) -> dict[str, np.ndarray]:
    return simulate_block(lower(own), own, ids, Control())


SAMPLED = {
    name: loss
    for name, loss in NOISY.items()
    if loss["estimator"] == "sampled"
    and not by_visit_faults(
        condition(first_fit(loss, ["tanh_5", "tabular"], list(WORLDS))[1], {"kind": "tabular"}, loss)
    )
}
MINIBATCHES = {name: loss for name, loss in NOISY.items() if loss["estimator"] == "minibatch"}


def assert_same_but_for_rounding(held: dict[str, np.ndarray], visits: dict[str, np.ndarray]) -> None:
    """The same visits, and so the same steps; what is evaluated on the same weights, too."""
    for name in ("explored_at", "visits", "diverged_at"):
        np.testing.assert_array_equal(held[name], visits[name])
    for name in ("weights", "gradient_norm", "margin"):
        size = np.nanmax(np.abs(held[name]), initial=1.0)
        np.testing.assert_allclose(held[name], visits[name], rtol=1e-5, atol=2e-6 * size)


@pytest.mark.parametrize("loss", SAMPLED.values(), ids=SAMPLED)
def test_episodes_and_steps_are_those_of_evaluating_every_state(loss):
    """In every world, with a policy in turn that goes with it."""
    names = list(POLICY_TABLES)
    turn = list(SAMPLED).index("-".join(v for v in loss.values() if isinstance(v, str)))
    moved = 0
    for number, world in enumerate(WORLDS):
        begin = (turn + 3 * number) % len(names)
        fitting = [p for p in names[begin:] + names[:begin] if fits(WORLDS[world], POLICY_TABLES[p], loss)]
        if not fitting:
            continue
        policy = {**POLICY_TABLES[fitting[0]], "init": NORMAL}
        held, visits = (block(condition(world, policy, loss, rows)) for rows in ("states", "visits"))
        assert_same_but_for_rounding(held, visits)
        if not condition(world, policy, loss).loss.of_policy:
            np.testing.assert_allclose(held["loss"], visits["loss"], rtol=2e-5, atol=2e-6)
        moved += (held["weights"] != parameters_of_start(world, policy, loss)).any()
    assert moved > 0


def parameters_of_start(world: str, policy: dict[str, Any], loss: dict[str, Any]) -> np.ndarray:
    own = condition(world, policy, loss)
    plan = lower(own)
    return parameters_of(plan, fresh_state(plan, own, IDS))


@pytest.mark.parametrize("policy_name", POLICY_TABLES)
@pytest.mark.parametrize("kind", ["score", "critic"])
def test_every_kind_of_policy_visits_as_it_does_where_every_state_is_evaluated(policy_name, kind):
    loss = {"kind": "outcome", "episodes": 5, "rule": "clipped", "epochs": 2, "entropy": 0.2}
    if kind == "critic":
        critic = {"kind": "tabular", "learning_rate": 0.125}
        loss = {"kind": "mona", "episodes": 3, "baseline": "critic", "critic": critic}
    policy = {**POLICY_TABLES[policy_name], "init": NORMAL}
    held, visits = (block(condition("branching", policy, loss, rows)) for rows in ("states", "visits"))
    assert_same_but_for_rounding(held, visits)


@pytest.mark.parametrize("policy_name", ["tanh_5", "tabular", "linear_logit", "tanh_8_6_tangent"])
@pytest.mark.parametrize("loss", MINIBATCHES.values(), ids=MINIBATCHES)
@pytest.mark.parametrize("world", ["branching", "coin_line_3"])
def test_a_minibatch_is_the_oracles_at_the_numbers_of_the_population(world, loss, policy_name):
    if not fits(WORLDS[world], POLICY_TABLES[policy_name], loss):
        return
    policy = {**POLICY_TABLES[policy_name], "init": NORMAL}
    own = condition(world, policy, loss)
    plan = lower(own)
    engine, state = Engine(plan), fresh_state(plan, own, IDS)
    net = net_of(policy)
    for update in range(3):
        out = engine.room(2)
        engine.measure(state, (0, 2), update, out.ravel())
        before = parameters_of(plan, state)
        engine.advance(state, np.ones(1, np.float32), (0, 2), (update, update + 1))
        after = parameters_of(plan, state)
        for lane in (0, 21):
            at = naive.Address(SEED, SHARED, update)
            gradient = naive_losses.step(net, WORLDS[world], loss, before[lane], at=at).gradient
            np.testing.assert_allclose((before[lane] - after[lane]) / RATE, gradient, rtol=1e-5, atol=4e-6)
            norm = out[lane // LANES, -2, lane % LANES]
            np.testing.assert_allclose(np.sqrt(norm), np.linalg.norm(gradient), rtol=1e-5, atol=1e-6)
            expected = minibatch_loss(net, world, loss, before[lane], update)
            np.testing.assert_allclose(out[lane // LANES, -1, lane % LANES], expected, rtol=5e-6)


def minibatch_loss(
    net: naive.Net, world: str, loss: dict[str, Any], parameters: np.ndarray, update: int
) -> float:
    """What the demonstrations of an update cost, each by itself."""
    place = WORLDS[world]
    pi = naive.probabilities(net, place, parameters)
    at = naive.Address(SEED, SHARED, update)
    C = naive_losses.demonstrations(place, loss, pi, at, None)
    rule = loss.get("rule", "cross_entropy")
    if rule == "squared_error":
        one_hot = np.eye(place.actions)
        errors = ((one_hot[None] - pi[:, None]) ** 2).sum(axis=2) / (2 * place.actions)
        return float((C * errors).sum())
    power = 1 - loss["q"] if rule == "tsallis" else 0.0
    return float(-(C * (np.log(pi) if power == 0 else (pi**power - 1) / power)).sum())


def test_networks_of_the_same_weights_take_the_same_step_in_a_minibatch_and_not_in_episodes():
    policy = {"kind": "linear"}  # from zeros
    for loss, same in ((next(iter(MINIBATCHES.values())), True), ({"kind": "outcome", "episodes": 2}, False)):
        weights = block(condition("branching", policy, loss))["weights"]
        assert np.abs(weights).max() > 0
        assert (weights == weights[0]).all() == same


BY_VISIT: list[dict[str, Any]] = [
    {"kind": "imitation", "estimator": "minibatch", "rows": 3},
    {"kind": "imitation", "states": "own", "estimator": "sampled", "episodes": 3},
    {"kind": "outcome", "episodes": 5, "baseline": "leave_one_out"},
    {
        **{"kind": "outcome", "episodes": 4, "rule": "clipped", "epochs": 3, "clip": 0.05, "entropy": 0.01},
        **{"baseline": "critic", "critic": {"kind": "mlp", "hidden": [3], "learning_rate": 0.1}},
    },
    {"kind": "consequence", "episodes": 3, "acting": "epsilon_greedy", "epsilon": 0.2},
    {"kind": "preference", "pairs": "own", "states": "own", "estimator": "sampled", "episodes": 4},
]


def assert_same_bits(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    for name, array in one.items():
        a, b = np.ascontiguousarray(array), np.ascontiguousarray(other[name])
        np.testing.assert_array_equal(a.view(np.uint8), b.view(np.uint8), err_msg=name)


@pytest.mark.parametrize("loss", BY_VISIT, ids=lambda loss: loss["kind"])
@pytest.mark.parametrize("world", ["branching", "coin_line_2"])
def test_however_networks_are_grouped(loss, world):
    """Where some episodes of a tile end before others, too."""
    policy = {"kind": "mlp", "hidden": [5], "init": {"kind": "normal", "std": 2.0}}
    behaviour = "acts_once" if world == "branching" else "walks_away"
    watch = [{"behaviour": behaviour, way: 0.5, "freeze": way == "below"} for way in ("below", "above")]
    own = condition(world, policy, loss, rate=2.0, updates=30, watch=watch)
    whole = block(own, np.arange(48, dtype=np.uint32))
    assert (whole["crossed_at"] >= 0).any(axis=0).all()
    for first, last in ((32, 48), (5, 7), (7, 32)):
        part = block(own, np.arange(first, last, dtype=np.uint32))
        assert_same_bits(part, {name: array[first:last] for name, array in whole.items()})


@pytest.mark.parametrize("loss", BY_VISIT, ids=lambda loss: loss["kind"])
def test_whatever_is_recorded(loss):
    policy = {"kind": "mlp", "hidden": [5], "init": {"kind": "normal", "std": 2.0}}
    always, seldom = (
        condition("branching", policy, loss, updates=12, record=record)
        for record in ({"every": 1}, {"at": [7]})
    )
    one, other = block(seldom), block(always)
    for name, array in one.items():
        by_time = array.ndim > 1 and array.shape[1] == len(seldom.times) and name != "weights"
        assert_same_bits({name: array}, {name: other[name][:, seldom.times] if by_time else other[name]})


def test_what_stops_repeats_its_records():
    policy = {"kind": "mlp", "hidden": [5], "init": {"kind": "normal"}}
    watch = [{"behaviour": "acts_once", "below": 0.5, "freeze": True}]
    for loss in BY_VISIT:
        arrays = block(condition("branching", policy, loss, watch=watch, updates=12))
        stopped = np.flatnonzero((arrays["crossed_at"][:, 0] >= 0) & (arrays["crossed_at"][:, 0] < 9))
        assert len(stopped) > 0
        for network in stopped:
            since = arrays["crossed_at"][network, 0]
            for name in ("rate", "loss", "observed_return", "gradient_norm"):
                later = arrays[name][network, since:]
                assert (later == later[0]).all(), (loss, name)


@pytest.mark.parametrize("wild", [0, 20])
def test_a_network_whose_weights_overflow_leaves_its_tile_alone(wild):
    """Rows that a lane does not come to, or that only fill a block, are nothing to it."""
    policy = {"kind": "mlp", "hidden": [5], "activation": "relu", "init": {"kind": "normal"}}
    critic = {"kind": "mlp", "hidden": [3], "learning_rate": 0.1}
    loss = {"kind": "outcome", "episodes": 3, "baseline": "critic", "critic": critic, "entropy": 0.1}
    own = condition("branching", policy, loss)
    plan = lower(own)
    ends = []
    for size in (1.0, 1e38):
        engine, state = Engine(plan), fresh_state(plan, own, IDS)
        tiles = state.weights.reshape(2, -1, LANES)
        tiles[wild // LANES, :, wild % LANES] *= size
        engine.advance(state, np.ones(4, np.float32), (0, 2), (0, 4))
        ends.append((state.diverged_at, parameters_of(plan, state)))
    others = np.arange(2 * LANES) != wild
    assert ends[1][0][wild] == 1
    assert (ends[1][0][others] == -1).all()
    np.testing.assert_array_equal(ends[0][1][others], ends[1][1][others])


def test_what_only_neighbours_see_overflows_for_them_alone():
    """A network whose episode has ended is evaluated where its tile goes on, and makes nothing of that."""
    world = World(
        successor=np.array([[0, 0], [2, 2], [2, 2]]),
        start=np.array([0.3, 0.7, 0.0]),
        terminal=np.array([False, False, True]),
        features=np.array([[9e29], [1e-9], [0.0]]),
        horizon=4,
        observed_reward=np.array([[1.0, 0.5], [0.0, 0.3], [0.0, 0.0]]),
        behaviours=(Behaviour("stays", "Acts in state 0.", np.eye(3)[0][:, None] * [1, 1]),),
    )
    policy = {"kind": "mlp", "hidden": [3], "activation": "relu", "init": {"kind": "normal", "std": 1e9}}
    critic = {"kind": "mlp", "hidden": [3], "learning_rate": 0.1}
    loss = {"kind": "outcome", "episodes": 1, "entropy": 0.1, "baseline": "critic", "critic": critic}
    own = condition_of(world, policy, loss, {"updates": 1, "rows": "visits"}, rate=1e-9, seed=SEED)
    arrays = block(own)
    stayed = arrays["visits"][:, 0] > 0
    assert 0 < stayed.sum() < len(IDS)
    assert (arrays["diverged_at"][~stayed] == -1).all()
    assert (arrays["diverged_at"][stayed] == 1).any()


def test_nothing_is_compiled_again_for_another_shape_loss_policy_or_watch():
    for number, loss in enumerate([*SAMPLED.values(), *MINIBATCHES.values()]):
        world = list(WORLDS)[number % len(WORLDS)]
        policy = list(POLICY_TABLES.values())[number % len(POLICY_TABLES)]
        if fits(WORLDS[world], policy, loss):
            block(condition(world, policy, loss, updates=1, recorded=1 + number % 3), IDS[: 1 + number % 20])
    kernels: list[Any] = [advance_visits, measure_visits, survey]
    assert [len(kernel.signatures) for kernel in kernels] == [2, 2, 1]
