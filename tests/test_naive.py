"""The oracle on its own: known answers, sums by hand, and two ways to the same number."""

from __future__ import annotations

import itertools

import naive
import numpy as np
import pytest
from naive import Address, Episode, Net
from naive_worlds import bandit, chain, fork, world_of
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.world import World

BASELINES = ("none", "mean", "leave_one_out", "value")
NETS = {
    "tabular": Net("tabular"),
    "tabular_logit": Net("tabular", head="logit"),
    "linear": Net("linear", bias=True),
    "linear_logit": Net("linear", head="logit"),
    "tanh": Net("mlp", hidden=(3, 2), bias=True),
    "relu_logit": Net("mlp", hidden=(4,), activation="relu", head="logit"),
    "deep_linear": Net("deep_linear", hidden=(3, 2), bias=True),
    "tangent_kernel": Net("mlp", hidden=(3, 2), bias=True, parameterisation="tangent_kernel"),
    "mean_field_logit": Net("deep_linear", hidden=(4,), head="logit", parameterisation="mean_field"),
}


def some_pi(world: World, seed: int = 1) -> np.ndarray:
    """A policy with nothing special about it."""
    net = Net("linear", bias=True)
    weights = np.random.default_rng(seed).normal(size=naive.parameter_count(net, world))
    return naive.probabilities(net, world, weights)


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_gives_the_known_answers_of_random123(key, counter, words):
    assert naive.threefry(key, counter) == words


def test_a_draw_is_two_applications_and_splits_the_seed_low_word_first():
    key = naive.threefry((5, 7), (11, 4))
    assert naive.draw(7 * 2**32 + 5, 11, "action", 3, 2**12 + 1) == naive.threefry(key, (3, 2**12 + 1))


def test_choose_lays_the_likeliest_on_top_and_breaks_ties_by_the_first():
    assert [naive.choose([0.5, 0.5], word) for word in (0, 2**31 - 1, 2**31, 2**32 - 1)] == [1, 1, 0, 0]
    quarters = [0.25, 0.5, 0.25]
    assert [naive.choose(quarters, word) for word in (2**30 - 1, 2**30, 2**31 - 1, 2**31)] == [0, 2, 2, 1]


@pytest.mark.parametrize(("parts", "words"), [(0.5, 0), (0.75, 1), (1, 1), (1.5, 2), (2.5, 2)])
def test_choose_rounds_half_to_even_at_the_resolution(parts, words):
    p = parts / 2**32
    assert sum(naive.choose([1 - p, p], word) == 1 for word in range(5)) == words


def test_a_table_has_one_row_per_distinct_observation():
    world = chain()
    assert naive.parameter_count(NETS["tabular"], world) == 3 * 2
    Z = naive.logits(NETS["tabular"], world, np.arange(6.0))
    np.testing.assert_array_equal(Z, [[0, 1], [2, 3], [0, 1], [4, 5]])
    Z = naive.logits(NETS["tabular_logit"], world, np.array([7.0, 8.0, 9.0]))
    np.testing.assert_array_equal(Z, [[0, 7], [0, 8], [0, 7], [0, 9]])


def test_a_variant_looks_its_observations_up_in_the_world_trained_in():
    Z = naive.logits(NETS["tabular"], chain(), np.arange(6.0), np.array([[0.0, 1.0], [1.0, 0.5]]))
    np.testing.assert_array_equal(Z, [[2, 3], [0, 1]])


def test_a_network_by_hand():
    world = bandit(features=[[2, -1]])
    net = Net("mlp", hidden=(2,), activation="relu", bias=True, head="logit")
    #      W1 row 0  W1 row 1  b1     W2       b2
    given = [1, 1, 0.5, 3, 0.25, 0.5, 4, 100, 0.125]
    assert naive.parameter_count(net, world) == len(given)
    np.testing.assert_array_equal(naive.logits(net, world, np.array(given)), [[0, 4 * 1.25 + 0.125]])
    tanh = Net("mlp", hidden=(1,))
    Z = naive.logits(tanh, world, np.array([1, 1.5, 2, -3]))
    np.testing.assert_allclose(Z, [[2 * np.tanh(0.5), -3 * np.tanh(0.5)]], rtol=1e-15)


