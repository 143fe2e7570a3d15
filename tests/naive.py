"""An oracle for one network: plain Python and float64, slow and obvious, from the formulas alone.

It imports nothing of popgrad but types, so that agreement with popgrad is evidence. An episode acts in
s_0 … s_{T−1} at steps 0 … T−1 and ends at T, in a terminal state or at the horizon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from popgrad.sim.behaviour import Behaviour
    from popgrad.sim.world import World

Array = NDArray[np.float64]
Loss = dict[str, Any]

WORD = 0xFFFFFFFF
ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
PARITY = 0x1BD11BDA
PURPOSES = {
    "weights": 0,
    "hyperparameters": 1,
    "rows": 2,
    "start": 3,
    "action": 4,
    "query": 5,
    "recorded": 6,
    "guess": 7,
    "move": 8,
}


def threefry(key: tuple[int, int], counter: tuple[int, int]) -> tuple[int, int]:
    """Threefry-2x32-20: twenty rounds of add, rotate, xor; a key word is added after every fourth.

    Reference: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3.
    """
    keys = (key[0], key[1], PARITY ^ key[0] ^ key[1])
    x, y = (counter[0] + keys[0]) & WORD, (counter[1] + keys[1]) & WORD
    for turn in range(20):
        bits = ROTATIONS[turn % 8]
        x = (x + y) & WORD
        y = ((y << bits) | (y >> (32 - bits))) & WORD
        y ^= x
        if turn % 4 == 3:
            injection = (turn + 1) // 4
            x = (x + keys[injection % 3]) & WORD
            y = (y + keys[(injection + 1) % 3] + injection) & WORD
    return x, y


def draw(seed: int, network: int, purpose: str, update: int, index: int) -> tuple[int, int]:
    """The word pair T(T(seed; network, purpose); update, index)."""
    key = threefry((seed & WORD, seed >> 32 & WORD), (network, PURPOSES[purpose]))
    return threefry(key, (update, index))


def choose(probabilities: Array | list[float], word: int) -> int:
    """The outcome that a word stands for: round(p·2³²) words each from 0 upwards, the likeliest on top."""
    likeliest = max(range(len(probabilities)), key=lambda outcome: float(probabilities[outcome]))
    passed = 0
    for outcome, probability in enumerate(probabilities):
        if outcome != likeliest:
            passed += round(float(probability) * 2**32)
            if word < passed:
                return outcome
    return likeliest


def choose_branch(chances: list[float], word: int) -> int:
    """The successor that a word stands for: the less likely first, of equals the one listed first."""
    passed = 0
    order = sorted(range(len(chances)), key=lambda branch: chances[branch])
    for branch in order[:-1]:
        passed += round(chances[branch] * 2**32)
        if word < passed:
            return branch
    return order[-1]


def choose_start(world: World, word: int) -> int:
    """The first state that a word stands for: states that can be acted in come before those that end it."""
    order = sorted(range(world.states), key=lambda state: bool(terminals(world)[state]))
    return order[choose([float(world.start[state]) for state in order], word)]


@dataclass(frozen=True)
class Net:
    """A network; its parameters are one vector, layer by layer: weights (out, in), then biases.

    A deep_linear net is an mlp without activation. A head of kind `value` is one number for each state, which
    is no logit: what a critic has.
    """

    kind: Literal["tabular", "linear", "mlp", "deep_linear"]
    hidden: tuple[int, ...] = ()
    activation: Literal["tanh", "relu", "identity"] = "tanh"
    bias: bool = False
    head: Literal["softmax", "logit", "value"] = "softmax"
    parameterisation: Literal["standard", "tangent_kernel", "mean_field"] = "standard"


def outputs(net: Net, world: World) -> int:
    """A logits for a softmax head; one for a value and for a logit head, which needs two actions."""
    if net.head == "logit" and world.actions != 2:
        raise ValueError(f"a logit head needs 2 actions, not {world.actions}")
    return world.actions if net.head == "softmax" else 1


def observations(world: World) -> list[tuple[float, ...]]:
    """The distinct feature rows in order of first appearance."""
    found: list[tuple[float, ...]] = []
    for row in world.features.tolist():
        if tuple(row) not in found:
            found.append(tuple(row))
    return found


def shapes(net: Net, world: World) -> list[tuple[int, int]]:
    """(out, in) of every layer; a table is one layer without biases, of shape (observations, outputs)."""
    if net.kind == "tabular":
        return [(len(observations(world)), outputs(net, world))]
    hidden = net.hidden if net.kind in ("mlp", "deep_linear") else ()
    sizes = [world.features.shape[1], *hidden, outputs(net, world)]
    return list(zip(sizes[1:], sizes[:-1], strict=True))


def scales(net: Net, world: World) -> list[float]:
    """What multiplies each layer's weights: 1/√m or 1/m where it reads a hidden layer of width m."""
    power = {"standard": 0.0, "tangent_kernel": 0.5, "mean_field": 1.0}[net.parameterisation]
    return [1.0] + [columns**-power for _, columns in shapes(net, world)[1:]]


