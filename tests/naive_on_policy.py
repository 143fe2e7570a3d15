"""The oracle of the rules that turn an on-policy signal into a push.

A loss reads episodes of the policy that acts (π_old under `clipped`, π elsewhere) in a stage: the world, or
one step from a context. U (S, A) is how hard an update pushes log π(a|s) up, and d (S,) is
Σ_t γᵗ P(acts in s at t), or the mean of γᵗ[visit] over the E episodes drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import naive
import numpy as np
from naive import Address, Array, Loss, Net
from naive_signals import DECOUPLED, Drawn, deviations, gains, moments, sampled_deviations, signal_of, values

if TYPE_CHECKING:
    from popgrad.sim.world import World


class Push(NamedTuple):
    """U (S, A), d (S,), and the gradient (S,) of ½ Σ_visits (V̂(s) − G)²/E on the critic's values."""

    U: Array
    d: Array
    critic: Array


def odds(pi: Array) -> Array:
    """π/(1 − π), with 1 − π summed over the other actions."""
    return pi / np.array([[np.delete(row, a).sum() for a in range(len(row))] for row in pi])


def clipped_ratio(advantage: float, ratio: float, clip: float) -> float:
    """ρ where it moves min(ρ A, clip(ρ, 1 − c, 1 + c) A), else 0."""
    gone_too_far = ratio > 1 + clip if advantage > 0 else ratio < 1 - clip
    return 0.0 if advantage == 0 or gone_too_far else ratio


def exact_push(stage: World, loss: Loss, pi: Array, old: Array) -> Push:
    """U = Σ_t γᵗ d_t π Q_t, with a rule's own factor; without the π where all actions are labelled.

    normalised: Q_t/σ_t. unlikelihood: min(Q_t, 0) π/(1 − π). clipped: ρ (Q_t − V_t) or 0, d, Q, V by π_old.
    """
    rule = loss.get("rule", "score_function")
    acts = old if rule == "clipped" else pi
    weight = np.ones_like(pi) if loss.get("labels", "sampled") == "all" else acts
    if loss["kind"] == DECOUPLED:
        Q = [naive.column_of(stage, "approval", pi.shape)] * stage.horizon
    else:
        Q = [mean for mean, _ in moments(stage, loss["kind"], acts)]
    sigma = deviations(stage, loss["kind"], acts) if rule == "normalised" else []
    U, d = np.zeros_like(pi), np.zeros(stage.states)
    for t, d_t in enumerate(naive.acting(stage, acts)):
        term = Q[t]
        if rule == "normalised":
            term = Q[t] / sigma[t] if sigma[t] > 0 else np.zeros_like(pi)
        elif rule == "unlikelihood":
            term = np.minimum(Q[t], 0.0) * odds(pi)
        elif rule == "clipped":
            term = np.zeros_like(pi)
            for s in range(stage.states):
                for a in range(stage.actions):
                    A = Q[t][s, a] - acts[s] @ Q[t][s]
                    term[s, a] = A * clipped_ratio(A, pi[s, a] / acts[s, a], loss.get("clip", 0.2))
        U += stage.discount**t * d_t[:, None] * weight * term
        d += stage.discount**t * d_t
    return Push(U, d, np.zeros(stage.states))


def draw_episodes(stage: World, loss: Loss, acts: Array, at: Address, acted: Array | None) -> list[Drawn]:
    """The E episodes of an update; a′ of decoupled_approval is drawn as QUERY at the step's own index."""
    thresholds = acts if acted is None else acted
    found = []
    for number, episode in enumerate(
        naive.sampled_episodes(stage, acts, *at, loss.get("episodes", 16), thresholds)
    ):
        pushed = episode.actions
        if loss["kind"] == DECOUPLED:
            pushed = tuple(
                naive.choose(thresholds[s], query_words(at, number, t)[0])
                for t, s in enumerate(episode.states)
            )
        found.append(Drawn(episode, pushed))
    return found


def query_words(at: Address, episode: int, step: int) -> tuple[int, int]:
    """The word pair of purpose QUERY at index episode·2¹² + step."""
    return naive.draw(at.seed, at.network, "query", at.update, episode * 2**12 + step)