@pytest.mark.parametrize(
    ("parameterisation", "scale"), [("standard", 1), ("tangent_kernel", 1 / 2), ("mean_field", 1 / 4)]
)
def test_what_reads_a_hidden_layer_is_scaled_by_its_width_and_its_biases_are_not(parameterisation, scale):
    world = bandit(features=[[2]])
    #                 W1 (4, 1)   b1 (4)      W2 (1, 4)   b2
    given = np.array([1, 2, 3, 4, 1, 0, 0, 1, 1, 1, 1, 2, 0.5])
    net = Net("deep_linear", (4,), bias=True, head="logit", parameterisation=parameterisation)
    Z = naive.logits(net, world, given)
    np.testing.assert_array_equal(Z, [[0, scale * (3 + 4 + 6 + 2 * 9) + 0.5]])
    identity = Net("mlp", (4,), "identity", bias=True, head="logit", parameterisation=parameterisation)
    np.testing.assert_array_equal(naive.logits(identity, world, given), Z)


def test_a_value_is_one_number_whatever_the_number_of_actions():
    world = bandit(features=[[2, 1]])
    net = Net("linear", bias=True, head="value")
    np.testing.assert_array_equal(naive.logits(net, world, np.array([1, 3, 0.5])), [[5.5]])
    G = np.array([[10.0]])
    np.testing.assert_array_equal(naive.backward(net, world, np.array([1, 3, 0.5]), G), [20, 10, 10])


def test_softmax_of_huge_logits_is_stable():
    pi = naive.probabilities(Net("tabular"), bandit(), np.array([1e4, 1e4 + np.log(3)]))
    np.testing.assert_allclose(pi, [[0.25, 0.75]], rtol=1e-11)
    assert naive.surrogate(Net("tabular"), bandit(), np.array([0.0, 1e4]), np.array([[1.0, 0.0]])) == 1e4


def test_enumerated_episodes_are_a_distribution():
    world = chain()
    assert sum(p for p, _ in naive.trajectories(world, some_pi(world))) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("discounted", [False, True])
def test_occupancy_by_enumeration_and_by_recursion_agree(discounted):
    world = chain()
    pi = some_pi(world)
    np.testing.assert_allclose(
        naive.occupancy(world, pi, discounted), naive.occupancy_recursive(world, pi, discounted), rtol=1e-13
    )


@pytest.mark.parametrize("entry_column", [None, "entry_reward"])
def test_return_by_enumeration_and_by_recursion_agree(entry_column):
    world = chain()
    pi = some_pi(world)
    by_paths = naive.expected_return(world, pi, "reward", entry_column)
    assert naive.expected_return_recursive(world, pi, "reward", entry_column) == pytest.approx(by_paths)


def test_rewards_are_discounted_by_step_and_entries_by_the_step_of_entering():
    world = fork()
    stay_then_leave = np.array([[1.0, 0], [0, 1], [1, 0]])
    there = naive.expected_return(world, stay_then_leave, "observed_reward", "observed_entry_reward")
    assert there == 1 + 0.5 * 3 + 0.25 * 4  # entered at the horizon itself: still counted
    path = Episode((0, 1), (0, 1), 2)
    assert naive.returns_to_go(world, path, "observed_reward", "observed_entry_reward") == [3.5, 3 + 0.5 * 4]
    assert naive.returns_to_go(world, path, "observed_reward", myopic=True) == [1, 3]


def test_a_start_in_a_terminal_state_is_an_entry_at_step_0():
    world = bandit(
        start=[1], terminal=[True], discount=0.5, observed_reward=[[9, 9]], observed_entry_reward=[3]
    )
    pi = np.array([[0.5, 0.5]])
    for expected in (naive.expected_return, naive.expected_return_recursive):
        assert expected(world, pi, "observed_reward", "observed_entry_reward") == 3
    assert naive.sampled_episodes(world, pi, 0, 0, 0, 2) == [Episode((), (), 0)] * 2
    assert not naive.push(world, {"kind": "outcome", "estimator": "exact"}, pi).any()