def activate(net: Net, x: Array) -> Array:
    """The activation of a hidden layer."""
    if net.kind == "deep_linear" or net.activation == "identity":
        return x
    return np.tanh(x) if net.activation == "tanh" else np.maximum(x, 0.0)


def slope(net: Net, y: Array) -> Array:
    """The derivative of the activation where it gives y; relu has slope 0 at 0."""
    if net.kind == "deep_linear" or net.activation == "identity":
        return np.ones_like(y)
    return 1 - y**2 if net.activation == "tanh" else np.where(y > 0, 1.0, 0.0)


def layers(net: Net, world: World, parameters: Array) -> list[tuple[Array, Array]]:
    """The weights and biases of every layer; the biases are zero where the net has none."""
    at, found = 0, []
    for rows, columns in shapes(net, world):
        weights = parameters[at : at + rows * columns].reshape(rows, columns)
        at += rows * columns
        biases = np.zeros(rows)
        if net.bias and net.kind != "tabular":
            biases = parameters[at : at + rows]
            at += rows
        found.append((weights, biases))
    if at != len(parameters):
        raise ValueError(f"{len(parameters)} parameters given, {at} expected")
    return found


def parameter_count(net: Net, world: World) -> int:
    """How many numbers the parameter vector holds."""
    biased = net.bias and net.kind != "tabular"
    return sum(rows * columns + (rows if biased else 0) for rows, columns in shapes(net, world))


def activations(net: Net, world: World, parameters: Array, row: Array) -> list[Array]:
    """What every layer reads, from the features on, and last the output, for one row of features."""
    stack = layers(net, world, parameters)
    values = [row]
    for number, ((weights, biases), scale) in enumerate(zip(stack, scales(net, world), strict=True)):
        value = scale * (weights @ values[-1]) + biases
        values.append(activate(net, value) if number < len(stack) - 1 else value)
    return values


def logits(net: Net, world: World, parameters: Array, features: Array | None = None) -> Array:
    """(S, A) logits, or (S, 1) values; on the features of a variant when those are given."""
    known = observations(world)
    result = []
    for row in world.features if features is None else features:
        if net.kind == "tabular":
            output = layers(net, world, parameters)[0][0][known.index(tuple(row.tolist()))]
        else:
            output = activations(net, world, parameters, row)[-1]
        result.append([0.0, output[0]] if net.head == "logit" else output)
    return np.array(result, np.float64)


def log_softmax(Z: Array) -> Array:
    """z − max z − log Σ exp(z − max z), row by row."""
    shifted = Z - Z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def probabilities(net: Net, world: World, parameters: Array, features: Array | None = None) -> Array:
    """(S, A) action probabilities π(a|s)."""
    return np.exp(log_softmax(logits(net, world, parameters, features)))


class Episode(NamedTuple):
    """The states acted in, the actions, and the terminal state that ended it (None at the horizon)."""

    states: tuple[int, ...]
    actions: tuple[int, ...]
    terminal: int | None


def trajectories(world: World, pi: Array) -> Iterator[tuple[float, Episode]]:
    """Every episode that can happen, with its probability; one that two successors share comes twice."""

    def onwards(
        weight: float, state: int, states: tuple[int, ...], actions: tuple[int, ...]
    ) -> Iterator[tuple[float, Episode]]:
        if weight == 0:
            return
        if terminals(world)[state]:
            yield weight, Episode(states, actions, state)
            return
        if len(actions) == world.horizon:
            yield weight, Episode(states, actions, None)
            return
        for action in range(world.actions):
            for arrived, chance in zip(
                world.successor[state, action].tolist(), successors(world, state, action), strict=True
            ):
                here = weight * float(pi[state, action]) * chance
                yield from onwards(here, arrived, (*states, state), (*actions, action))

    for state in range(world.states):
        yield from onwards(float(world.start[state]), state, (), ())