def push_of_episodes(
    stage: World, loss: Loss, pi: Array, old: Array, drawn: list[Drawn], estimate: Array | None = None
) -> Push:
    """U[s, a] += γᵗ A/E at every visit with A = G − b, times a rule's own factor.

    normalised: 1/σ_t. clipped: ρ = π/π_old, or 0. unlikelihood: min(G, 0) π/(1 − π) in place of A. Labels for
    all actions: γᵗ/E times all of r(s, ·). `estimate` is the critic's V̂ (S,).
    """
    E, kind, rule = len(drawn), loss["kind"], loss.get("rule", "score_function")
    G = [gains(stage, kind, each) for each in drawn]
    b = baselines_of(stage, loss, old if rule == "clipped" else pi, drawn, G, estimate)
    sigma = sampled_deviations(G, stage.horizon)
    labels = signal_of(stage, kind).reward
    if rule == "unlikelihood":
        labels = np.minimum(labels, 0.0) * odds(pi)
    U, d, critic = np.zeros_like(pi), np.zeros(stage.states), np.zeros(stage.states)
    for e, (episode, pushed) in enumerate(drawn):
        for t, (s, a) in enumerate(zip(episode.states, pushed, strict=True)):
            share = stage.discount**t / E
            d[s] += share
            if estimate is not None:
                critic[s] += (estimate[s] - G[e][t]) / E
            if loss.get("labels", "sampled") == "all":
                U[s] += share * labels[s]
                continue
            A = G[e][t] - b[e][t]
            factor = 1.0
            if rule == "normalised":
                factor = 1 / sigma[t] if sigma[t] > 0 else 0.0
            elif rule == "clipped":
                factor = clipped_ratio(A, pi[s, a] / old[s, a], loss.get("clip", 0.2))
            elif rule == "unlikelihood":
                A = labels[s, a]
            U[s, a] += share * A * factor
    return Push(U, d, critic)


def baselines_of(
    stage: World, loss: Loss, acts: Array, drawn: list[Drawn], G: list[list[float]], estimate: Array | None
) -> list[list[float]]:
    """b of every episode and step: V̂(s) of a critic, or one of the oracle's baselines."""
    if loss.get("baseline", "none") == "critic":
        assert estimate is not None
        return [[float(estimate[s]) for s in each.episode.states] for each in drawn]
    kind = loss.get("baseline", "none")
    V = [np.zeros(stage.states)] * stage.horizon
    if kind == "value":
        V = values(stage, loss["kind"], acts)
    return naive.baselines(kind, [each.episode for each in drawn], G, V)


def entropy_push(pi: Array, d: Array, tau: float) -> Array:
    """−τ d(s) π ln π, whose logit gradient climbs τ Σ_s d(s) H(π(s)); 0 where π is."""
    return -tau * d[:, None] * pi * np.log(np.where(pi > 0, pi, 1.0))


def natural_gradient(net: Net, world: World, pi: Array, U: Array, d: Array) -> Array:
    """F⁺ times the gradient on a table's logits; for a row o F = Σ_{s ∈ o} d(s) (diag π − π πᵀ), 0⁺ = 0.

    A row that several states show is one block of F; its whole gradient is put on the first of them.
    softmax: the mean of U/π over actions less U/π, over Σ d; logit: the difference of two.
    """
    if net.kind != "tabular":
        raise ValueError(f"the natural gradient is that of a table, not of {net.kind}")
    G = np.zeros_like(pi)
    rows = [row.tolist() for row in world.features]
    for s, row in enumerate(rows):
        alike = [other for other, features in enumerate(rows) if features == row]
        total = sum(d[other] for other in alike)
        if alike[0] != s or total == 0:
            continue
        pull = sum(U[other] for other in alike) / pi[s] / total
        if net.head == "softmax":
            G[s] = pull.mean() - pull
        else:
            G[s, 1] = pull[0] - pull[1]
    return G


def critic_net(loss: Loss) -> Net:
    """The critic of a loss's table: one output, with biases, tanh."""
    table = loss["critic"]
    return Net(table["kind"], hidden=tuple(table.get("hidden", ())), bias=True, head="value")


def objective(world: World, loss: Loss, pi: Array) -> float:
    """−E[Σ_t γᵗ r(s_t, a_t) + γᵀ e(s_T)] of the signal in the stage, whatever the rule."""
    stage = naive.stage_for(world, loss)
    signal = signal_of(world, loss["kind"])
    total = sum(
        stage.discount**t * (d_t[:, None] * pi * signal.reward).sum()
        for t, d_t in enumerate(naive.acting(stage, pi))
    )
    for t, p in enumerate(naive.being(stage, pi)):
        total += stage.discount**t * (p * signal.entry)[naive.terminals(stage)].sum()
    return -float(total)