def test_behaviour_rates_by_hand_and_two_ways():
    world = fork()
    pi = np.array([[0.25, 0.75], [0.5, 0.5], [1, 0]])
    weight = np.array([[0, 0], [0, 2], [0, 0]])
    entry = np.array([0, 0, 1])
    contexts = Behaviour("a", "acts in the contexts", weight, contexts=np.array([1, 3, 0]))
    # By one step of 2 · 0.5 in state 1 reached by 0.25, and by leaving: 0.75 at once, 0.25 · 0.5 later.
    episode = Behaviour("b", "acts in an episode", weight, entry=entry)
    ended = Behaviour("c", "starts where it ends", weight, start=np.array([0, 0, 1]), entry=entry)
    longer = world_of(
        successor=world.successor, start=[0, 1, 0], features=np.eye(3), horizon=1, terminal=world.terminal
    )
    variant = Behaviour("d", "acts in a variant", weight, variant=longer)
    for rate in (naive.behaviour_rate, naive.behaviour_rate_recursive):
        assert rate(world, contexts, pi) == 0.75 * 2 * 0.5
        assert rate(world, episode, pi) == 0.25 + 0.875
        assert rate(world, ended, pi) == 1
        assert rate(world, variant, pi) == 1


def test_behaviour_rate_is_undiscounted_and_agrees_two_ways_with_branches():
    world = chain()
    pi = some_pi(world)
    behaviour = Behaviour("b", "any", np.ones((4, 2)), entry=np.array([0, 0, 0, 0.5]))
    expected = sum(
        p * (len(episode.actions) + 0.5 * (episode.terminal is not None))
        for p, episode in naive.trajectories(world, pi)
    )
    assert naive.behaviour_rate(world, behaviour, pi) == pytest.approx(expected)
    assert naive.behaviour_rate_recursive(world, behaviour, pi) == pytest.approx(expected)


def test_bandit_pushes_by_hand():
    world = bandit(
        contexts=[5],
        observed_reward=[[2, -1]],
        reward=[[1, 4]],
        demonstrator=[[0.9, 0.1]],
        approval=[[0, -0.5]],
    )
    pi = np.array([[0.75, 0.25]])
    expected = {
        ("imitation", "contexts"): [0.9, 0.1],
        ("imitation", "demonstrator"): [0.9, 0.1],
        ("imitation", "own"): [0.9, 0.1],
        ("outcome", "own"): [1.5, -0.25],
        ("secure_outcome", "own"): [0.75, 1.0],
        ("process", "own"): [0, -0.125],
        ("process", "contexts"): [0, -0.125],
    }
    for (kind, states), U in expected.items():
        loss = {"kind": kind, "states": states, "estimator": "exact"}
        np.testing.assert_allclose(naive.push(world, loss, pi), [U], rtol=1e-15, err_msg=f"{kind} {states}")
    every = {"kind": "process", "states": "own", "labels": "all", "estimator": "exact"}
    np.testing.assert_allclose(naive.push(world, every, pi), [[0, -0.5]])
    U = naive.push(world, {"kind": "outcome", "estimator": "exact"}, pi)
    np.testing.assert_allclose(naive.logit_gradient(pi, U), [[0.75 * 1.25 - 1.5, 0.25 * 1.25 + 0.25]])