def terminals(world: World) -> NDArray[np.bool_]:
    """(S,) true where an episode ends on entering."""
    assert world.terminal is not None
    return world.terminal


def successors(world: World, state: int, action: int) -> list[float]:
    """The probabilities of the K successors."""
    assert world.probability is not None
    return world.probability[state, action].tolist()


def column_of(world: World, name: str | None, shape: tuple[int, ...]) -> Array:
    """A column by name; zeros for an entry reward that is unnamed or that the world does not have."""
    value = None if name is None else getattr(world, name)
    if value is None and len(shape) > 1:
        raise ValueError(f"the world has no {name}")
    return np.zeros(shape) if value is None else value


def returns_to_go(
    world: World, episode: Episode, column: str, entry_column: str | None = None, myopic: bool = False
) -> list[float]:
    """G_t = Σ_{k=t}^{T−1} γ^{k−t} r(s_k, a_k) + γ^{T−t} e(s_T) for every step; r(s_t, a_t) if myopic."""
    r = column_of(world, column, (world.states, world.actions))
    e = column_of(world, entry_column, (world.states,))
    states, actions, terminal = episode
    T = len(actions)
    found = []
    for t in range(T):
        total = 0.0
        for k in range(t, t + 1 if myopic else T):
            total += world.discount ** (k - t) * r[states[k], actions[k]]
        if terminal is not None and not myopic:
            total += world.discount ** (T - t) * e[terminal]
        found.append(float(total))
    return found


def expected_return(world: World, pi: Array, column: str, entry_column: str | None = None) -> float:
    """E[Σ_t γᵗ r(s_t, a_t) + γᵀ e(s_T)] by enumeration; γ⁰ e(s_0) where an episode starts in the end."""
    e = column_of(world, entry_column, (world.states,))
    total = 0.0
    for chance, episode in trajectories(world, pi):
        if episode.actions:
            total += chance * returns_to_go(world, episode, column, entry_column)[0]
        elif episode.terminal is not None:
            total += chance * e[episode.terminal]
    return float(total)


def occupancy(world: World, pi: Array, discounted: bool = False) -> Array:
    """(S, A) expected visits per episode by enumeration, each times γᵗ if discounted."""
    visits = np.zeros((world.states, world.actions))
    for chance, episode in trajectories(world, pi):
        for t, (state, action) in enumerate(zip(episode.states, episode.actions, strict=True)):
            visits[state, action] += chance * (world.discount**t if discounted else 1.0)
    return visits


def stage_of(world: World, behaviour: Behaviour) -> World:
    """The world that an episode behaviour is measured in: its variant, from its start."""
    stage = behaviour.variant if behaviour.variant is not None else world
    return stage if behaviour.start is None else replace(stage, start=behaviour.start)


def contexts_rate(behaviour: Behaviour, pi: Array) -> float:
    """Σ_s c(s) Σ_a w[s, a] π(a|s) with c normalised."""
    assert behaviour.contexts is not None
    c = behaviour.contexts / behaviour.contexts.sum()
    return float(sum(c[s] * behaviour.weight[s] @ pi[s] for s in range(len(c))))


def behaviour_rate(world: World, behaviour: Behaviour, pi: Array) -> float:
    """A probability over contexts, or E[Σ_t w[s_t, a_t] + entry[s_T]], undiscounted, by enumeration.

    `pi` is the policy on the features of the variant where the behaviour has one.
    """
    if behaviour.contexts is not None:
        return contexts_rate(behaviour, pi)
    total = 0.0
    for chance, episode in trajectories(stage_of(world, behaviour), pi):
        for state, action in zip(episode.states, episode.actions, strict=True):
            total += chance * behaviour.weight[state, action]
        if episode.terminal is not None and behaviour.entry is not None:
            total += chance * behaviour.entry[episode.terminal]
    return float(total)


