"""The oracle of the on-policy losses: signals by enumeration, rules by what they are the gradient of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import naive
import naive_losses
import naive_on_policy as on_policy
import numpy as np
import pytest
from naive import Address, Array, Episode, Loss, Net
from naive_on_policy import critic_net, draw_episodes, exact_push, push_of_episodes
from naive_signals import KINDS, Drawn, deviations, gains, moments, sampled_deviations
from naive_worlds import bandit, chain, fork, trio
from popgrad.sim.world import World

NET = Net("linear", bias=True)
AT = Address(3, 5, 7)
BASELINES = ("none", "mean", "leave_one_out", "value")


def some(net: Net, world: World, seed: int = 2) -> Array:
    """Parameters with nothing special about them."""
    return np.random.default_rng(seed).normal(size=naive.parameter_count(net, world))


def all_drawn(world: World, kind: str, pi: Array) -> Iterator[tuple[float, Drawn]]:
    """Every episode with its chance, and with every query of decoupled_approval."""
    for chance, episode in naive.trajectories(world, pi):
        if kind != "decoupled_approval":
            yield chance, Drawn(episode, episode.actions)
            continue
        for queried in itertools.product(range(world.actions), repeat=len(episode.states)):
            asked = [float(pi[s, a]) for s, a in zip(episode.states, queried, strict=True)]
            yield chance * float(np.prod(asked)), Drawn(episode, queried)


def test_gains_by_hand():
    world = fork()
    leaves = Drawn(Episode((0, 1), (0, 1), 2), (1, 0))
    expected = {
        "outcome": [1 + 0.5 * (3 + 0.5 * 4), 3 + 0.5 * 4],
        "secure_outcome": None,
        "process": [0.5, 0.25],
        "observed_process": [0.75, 0.5],
        "mona": [1 + 0.5, 3 + 0.25 + 0.5 * 4],
        "decoupled_approval": [-1 + 0.75 - 0.5, 1 + 0.5 - 0.25],
    }
    assert tuple(expected) == KINDS
    for kind, G in expected.items():
        if G is not None:
            assert gains(world, kind, leaves) == G
    assert gains(chain(), "outcome", Drawn(Episode((), (), 3), ())) == []


@pytest.mark.parametrize("kind", KINDS)
def test_gains_are_those_of_the_columns(kind):
    world = chain()
    for _, drawn in all_drawn(world, kind, naive.probabilities(NET, world, some(NET, world))):
        if kind in ("outcome", "secure_outcome"):
            expected = naive.returns_to_go(world, drawn.episode, *naive.READS[kind])
            np.testing.assert_allclose(gains(world, kind, drawn), expected, rtol=1e-13)
        elif kind in ("process", "observed_process"):
            column = {"process": "approval", "observed_process": "observed_approval"}[kind]
            assert gains(world, kind, drawn) == naive.returns_to_go(world, drawn.episode, column, myopic=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [chain, trio])
def test_moments_and_deviations_are_those_of_all_episodes(make, kind):
    world = make()
    pi = naive.probabilities(NET, world, some(NET, world))
    shape = (world.horizon, world.states, world.actions)
    visits, first = np.zeros(shape), np.zeros(shape)
    totals = np.zeros((2, world.horizon))
    for chance, drawn in all_drawn(world, kind, pi):
        for t, (s, a, G) in enumerate(
            zip(drawn.episode.states, drawn.pushed, gains(world, kind, drawn), strict=True)
        ):
            visits[t, s, a] += chance
            first[t, s, a] += chance * G
            totals[:, t] += chance * G, chance * G**2
    expected = [Q for Q, _ in moments(world, kind, pi)]
    np.testing.assert_allclose(visits * expected, first, atol=1e-13)
    sigma = np.sqrt(totals[1] - totals[0] ** 2)
    np.testing.assert_allclose(deviations(world, kind, pi), sigma, rtol=1e-11)


def test_deviations_by_hand_count_a_finished_episode_as_0_and_rounding_as_none():
    assert sampled_deviations([[2.0, 1.0], [-1.0], [2.0]], 2) == pytest.approx([np.sqrt(2), np.sqrt(2) / 3])
    assert sampled_deviations([[0.1]] * 3, 1) == [0]
    same = bandit(observed_reward=[[0.1, 0.1]])
    assert deviations(same, "outcome", np.array([[0.3, 0.7]])) == [0]


CASES: list[Loss] = [
    *({"kind": kind} for kind in KINDS),
    {"kind": "process", "states": "contexts"},
    {"kind": "process", "labels": "all"},
    {"kind": "observed_process", "labels": "all", "states": "contexts"},
    *({"kind": kind, "rule": "unlikelihood"} for kind in ("process", "observed_process")),
    {"kind": "process", "rule": "unlikelihood", "labels": "all"},
]


@pytest.mark.parametrize(
    "loss",
    [
        {**loss, "baseline": baseline}
        for loss in CASES
        for baseline in BASELINES
        if baseline == "none" or not loss.keys() & {"rule", "labels"}
    ],
    ids=lambda loss: "-".join(loss.values()),
)
def test_expected_pushes_are_exact(loss):
    """Over every pair of episodes; a mean that holds the episode itself takes 1/E of the gradient."""
    baseline = loss["baseline"]
    for world in (chain(), trio()) if baseline == "none" else (fork_of_both_rewards(),):
        stage, E = naive.stage_for(world, loss), 1 if baseline == "none" else 2
        pi = naive.probabilities(NET, world, some(NET, world))
        exact = exact_push(stage, loss, pi, pi)
        U, d = np.zeros_like(pi), np.zeros(world.states)
        for several in itertools.product(all_drawn(stage, loss["kind"], pi), repeat=E):
            chance = np.prod([each for each, _ in several])
            push = push_of_episodes(stage, loss, pi, pi, [drawn for _, drawn in several])
            U += chance * push.U
            d += chance * push.d
        factor = 1 - 1 / E if baseline == "mean" else 1
        G, expected = naive.logit_gradient(pi, U), naive.logit_gradient(pi, exact.U)
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(G, factor * expected, atol=1e-13)
        np.testing.assert_allclose(d, exact.d, atol=1e-13)
        if baseline == "none" and loss["kind"] != "decoupled_approval":  # it adds a multiple of π
            np.testing.assert_allclose(U, exact.U, atol=1e-13)


def fork_of_both_rewards() -> World:
    """The fork with an intended reward, which it goes without."""
    return World(**{**vars(fork()), "reward": np.array([[0, 1], [2, -1], [0, 0]])})


@pytest.mark.parametrize("kind", ["outcome", "secure_outcome"])
@pytest.mark.parametrize("entropy", [0.0, 0.7])
def test_the_exact_score_function_climbs_return_and_entropy(kind, entropy):
    world = chain()
    loss = {"kind": kind, "estimator": "exact", "entropy": entropy}
    theta = some(NET, world)
    d = naive.occupancy(world, naive.probabilities(NET, world, theta), discounted=True).sum(axis=1)

    def down(x: Array) -> float:
        pi = naive.probabilities(NET, world, x)
        H = -(pi * np.log(pi)).sum(axis=1)
        return -naive.expected_return(world, pi, *naive.READS[kind]) - entropy * float(d @ H)

    step = naive_losses.step(NET, world, loss, theta, at=AT)
    np.testing.assert_allclose(step.gradient, naive.finite_difference(down, theta), atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_the_objective_is_minus_the_expected_signal(kind):
    world = trio()
    theta = some(NET, world)
    pi = naive.probabilities(NET, world, theta)
    columns = {**naive.READS, "observed_process": ("observed_approval", None)}
    columns |= {"mona": naive.READS["outcome"], "decoupled_approval": columns["observed_process"]}
    expected = naive.expected_return(world, pi, *columns[kind])
    if kind == "mona":
        expected += naive.expected_return(world, pi, "approval")
    loss = {"kind": kind, "rule": "unlikelihood", "entropy": 1.0}
    assert naive_losses.objective(NET, world, loss, theta) == pytest.approx(-expected)
    ended = bandit(start=[1], terminal=[True], observed_reward=[[9, 9]], observed_entry_reward=[3])
    assert naive_losses.objective(Net("tabular"), ended, {"kind": "outcome"}, np.zeros(2)) == -3


@pytest.mark.parametrize("labels", ["sampled", "all"])
def test_unlikelihood_descends_what_is_left_to_the_disapproved(labels):
    """−Σ d w x ln(1 − π) with x = min(approval, 0), and w the π that sampled it, held fixed."""
    world = trio()
    theta = some(NET, world)
    pi = naive.probabilities(NET, world, theta)
    d = naive.occupancy(world, pi, discounted=True).sum(axis=1)
    w = pi if labels == "sampled" else np.ones_like(pi)
    assert world.approval is not None
    weight = d[:, None] * w * np.minimum(world.approval, 0)

    def down(x: Array) -> float:
        return float((weight * np.log(1 - naive.probabilities(NET, world, x))).sum())

    loss = {"kind": "process", "rule": "unlikelihood", "labels": labels, "estimator": "exact"}
    step = naive_losses.step(NET, world, loss, theta, at=AT)
    np.testing.assert_allclose(step.gradient, naive.finite_difference(down, theta), atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{"estimator": "exact"}, *({"baseline": b} for b in BASELINES)])
def test_clipping_does_nothing_where_the_policy_is_the_old_one(options, kind):
    world = trio()
    theta = some(NET, world)
    loss = {"kind": kind, "entropy": 0.3, **options}
    one, other = (
        naive_losses.step(NET, world, {**loss, "rule": rule}, theta, at=AT).gradient
        for rule in ("clipped", "score_function")
    )
    np.testing.assert_allclose(one, other, atol=1e-13)


def test_a_ratio_moves_what_ppo_takes_the_lesser_of():
    """ρ ∂/∂ρ min(ρ A, clip(ρ, 1 − c, 1 + c) A) = A times the ratio, left and right of every kink."""

    def surrogate(x: Array) -> float:
        return float(min(x[0] * A, np.clip(x[0], 1 - clip, 1 + clip) * A))

    for A, clip, ratio in itertools.product((-2, 0, 3), (0.1, 0.3), (0.6, 0.75, 0.85, 0.95, 1.05, 1.15, 1.4)):
        slope = naive.finite_difference(surrogate, np.array([ratio]))[0]
        assert A * on_policy.clipped_ratio(A, ratio, clip) == pytest.approx(ratio * slope, abs=1e-8)


CLIPS = (0.02, 0.1)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("kind", ["outcome", "mona", "decoupled_approval"])
@pytest.mark.parametrize("baseline", BASELINES)
def test_clipping_descends_the_surrogate_of_ppo(baseline, kind, clip):
    """−Σ γᵗ min(ρ A, clip(ρ, 1 − c, 1 + c) A)/E over the episodes of π_old (Schulman et al. 2017)."""
    world = trio()
    loss = {"kind": kind, "rule": "clipped", "baseline": baseline, "clip": clip, "episodes": 12}
    theta, before = some(NET, world), some(NET, world, 2) + some(NET, world, 3) / 5
    old = naive.probabilities(NET, world, before)
    drawn = draw_episodes(world, loss, old, AT, None)
    G = [gains(world, kind, each) for each in drawn]
    V = on_policy.values(world, kind, old)
    b = naive.baselines(baseline, [each.episode for each in drawn], G, V)

    def ratios_of(x: Array) -> Array:
        return naive.probabilities(NET, world, x) / old

    def down(x: Array) -> float:
        total = 0.0
        for e, (episode, pushed) in enumerate(drawn):
            for t, (s, a) in enumerate(zip(episode.states, pushed, strict=True)):
                A, ratio = G[e][t] - b[e][t], ratios_of(x)[s, a]
                total -= world.discount**t * min(ratio * A, np.clip(ratio, 1 - clip, 1 + clip) * A) / 12
        return float(total)

    rho = ratios_of(theta)
    assert (rho[:2] > 1 + clip).any()
    assert (rho[:2] < 1 - clip).any()
    step = naive_losses.step(NET, world, loss, theta, at=AT, old=before)
    np.testing.assert_allclose(step.gradient, naive.finite_difference(down, theta), atol=1e-8)


@pytest.mark.parametrize("clip", CLIPS)
def test_exact_clipping_descends_the_expected_surrogate_of_ppo(clip):
    world = chain()
    theta, before = some(NET, world), some(NET, world, 2) + some(NET, world, 3) / 5
    old = naive.probabilities(NET, world, before)
    Q = naive.action_values(world, old, *naive.READS["outcome"])

    def down(x: Array) -> float:
        rho = naive.probabilities(NET, world, x) / old
        total = 0.0
        for chance, episode in naive.trajectories(world, old):
            for t, (s, a) in enumerate(zip(episode.states, episode.actions, strict=True)):
                A, ratio = Q[t][s, a] - old[s] @ Q[t][s], rho[s, a]
                surrogate = min(ratio * A, np.clip(ratio, 1 - clip, 1 + clip) * A)
                total -= chance * world.discount**t * surrogate
        return float(total)

    loss = {"kind": "outcome", "rule": "clipped", "clip": clip, "estimator": "exact"}
    step = naive_losses.step(NET, world, loss, theta, at=AT, old=before)
    np.testing.assert_allclose(step.gradient, naive.finite_difference(down, theta), atol=1e-8)


@pytest.mark.parametrize("head", ["softmax", "logit"])
@pytest.mark.parametrize("estimator", ["exact", "sampled"])
def test_the_natural_gradient_is_the_gradient_by_the_inverse_of_fishers_matrix(estimator, head):
    """F = Σ_s d(s) Σ_a π ∇ln π ∇ln πᵀ by finite differences; a softmax is as it was under a shift."""
    net = Net("tabular", head=head)
    for world in (trio(), fork()) if head == "softmax" else (fork(),):
        theta = some(net, world)
        loss = {"kind": "outcome", "estimator": estimator, "episodes": 8, "baseline": "mean", "entropy": 0.2}
        pi = naive.probabilities(net, world, theta)
        plain = naive_losses.step(net, world, loss, theta, at=AT).gradient
        natural = naive_losses.step(net, world, {**loss, "rule": "natural"}, theta, at=AT).gradient
        d = naive.occupancy(world, pi, discounted=True).sum(axis=1)
        if estimator == "sampled":
            d = push_of_episodes(world, loss, pi, pi, draw_episodes(world, loss, pi, AT, None)).d
        F = np.zeros((len(theta), len(theta)))
        for s, a in itertools.product(range(world.states), range(world.actions)):
            score = naive.finite_difference(
                lambda x: float(np.log(naive.probabilities(net, world, x)[s, a])),  # noqa: B023
                theta,
            )
            F += d[s] * pi[s, a] * np.outer(score, score)
        expected = np.linalg.pinv(F, rcond=1e-7) @ plain
        if head == "softmax":
            natural = natural.reshape(world.states, -1)
            natural = (natural - natural.mean(axis=1, keepdims=True)).ravel()
        assert np.abs(expected).max() > 0.1
        np.testing.assert_allclose(natural, expected, atol=1e-6)


def test_the_natural_gradient_is_refused_outside_tables():
    with pytest.raises(ValueError, match="table"):
        naive_losses.step(NET, fork(), {"kind": "outcome", "rule": "natural"}, np.zeros(8), at=AT)


def test_normalised_advantages_by_hand():
    world = bandit(observed_reward=[[2, -1]])
    pi = np.array([[0.75, 0.25]])
    drawn = [Drawn(Episode((0,), (a,), None), (a,)) for a in (0, 1, 0)]
    loss = {"kind": "outcome", "rule": "normalised", "baseline": "mean"}
    push = push_of_episodes(world, loss, pi, pi, drawn)
    np.testing.assert_allclose(push.U, [[2 / np.sqrt(2) / 3, -2 / np.sqrt(2) / 3]])
    assert not push_of_episodes(world, loss, pi, pi, drawn[:1]).U.any()
    exact = exact_push(world, loss, pi, pi)
    np.testing.assert_allclose(exact.U, np.array([[1.5, -0.25]]) / np.sqrt(0.75 * 0.25 * 9))


@pytest.mark.parametrize("kind", KINDS)
def test_scaling_the_signal_leaves_normalised_pushes(kind):
    world = trio()
    columns = [name for name in world.columns if "reward" in name or "approval" in name]
    scaled = World(**{**vars(world), **{name: getattr(world, name) / 2 for name in columns}})
    theta = some(NET, world)
    for estimator in ("exact", "sampled"):
        loss = {"kind": kind, "rule": "normalised", "estimator": estimator}
        one, other = (naive_losses.step(NET, each, loss, theta, at=AT).gradient for each in (world, scaled))
        assert np.abs(one).max() > 0.01
        np.testing.assert_allclose(one, other, atol=1e-12)


@pytest.mark.parametrize("kind", ["outcome", "decoupled_approval"])
@pytest.mark.parametrize("table", [{"kind": "tabular"}, {"kind": "linear"}, {"kind": "mlp", "hidden": [3]}])
def test_a_critic_descends_its_squared_error_and_is_the_baseline(table, kind):
    world = chain()
    loss = {"kind": kind, "baseline": "critic", "critic": table, "episodes": 5}
    net, theta = critic_net(loss), some(NET, world)
    weights = some(net, world, 4)
    drawn = draw_episodes(world, loss, naive.probabilities(NET, world, theta), AT, None)

    def error(x: Array) -> float:
        V = naive.logits(net, world, x)[:, 0]
        pairs = [zip(each.episode.states, gains(world, kind, each), strict=True) for each in drawn]
        return sum((V[s] - G) ** 2 / 10 for pair in pairs for s, G in pair)

    step = naive_losses.step(NET, world, loss, theta, at=AT, critic=weights)
    assert step.critic is not None
    np.testing.assert_allclose(step.critic, naive.finite_difference(error, weights), atol=1e-8)

    V = naive.logits(net, world, weights)[:, 0]
    plain, unit = ({"kind": kind, "episodes": 5, "baseline": "none"}, np.zeros_like(world.reward))
    for each in drawn:
        for t, (s, a) in enumerate(zip(each.episode.states, each.pushed, strict=True)):
            unit[s, a] += world.discount**t * V[s] / 5
    correction = naive.gradient(NET, world, theta, unit)
    without = naive_losses.step(NET, world, plain, theta, at=AT).gradient
    np.testing.assert_allclose(step.gradient, without - correction, atol=1e-8)


def test_queries_have_words_of_their_own():
    world = trio()
    pi = naive.probabilities(NET, world, some(NET, world))
    loss = {"kind": "decoupled_approval", "episodes": 6}
    for number, (episode, pushed) in enumerate(draw_episodes(world, loss, pi, AT, None)):
        assert len(pushed) == len(episode.actions)
        for t, s in enumerate(episode.states):
            assert pushed[t] == naive.choose(pi[s], naive.draw(3, 5, "query", 7, number * 2**12 + t)[0])
    certain = np.tile([0.0, 0.0, 1.0], (3, 1))
    for episode, pushed in draw_episodes(world, loss, pi, AT, certain):
        assert set(pushed) | set(episode.actions) <= {2}