@pytest.mark.parametrize(
    ("baseline", "push"),
    [
        ("none", [2 * 2 / 3, -1 / 3]),
        ("mean", [2 * (2 - 1) / 3, (-1 - 1) / 3]),
        ("leave_one_out", [2 * (2 - 0.5) / 3, (-1 - 2) / 3]),
        ("value", [2 * (2 - 1.25) / 3, (-1 - 1.25) / 3]),
    ],
)
def test_sampled_bandit_pushes_by_hand(baseline, push):
    world = bandit(observed_reward=[[2, -1]])
    episodes = [Episode((0,), (action,), None) for action in (0, 1, 0)]
    loss = {"kind": "outcome", "estimator": "sampled", "episodes": 3, "baseline": baseline}
    U = naive.push_of_episodes(world, loss, np.array([[0.75, 0.25]]), episodes)
    np.testing.assert_allclose(U, [push], rtol=1e-15)


def test_a_finished_episode_counts_as_return_0_in_the_mean():
    world = fork()
    episodes = [Episode((0,), (1,), 2), Episode((0, 1), (0, 0), None)]
    loss = {"kind": "outcome", "estimator": "sampled", "episodes": 2, "baseline": "mean"}
    U = naive.push_of_episodes(world, loss, some_pi(world), episodes)
    # Returns: −2 + 0.5 · 4 = 0 against 1 + 0.5 · 0.5 = 1.25; at step 1 a lone 0.5, whose mean is 0.25.
    np.testing.assert_allclose(U, [[0.625 / 2, -0.625 / 2], [0.5 * 0.25 / 2, 0], [0, 0]])


def test_leave_one_out_of_one_episode_is_refused():
    loss = {"kind": "outcome", "estimator": "sampled", "episodes": 1, "baseline": "leave_one_out"}
    with pytest.raises(ValueError, match="at least 2"):
        naive.push(bandit(observed_reward=[[1, 0]]), loss, np.array([[0.5, 0.5]]), at=Address())


def test_imitation_states_by_hand():
    world = fork()
    pi = np.array([[0.5, 0.5], [0.5, 0.5], [1, 0]])
    for states, d in {
        "contexts": [0.25, 0.75, 0],
        "demonstrator": [1 / 1.9, 0.9 / 1.9, 0],
        "own": [1 / 1.5, 0.5 / 1.5, 0],
    }.items():
        loss = {"kind": "imitation", "states": states, "estimator": "exact"}
        np.testing.assert_allclose(
            naive.push(world, loss, pi), np.array(d)[:, None] * world.demonstrator, rtol=1e-14
        )


def test_sampled_own_imitation_normalises_over_all_visits():
    world = fork()
    episodes = [Episode((0,), (1,), 2), Episode((0, 1), (0, 0), None)]
    loss = {"kind": "imitation", "states": "own", "estimator": "sampled", "episodes": 2}
    U = naive.push_of_episodes(world, loss, some_pi(world), episodes)
    np.testing.assert_allclose(U.sum(axis=1), [2 / 3, 1 / 3, 0])
    assert not naive.push_of_episodes(world, loss, some_pi(world), [Episode((), (), 2)]).any()


def test_a_minibatch_is_counts_of_the_words_of_its_rows():
    world = fork()
    loss = {"kind": "imitation", "states": "contexts", "estimator": "minibatch", "rows": 8}
    U = naive.push(world, loss, some_pi(world), at=Address(3, 5, 7))
    # Support in row-major order is .225 .025 .15 .6; the last is the likeliest and lies on top.
    bounds = [round(p * 2**32) for p in (0.225, 0.25, 0.4)]
    counts = np.zeros(4)
    for row in range(8):
        word = naive.draw(3, 5, "rows", 7, row)[0]
        counts[sum(word >= bound for bound in bounds)] += 1
    np.testing.assert_allclose(U, np.append(counts, [0, 0]).reshape(3, 2) / 8)


def test_minibatches_average_to_the_exact_push():
    world = fork()
    loss = {"kind": "imitation", "states": "demonstrator", "estimator": "minibatch", "rows": 4000}
    pi = some_pi(world)
    exact = naive.push(world, {**loss, "estimator": "exact"}, pi)
    difference = naive.push(world, loss, pi, at=Address(1)) - exact
    assert np.abs(difference).max() < 4 * 0.5 / np.sqrt(4000)
    assert np.abs(difference).max() > 0