def being(world: World, pi: Array) -> list[Array]:
    """p_t(s) for t = 0 … H: the probability that the episode arrives in s at t, or starts there."""
    arriving = [np.array(world.start, np.float64)]
    for _ in range(world.horizon):
        ahead = np.zeros(world.states)
        for s in range(world.states):
            for a in range(0 if terminals(world)[s] else world.actions):
                for k, chance in enumerate(successors(world, s, a)):
                    ahead[world.successor[s, a, k]] += arriving[-1][s] * pi[s, a] * chance
        arriving.append(ahead)
    return arriving


def acting(world: World, pi: Array) -> list[Array]:
    """d_t(s) for t = 0 … H − 1: the probability that the episode acts in s at t."""
    return [np.where(terminals(world), 0.0, p) for p in being(world, pi)[:-1]]


def occupancy_recursive(world: World, pi: Array, discounted: bool = False) -> Array:
    """Σ_t d_t(s) π(a|s), each times γᵗ if discounted."""
    visits = np.zeros((world.states, world.actions))
    for t, d in enumerate(acting(world, pi)):
        visits += (world.discount**t if discounted else 1.0) * d[:, None] * pi
    return visits


def action_values(
    world: World, pi: Array, column: str, entry_column: str | None = None, myopic: bool = False
) -> list[Array]:
    """Q_t(s, a) = r + γ E[e(s′) if s′ is terminal, else V_{t+1}(s′)] backwards from V_H = 0; r if myopic."""
    r = column_of(world, column, (world.states, world.actions))
    e = column_of(world, entry_column, (world.states,))
    found: list[Array] = []
    V = np.zeros(world.states)
    for _ in range(world.horizon):
        Q = np.array(r, np.float64)
        for s in range(world.states):
            for a in range(0 if myopic else world.actions):
                for k, chance in enumerate(successors(world, s, a)):
                    arrived = world.successor[s, a, k]
                    Q[s, a] += (
                        world.discount * chance * (e[arrived] if terminals(world)[arrived] else V[arrived])
                    )
        V = (pi * Q).sum(axis=1)
        found.insert(0, Q)
    return found


def expected_return_recursive(world: World, pi: Array, column: str, entry_column: str | None = None) -> float:
    """Σ_s start(s) (e(s) if s is terminal, else V_0(s))."""
    e = column_of(world, entry_column, (world.states,))
    V = (pi * action_values(world, pi, column, entry_column)[0]).sum(axis=1)
    return float(sum(world.start[s] * (e[s] if terminals(world)[s] else V[s]) for s in range(world.states)))


def behaviour_rate_recursive(world: World, behaviour: Behaviour, pi: Array) -> float:
    """Σ_{s,a} occupancy·w + Σ_t Σ_{s terminal} p_t(s) entry(s); an average for a contexts behaviour."""
    if behaviour.contexts is not None:
        return contexts_rate(behaviour, pi)
    stage = stage_of(world, behaviour)
    total = (occupancy_recursive(stage, pi) * behaviour.weight).sum()
    if behaviour.entry is not None:
        for p in being(stage, pi):
            total += (p * behaviour.entry)[terminals(stage)].sum()
    return float(total)


def sampled_episodes(
    world: World,
    pi: Array,
    seed: int,
    network: int,
    update: int,
    episodes: int,
    thresholds_pi: Array | None = None,
) -> list[Episode]:
    """The E episodes of one update, every word at index episode·2¹² + step.

    `thresholds_pi` are the probabilities to sample with when they are not `pi` (those of a float32 kernel).
    """
    acts = pi if thresholds_pi is None else thresholds_pi
    found = []
    for episode in range(episodes):
        first = episode * 2**12
        state = choose_start(world, draw(seed, network, "start", update, first)[0])
        states: list[int] = []
        actions: list[int] = []
        while not terminals(world)[state] and len(actions) < world.horizon:
            words = draw(seed, network, "action", update, first + len(actions))
            action = choose(acts[state], words[0])
            chances = successors(world, state, action)
            branch = choose_branch(chances, words[1])
            states.append(state)
            actions.append(action)
            state = int(world.successor[state, action, branch])
        found.append(Episode(tuple(states), tuple(actions), state if terminals(world)[state] else None))
    return found


class Address(NamedTuple):
    """Where the random words of one update lie."""

    seed: int = 0
    network: int = 0
    update: int = 0


READS = {
    "outcome": ("observed_reward", "observed_entry_reward"),
    "secure_outcome": ("reward", "entry_reward"),
    "process": ("approval", None),
}


