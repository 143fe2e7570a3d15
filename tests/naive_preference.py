"""The oracle of `preference`: Bradley-Terry on log-ratios to a reference (DPO; Rafailov et al. 2023)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import naive
import numpy as np
from naive import Address, Array, Episode, Loss
from naive_on_policy import query_words

if TYPE_CHECKING:
    from popgrad.sim.world import World

READS = {
    "approval": ("approval", None),
    "observed_return": ("observed_reward", "observed_entry_reward"),
    "intended_return": ("reward", "entry_reward"),
}


class Compared(NamedTuple):
    """U (S, A) and the loss Σ weight·(−ln σ(β m))."""

    U: Array
    loss: float


def stage_of(world: World, loss: Loss) -> World:
    """The world whose episodes are drawn: one step from a context, or the world itself."""
    own = loss.get("compare", "actions") == "episodes" or loss.get("states", "contexts") == "own"
    return naive.stage_for(world, {**loss, "states": "own" if own else "contexts"})


def action_scores(world: World, loss: Loss) -> Array:
    """Approval, or r(s, a) + γ Σ_k P_k e(s′_k) over terminal s′."""
    column, entry_column = READS[loss.get("judged_on", "approval")]
    scores = np.array(naive.column_of(world, column, (world.states, world.actions)))
    e = np.where(naive.terminals(world), naive.column_of(world, entry_column, (world.states,)), 0.0)
    for s in range(world.states):
        for a in range(world.actions):
            for k, chance in enumerate(naive.successors(world, s, a)):
                scores[s, a] += world.discount * chance * e[world.successor[s, a, k]]
    return scores


def episode_score(world: World, loss: Loss, episode: Episode) -> float:
    """G_0 of the column judged on; e(s_0) of an episode that starts in its end."""
    column, entry_column = READS[loss.get("judged_on", "approval")]
    if episode.actions:
        return naive.returns_to_go(world, episode, column, entry_column)[0]
    return float(naive.column_of(world, entry_column, (world.states,))[episode.terminal])


def pull(m: float, beta: float) -> float:
    """c(m) = β σ(−β m)."""
    return float(beta * np.exp(-np.logaddexp(0.0, beta * m)))


def surprise(m: float, beta: float) -> float:
    """−ln σ(β m)."""
    return float(np.logaddexp(0.0, -beta * m))


def flipped(word: int, noise: float) -> bool:
    """Whether a label is the wrong one: (word + ½)/2³² < ν, compared in float32."""
    return bool(np.float32((word + 0.5) / 2**32) < np.float32(noise))


def compared(
    world: World, loss: Loss, pi: Array, log_ratio: Array, at: Address, acted: Array | None
) -> Compared:
    """The push and the loss of one update; `log_ratio` r[s, a] = ln π(a|s) − ln π_ref(a|s)."""
    if loss.get("compare", "actions") == "episodes":
        return compare_episodes(world, loss, log_ratio, drawn_by(world, loss, pi, at, acted), at)
    sampled = loss.get("estimator", "exact") == "sampled"
    if sampled and loss.get("pairs", "all") == "own":
        thresholds = pi if acted is None else acted
        return compare_own(world, loss, thresholds, log_ratio, drawn_by(world, loss, pi, at, acted), at)
    if sampled:
        counts = np.zeros(world.states)
        for episode in drawn_by(world, loss, pi, at, acted):
            np.add.at(counts, list(episode.states), 1)
        return compare_actions(world, loss, pi, log_ratio, naive.normalised(counts))
    visits = naive.occupancy_recursive(stage_of(world, loss), pi).sum(axis=1)
    return compare_actions(world, loss, pi, log_ratio, naive.normalised(visits))


def drawn_by(world: World, loss: Loss, pi: Array, at: Address, acted: Array | None) -> list[Episode]:
    """The episodes of one update."""
    return naive.sampled_episodes(stage_of(world, loss), pi, *at, loss.get("episodes", 16), acted)


def compare_actions(world: World, loss: Loss, pi: Array, log_ratio: Array, d: Array) -> Compared:
    """Every unordered pair of unequal scores, by weight d(s)·2/(A(A − 1)), or d(s)·2 π_a π_b of own pairs.

    U[w] += weight ((1 − ν) c(m) − ν c(−m)), U[l] −= the same, with m = r[w] − r[l].
    """
    scores = action_scores(world, loss)
    beta, noise = loss.get("beta", 0.1), loss.get("label_noise", 0.0)
    U, total, A = np.zeros_like(pi), 0.0, world.actions
    for s in range(world.states):
        for first in range(A):
            for second in range(first):
                if scores[s, first] == scores[s, second]:
                    continue
                w, b = (first, second) if scores[s, first] > scores[s, second] else (second, first)
                weight = d[s] * 2 / (A * (A - 1))
                if loss.get("pairs", "all") == "own":
                    weight = d[s] * 2 * pi[s, w] * pi[s, b]
                m = float(log_ratio[s, w] - log_ratio[s, b])
                push = weight * ((1 - noise) * pull(m, beta) - noise * pull(-m, beta))
                U[s, w] += push
                U[s, b] -= push
                total += weight * ((1 - noise) * surprise(m, beta) + noise * surprise(-m, beta))
    return Compared(U, float(total))


def compare_own(
    world: World, loss: Loss, thresholds: Array, log_ratio: Array, episodes: list[Episode], at: Address
) -> Compared:
    """At each visit the executed action against a queried one, by weight 1/(all visits of the update)."""
    scores = action_scores(world, loss)
    beta, noise = loss.get("beta", 0.1), loss.get("label_noise", 0.0)
    visits = sum(len(episode.actions) for episode in episodes)
    U, total = np.zeros_like(thresholds), 0.0
    for number, episode in enumerate(episodes):
        for t, (s, executed) in enumerate(zip(episode.states, episode.actions, strict=True)):
            words = query_words(at, number, t)
            queried = naive.choose(thresholds[s], words[0])
            if scores[s, executed] == scores[s, queried]:
                continue
            better = (scores[s, executed] > scores[s, queried]) != flipped(words[1], noise)
            w, b = (executed, queried) if better else (queried, executed)
            m = float(log_ratio[s, w] - log_ratio[s, b])
            U[s, w] += pull(m, beta) / visits
            U[s, b] -= pull(m, beta) / visits
            total += surprise(m, beta) / visits
    return Compared(U, float(total))


def compare_episodes(
    world: World, loss: Loss, log_ratio: Array, episodes: list[Episode], at: Address
) -> Compared:
    """Episodes 2i and 2i + 1 against each other, by weight 2/E: M = Σ_t r of the winner − of the loser."""
    if len(episodes) % 2:
        raise ValueError(f"pairs need an even number of episodes, not {len(episodes)}")
    beta, noise = loss.get("beta", 0.1), loss.get("label_noise", 0.0)
    U, total, weight = np.zeros_like(log_ratio), 0.0, 2 / len(episodes)
    for first in range(0, len(episodes), 2):
        one, other = episodes[first], episodes[first + 1]
        scores = [episode_score(world, loss, episode) for episode in (one, other)]
        if scores[0] == scores[1]:
            continue
        better = (scores[0] > scores[1]) != flipped(query_words(at, first, 0)[1], noise)
        winner, loser = (one, other) if better else (other, one)
        M = sum(
            sign * float(log_ratio[s, a])
            for sign, each in ((1, winner), (-1, loser))
            for s, a in zip(each.states, each.actions, strict=True)
        )
        for sign, each in ((1, winner), (-1, loser)):
            for s, a in zip(each.states, each.actions, strict=True):
                U[s, a] += sign * weight * pull(M, beta)
        total += weight * surprise(M, beta)
    return Compared(U, float(total))