def expected_push(world: World, loss: naive.Loss, pi: np.ndarray, E: int) -> np.ndarray:
    """E[U] over every combination of E episodes."""
    paths = list(naive.trajectories(naive.stage_for(world, loss), pi))
    total = np.zeros_like(pi)
    for drawn in itertools.product(paths, repeat=E):
        chance = np.prod([p for p, _ in drawn])
        total += chance * naive.push_of_episodes(world, loss, pi, [episode for _, episode in drawn])
    return total


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize(
    ("kind", "states"), [("outcome", "own"), ("process", "own"), ("process", "contexts")]
)
def test_expected_sampled_gradient_is_the_exact_one(kind, states, baseline):
    world = fork()
    pi = some_pi(world)
    loss = {"kind": kind, "states": states, "estimator": "sampled", "baseline": baseline}
    exact = naive.push(world, {**loss, "estimator": "exact"}, pi)
    E = 3
    sampled = expected_push(world, loss, pi, E)
    factor = 1 - 1 / E if baseline == "mean" else 1
    G = naive.logit_gradient(pi, exact)
    assert np.abs(G).max() > 0.01
    np.testing.assert_allclose(naive.logit_gradient(pi, sampled), factor * G, atol=1e-14)
    if baseline == "none":
        np.testing.assert_allclose(sampled, exact, atol=1e-14)


@pytest.mark.parametrize("states", ["own", "contexts"])
def test_expected_push_of_labels_for_all_is_the_exact_one(states):
    world = fork()
    pi = some_pi(world)
    loss = {"kind": "process", "states": states, "labels": "all", "estimator": "sampled"}
    exact = naive.push(world, {**loss, "estimator": "exact"}, pi)
    np.testing.assert_allclose(expected_push(world, loss, pi, 2), exact, atol=1e-14)
    d = (
        naive.occupancy(world, pi, discounted=True).sum(axis=1)
        if states == "own"
        else np.array([0.25, 0.75, 0])
    )
    np.testing.assert_allclose(exact, d[:, None] * world.approval)


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
@pytest.mark.parametrize("kind", ["outcome", "secure_outcome"])
def test_the_exact_score_function_climbs_the_expected_return(kind, net):
    world = chain()
    theta = np.random.default_rng(2).normal(size=naive.parameter_count(net, world))
    U = naive.push(world, {"kind": kind, "estimator": "exact"}, naive.probabilities(net, world, theta))
    up = naive.finite_difference(
        lambda moved: naive.expected_return(
            world, naive.probabilities(net, world, moved), *naive.READS[kind]
        ),
        theta,
    )
    assert np.abs(up).max() > 0.01
    np.testing.assert_allclose(naive.gradient(net, world, theta, U), -up, atol=1e-8)


def test_a_sampled_outcome_push_with_branches_averages_to_the_exact_one():
    world = chain()
    pi = some_pi(world)
    loss = {"kind": "outcome", "estimator": "sampled"}
    exact = naive.push(world, {"kind": "outcome", "estimator": "exact"}, pi)
    np.testing.assert_allclose(expected_push(world, loss, pi, 1), exact, atol=1e-14)


def test_episodes_follow_their_addresses():
    world = chain()
    pi = some_pi(world)
    drawn = naive.sampled_episodes(world, pi, 9, 4, 6, 20)
    for number, (states, actions, terminal) in enumerate(drawn):
        first = number * 2**12
        state = naive.choose(world.start, naive.draw(9, 4, "start", 6, first)[0])
        for step, action in enumerate(actions):
            assert states[step] == state
            words = naive.draw(9, 4, "action", 6, first + step)
            assert action == naive.choose(pi[state], words[0])
            state = world.successor[
                state, action, naive.choose(naive.successors(world, state, action), words[1])
            ]
        assert terminal == (3 if state == 3 else None)
    assert {len(episode.actions) for episode in drawn} >= {0, 3}