def stage_for(world: World, loss: Loss) -> World:
    """The world whose episodes a loss reads: for contexts, one step from a context."""
    if loss["kind"] == "imitation" or loss.get("states", "own") == "own":
        return world
    return replace(world, start=normalised(contexts_of(world)), horizon=1)


def push(
    world: World,
    loss: Loss,
    pi: Array,
    *,
    at: Address | None = None,
    thresholds_pi: Array | None = None,
) -> Array:
    """U (S, A), how hard one update pushes log π(a|s) up; sampled estimators need `at`."""
    estimator = loss["estimator"]
    if estimator == "sampled":
        assert at is not None
        drawn = sampled_episodes(stage_for(world, loss), pi, *at, loss["episodes"], thresholds_pi)
        return push_of_episodes(world, loss, pi, drawn)
    if loss["kind"] != "imitation":
        return exact_push(world, loss, pi)
    U = imitation_states(world, loss, pi)[:, None] * demonstrator_of(world)
    if estimator == "minibatch":
        assert at is not None
        return minibatch(U, loss["rows"], at)
    return U


def contexts_of(world: World) -> Array:
    """The world's contexts, as weights."""
    if world.contexts is None:
        raise ValueError("the world has no contexts")
    return world.contexts


def demonstrator_of(world: World) -> Array:
    """The demonstrator's probabilities."""
    return column_of(world, "demonstrator", (world.states, world.actions))


def normalised(weights: Array) -> Array:
    """Weights over their sum; all zero where nothing was visited."""
    total = weights.sum()
    return weights / total if total > 0 else np.zeros_like(weights)


def imitation_states(world: World, loss: Loss, pi: Array) -> Array:
    """d(s), summing to 1: contexts, or expected undiscounted visits by the demonstrator or the policy."""
    if loss["states"] == "contexts":
        return normalised(contexts_of(world))
    actor = {"demonstrator": demonstrator_of(world), "own": pi}[loss["states"]]
    return normalised(occupancy_recursive(world, actor).sum(axis=1))


def minibatch(joint: Array, rows: int, at: Address) -> Array:
    """Counts / R of R pairs (s, a) drawn by d(s)·demonstrator(a|s), the support in row-major order."""
    pairs = [(s, a) for s in range(joint.shape[0]) for a in range(joint.shape[1]) if joint[s, a] > 0]
    weights = [joint[pair] for pair in pairs]
    U = np.zeros(joint.shape)
    for row in range(rows):
        word = draw(at.seed, at.network, "rows", at.update, row)[0]
        U[pairs[choose(weights, word)]] += 1 / rows
    return U


def exact_push(world: World, loss: Loss, pi: Array) -> Array:
    """U = Σ_t γᵗ d_t(s) π(a|s) Q_t(s, a); without the π where all actions are labelled."""
    stage = stage_for(world, loss)
    weight = np.ones_like(pi) if loss.get("labels", "sampled") == "all" else pi
    column, entry_column = READS[loss["kind"]]
    Q = action_values(stage, pi, column, entry_column, myopic=loss["kind"] == "process")
    U = np.zeros((world.states, world.actions))
    for t, d in enumerate(acting(stage, pi)):
        U += stage.discount**t * d[:, None] * weight * Q[t]
    return U


def push_of_episodes(world: World, loss: Loss, pi: Array, episodes: list[Episode]) -> Array:
    """U of episodes at hand: γᵗ (G_{e,t} − b) / E at each visit, or counts times the labels."""
    E = len(episodes)
    counts = np.zeros(world.states)
    discounted = np.zeros(world.states)
    for episode in episodes:
        for t, state in enumerate(episode.states):
            counts[state] += 1
            discounted[state] += world.discount**t / E
    if loss["kind"] == "imitation":
        if loss["states"] != "own":
            raise ValueError("imitation samples episodes of its own policy alone")
        return normalised(counts)[:, None] * demonstrator_of(world)
    if loss.get("labels", "sampled") == "all":
        return discounted[:, None] * column_of(world, READS[loss["kind"]][0], pi.shape)
    stage = stage_for(world, loss)
    column, entry_column = READS[loss["kind"]]
    myopic = loss["kind"] == "process"
    returns = [returns_to_go(stage, episode, column, entry_column, myopic) for episode in episodes]
    V = [(pi * Q).sum(axis=1) for Q in action_values(stage, pi, column, entry_column, myopic)]
    b = baselines(loss.get("baseline", "none"), episodes, returns, V)
    U = np.zeros((world.states, world.actions))
    for e, episode in enumerate(episodes):
        for t, (state, action) in enumerate(zip(episode.states, episode.actions, strict=True)):
            U[state, action] += world.discount**t * (returns[e][t] - b[e][t]) / E
    return U


