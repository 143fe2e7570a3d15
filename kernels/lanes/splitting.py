"""Multilevel splitting: a sample of initial weights given that they fulfil a criterion too rare to wait for.

A network has M particles of its own, drawn like its first M guesses. Level after level the better half
survives, the others become copies of survivors, and each particle moves by steps that keep its distance from
the criterion below the level's and leave the Gaussian of initial weights as it is,

    x ← √(1 − s²) x + s ξ,      θ = centre + scale · x,      x, ξ standard normal,

until half of the particles fulfil the criterion; the last moves are made within it, and one particle is
taken. The share that survived, multiplied over levels, estimates the rate of fresh weights that fulfil it.

Reference: Au and Beck 2001; Cérou, Del Moral, Furon and Guyader 2012; Cotter et al. 2013 for the moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..threefry import Purpose
from .elementary import normal_of
from .guess import GUESS, adopt, assess, assume, draw_normals, note_nearest, place
from .jit import jit, kernel
from .memory import load, store
from .threefry import network_key, threefry
from .vector import LANES, fma, lane_numbers, select, splat, sqrt

f = np.float32
u = np.uint32
MOVE = int(Purpose.MOVE)
WITHIN = f(2.0**-126)
"""The smallest distance that is not within the criterion, but for numbers too small to be normal."""
AIM = 0.3
"""The share of moves that are to be accepted; their size follows it from level to level."""


@jit
def draw_particles(plan: Any, criterion: Any, trial: Any, scratch: Any, start: Any, key: Any, swarm: Any):
    """The first M guesses as particles, with their losses and distances."""
    parameters = start.shape[1]
    for tile in range(len(swarm.distance) // LANES):
        base = tile * parameters * LANES
        attempt = splat(u(tile * LANES)) + lane_numbers()
        draw_normals(key, attempt, swarm.x, base, parameters)
        place(start, swarm.x, base, trial.weights)
        loss, distance = assess(plan, criterion, trial, scratch)
        store(swarm.loss, tile * LANES, loss)
        store(swarm.distance, tile * LANES, distance)


@jit
def sort_particles(distance: Any, order: Any):
    """The particles' numbers by ascending distance, equals by number (insertion sort: M is small)."""
    for i in range(len(order)):
        order[i] = i
        j = i
        while j > 0 and distance[order[j - 1]] > distance[i]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = i