def test_thresholds_may_come_from_other_probabilities():
    world = bandit()
    one, other = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    assert naive.sampled_episodes(world, one, 0, 0, 0, 1, other) == [Episode((0,), (1,), None)]


def test_sampled_episodes_visit_as_often_as_expected():
    world = chain()
    pi = some_pi(world)
    E = 2000
    counts = np.zeros((4, 2))
    for episode in naive.sampled_episodes(world, pi, 0, 0, 0, E):
        np.add.at(counts, (list(episode.states), list(episode.actions)), 1)
    # A visit count per episode lies in [0, 3], so its standard deviation is at most 1.5.
    assert np.abs(counts / E - naive.occupancy(world, pi)).max() < 4 * 1.5 / np.sqrt(E)


def test_finite_differences_meet_the_gradient_of_a_linear_policy_by_hand():
    world = chain()
    net = Net("linear", bias=True)
    theta = np.random.default_rng(3).normal(size=6)
    pi = naive.probabilities(net, world, theta)
    U = np.random.default_rng(4).normal(size=(4, 2))
    # ∂L/∂W[o, i] = Σ_s G[s, o] x[s, i], ∂L/∂b[o] = Σ_s G[s, o].
    by_hand = np.zeros(6)
    for s in range(4):
        for o in range(2):
            G = pi[s, o] * (U[s, 0] + U[s, 1]) - U[s, o]
            by_hand[2 * o] += G * world.features[s, 0]
            by_hand[2 * o + 1] += G * world.features[s, 1]
            by_hand[4 + o] += G
    np.testing.assert_allclose(naive.gradient(net, world, theta, U), by_hand, atol=1e-8)


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_back_propagation_meets_finite_differences(net):
    world = chain()
    random = np.random.default_rng(5)
    theta = random.normal(size=naive.parameter_count(net, world))
    U = random.normal(size=(4, 2))
    G = naive.logit_gradient(naive.probabilities(net, world, theta), U)
    np.testing.assert_allclose(
        naive.backward(net, world, theta, G), naive.gradient(net, world, theta, U), atol=1e-8
    )


def test_a_head_of_one_logit_learns_at_half_the_speed_of_two():
    world = bandit(contexts=[1], demonstrator=[[1, 0]])
    loss = {"kind": "imitation", "states": "contexts", "estimator": "exact"}
    two = naive.train(Net("tabular"), world, loss, np.zeros(2), learning_rate=0.5, updates=2)
    one = naive.train(Net("tabular", head="logit"), world, loss, np.zeros(1), learning_rate=1.0, updates=2)
    np.testing.assert_allclose(one[1], [-0.5])
    np.testing.assert_allclose(one[2], [-0.5 - 1 / (1 + np.exp(0.5))])
    np.testing.assert_allclose([theta[1] - theta[0] for theta in two], np.ravel(one))


@pytest.mark.parametrize(
    "loss",
    [
        {"kind": "imitation", "states": "contexts", "estimator": "minibatch", "rows": 3},
        {"kind": "imitation", "states": "own", "estimator": "sampled", "episodes": 3},
        {"kind": "outcome", "estimator": "sampled", "episodes": 3, "baseline": "leave_one_out"},
        {"kind": "process", "states": "contexts", "estimator": "sampled", "episodes": 3, "labels": "all"},
    ],
    ids=lambda loss: loss["kind"] + "_" + loss["estimator"],
)
def test_training_steps_down_the_surrogate_with_each_updates_own_words(loss):
    world = chain()
    net = NETS["tanh"]
    theta = np.random.default_rng(6).normal(size=naive.parameter_count(net, world))
    path = naive.train(net, world, loss, theta, learning_rate=0.1, updates=3, seed=2, network=8)
    assert len(path) == 4
    for update in range(3):
        pi = naive.probabilities(net, world, path[update])
        U = naive.push(world, loss, pi, at=Address(2, 8, update))
        step = naive.gradient(net, world, path[update], U)
        np.testing.assert_allclose(path[update + 1], path[update] - 0.1 * step, atol=1e-9)