def baselines(
    kind: str, episodes: list[Episode], returns: list[list[float]], V: list[Array]
) -> list[list[float]]:
    """b for every episode and step; in a mean over episodes, one that has finished counts as return 0."""
    E = len(episodes)
    if kind == "leave_one_out" and E < 2:
        raise ValueError("leave_one_out needs at least 2 episodes")
    totals = [sum(G[t] for G in returns if t < len(G)) for t in range(len(V))]
    found = []
    for episode, G in zip(episodes, returns, strict=True):
        row = []
        for t, state in enumerate(episode.states):
            if kind == "none":
                row.append(0.0)
            elif kind == "mean":
                row.append(totals[t] / E)
            elif kind == "leave_one_out":
                row.append((totals[t] - G[t]) / (E - 1))
            elif kind == "value":
                row.append(float(V[t][state]))
            else:
                raise ValueError(f"no baseline {kind!r}")
        found.append(row)
    return found


def logit_gradient(pi: Array, U: Array) -> Array:
    """G[s, a] = π(a|s) Σ_b U[s, b] − U[s, a]."""
    return pi * U.sum(axis=1, keepdims=True) - U


def surrogate(net: Net, world: World, parameters: Array, U: Array) -> float:
    """−Σ_{s,a} U[s, a] log π(a|s)."""
    return float(-(U * log_softmax(logits(net, world, parameters))).sum())


def finite_difference(f: Callable[[Array], float], parameters: Array, step: float = 1e-6) -> Array:
    """(f(θ + h) − f(θ − h)) / 2h for every parameter."""
    found = np.zeros(len(parameters))
    for i in range(len(parameters)):
        up, down = np.array(parameters, np.float64), np.array(parameters, np.float64)
        up[i] += step
        down[i] -= step
        found[i] = (f(up) - f(down)) / (up[i] - down[i])
    return found


def gradient(net: Net, world: World, parameters: Array, U: Array) -> Array:
    """Finite differences of the surrogate, U held fixed."""
    return finite_difference(lambda moved: surrogate(net, world, moved, U), parameters)


def backward(net: Net, world: World, parameters: Array, G: Array) -> Array:
    """Σ_{s,a} G[s, a] ∂z[s, a]/∂θ by back-propagation, state by state."""
    stack = layers(net, world, parameters)
    scale = scales(net, world)
    known = observations(world)
    found = [(np.zeros_like(weights), np.zeros_like(biases)) for weights, biases in stack]
    for s, row in enumerate(world.features):
        delta = G[s, 1:] if net.head == "logit" else G[s]
        if net.kind == "tabular":
            found[0][0][known.index(tuple(row.tolist()))] += delta
            continue
        values = activations(net, world, parameters, row)
        for number in reversed(range(len(stack))):
            found[number][0][...] += scale[number] * np.outer(delta, values[number])
            found[number][1][...] += delta
            if number > 0:
                delta = scale[number] * (stack[number][0].T @ delta) * slope(net, values[number])
    flat = []
    for weights, biases in found:
        flat.append(weights.ravel())
        if net.bias and net.kind != "tabular":
            flat.append(biases)
    return np.concatenate(flat)


def train(
    net: Net,
    world: World,
    loss: Loss,
    parameters: Array,
    *,
    learning_rate: float,
    updates: int,
    seed: int = 0,
    network: int = 0,
) -> list[Array]:
    """θ ← θ − η ∇ for `updates` steps, the first at update 0 of the addresses; all updates + 1 vectors."""
    path = [np.array(parameters, np.float64)]
    for update in range(updates):
        pi = probabilities(net, world, path[-1])
        U = push(world, loss, pi, at=Address(seed, network, update))
        step = backward(net, world, path[-1], logit_gradient(pi, U))
        path.append(path[-1] - learning_rate * step)
    return path