@jit
def copy_particle(swarm: Any, source: int, to: int):
    """Put a copy of one particle in the place of another."""
    parameters = len(swarm.x) // len(swarm.distance)
    a = (source // LANES) * parameters * LANES + source % LANES
    b = (to // LANES) * parameters * LANES + to % LANES
    for p in range(0, parameters * LANES, LANES):
        swarm.x[b + p] = swarm.x[a + p]
    swarm.distance[to] = swarm.distance[source]
    swarm.loss[to] = swarm.loss[source]


@jit
def pick(words: Any, key: Any, level: int, number: int, among: int) -> int:
    """One of `among` numbers, for a particle at a level; its indices count from the top, moves from 0."""
    word, _ = threefry(key[0], key[1], splat(u(level)), splat(u(0xFFFFFFFF - number)))
    store(words, 0, word)
    return (int(words[0]) * among) >> 32


@jit
def move_particles(
    plan: Any,
    criterion: Any,
    trial: Any,
    scratch: Any,
    start: Any,
    key: Any,
    swarm: Any,
    size: f,
    level: f,
    when: int,
) -> int:
    """One move of every particle, kept where its distance stays below the level; how many were."""
    parameters = start.shape[1]
    pairs = (parameters + 1) // 2
    step = splat(size)
    shrink = sqrt(splat(f(1.0)) - step * step)
    accepted = 0
    for tile in range(len(swarm.distance) // LANES):
        base = tile * parameters * LANES
        first = (splat(u(tile * LANES)) + lane_numbers()) * splat(u(pairs))
        for p in range(0, parameters, 2):
            one, other = threefry(key[0], key[1], splat(u(when)), first + splat(u(p // 2)))
            at = p * LANES
            store(swarm.proposal, at, fma(step, normal_of(one), shrink * load(swarm.x, base + at)))
            if p + 1 < parameters:
                at += LANES
                store(swarm.proposal, at, fma(step, normal_of(other), shrink * load(swarm.x, base + at)))
        place(start, swarm.proposal, 0, trial.weights)
        loss, distance = assess(plan, criterion, trial, scratch)
        better = distance < splat(level)
        for k in range(0, parameters * LANES, LANES):
            store(swarm.x, base + k, select(better, load(swarm.proposal, k), load(swarm.x, base + k)))
        at = tile * LANES
        store(swarm.loss, at, select(better, loss, load(swarm.loss, at)))
        store(swarm.distance, at, select(better, distance, load(swarm.distance, at)))
        store(scratch.outcome, 0, select(better, splat(f(1.0)), splat(f(0.0))))
        for lane in range(LANES):
            accepted += int(scratch.outcome[lane])
    return accepted


@jit
def choose_level(swarm: Any) -> Any:
    """A distance that the better half of the particles is below, or WITHIN; and how many are.

    The particle that stands at the level does not survive it: so the share that does is free of bias.
    """
    particles = len(swarm.order)
    level = max(swarm.distance[swarm.order[particles // 2]], WITHIN)
    survivors = 0
    while survivors < particles and swarm.distance[swarm.order[survivors]] < level:
        survivors += 1
    return level, survivors


@kernel
def split(
    plan: Any,
    criterion: Any,
    state: Any,
    trial: Any,
    scratch: Any,
    guesses: Any,
    start: Any,
    swarm: Any,
    first: int,
    last: int,
    moves: int,
    limit: int,
):
    """Take each of the networks first … last − 1 to the criterion, by at most `limit` weights tried.

    start (n, 2, P): centre and scale of each network's parameters.
    """
    particles = len(swarm.distance)
    for network in range(first, last):
        assume(state, network, trial)
        name = splat(state.network[network])
        guess_key = network_key(plan.seeds[GUESS], name, GUESS)
        key = network_key(plan.seeds[MOVE], name, MOVE)
        own = start[network]
        draw_particles(plan, criterion, trial, scratch, own, guess_key, swarm)
        tried, when, size, rate = particles, 0, f(0.5), 1.0
        while tried + particles * moves <= limit:
            sort_particles(swarm.distance, swarm.order)
            level, survivors = choose_level(swarm)
            if survivors == 0:  # all are equally far: nothing tells better from worse
                break
            rate = rate * survivors / particles
            for number in range(survivors, particles):
                source = pick(scratch.words, key, when, number, survivors)
                copy_particle(swarm, swarm.order[source], swarm.order[number])
            accepted = 0
            for _ in range(moves):
                accepted += move_particles(
                    plan, criterion, trial, scratch, own, key, swarm, size, level, when
                )
                when += 1
            tried += particles * moves
            wanted = AIM * particles * moves
            size = min(f(1.0), size * f(1.2)) if accepted > wanted else size * f(0.8)
            if level <= WITHIN:
                guesses.found[network] = True
                break
        guesses.tried[network] = tried
        if guesses.found[network]:
            chosen = pick(scratch.words, key, when, 0, particles)
            parameters = own.shape[1]
            place(own, swarm.x, (chosen // LANES) * parameters * LANES, trial.weights)
            adopt(state, network, trial.weights, chosen % LANES)
            guesses.nearest[network] = swarm.loss[chosen]
            guesses.rate[network] = rate
        else:
            every = lane_numbers() < splat(u(LANES))
            for at in range(0, particles, LANES):
                loss = load(swarm.loss, at)
                note_nearest(guesses, network, loss, criterion, every, scratch.numbers)
