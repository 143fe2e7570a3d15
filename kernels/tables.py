"""The contract between the floors: what both backends take, as plain arrays and numbers.

Index letters: R rows on which the policy is evaluated, A actions, K successors of an action, N states of an
episode that go on (local numbers 0 … N − 1; a larger number ends the episode), P parameters, E episodes.
Numbers are of one precision, float32 on the Numba backend. What is int64, bool or a plain number says how a
plan is built and may be compiled into a kernel; the rest is data. Arrays of a State that differ by network
are flat and laid out (tile, ..., lane).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .threefry import Words

Floats = NDArray[Any]
"""float32, or float64 where a plan is in that precision."""
Integers = NDArray[np.int32]
Longs = NDArray[np.int64]

NEVER = np.uint32(0xFFFFFFFF)
"""−1 as a word: what the records of a State hold for an event that has not happened."""

ROW_BLOCK = 4
"""Kernels take rows four at a time, so the number of rows is padded to a multiple of it."""


def padded(count: int) -> int:
    """A number of rows, rounded up to whole blocks."""
    return -(-count // ROW_BLOCK) * ROW_BLOCK


class Network(NamedTuple):
    """The shape of a policy.

    `widths` (layers + 1) runs from inputs to outputs; one width alone is a table of logits, one row for each
    observation. Parameters are numbered layer by layer, the weights (out, in) row by row and then the biases.
    `pinned` is 1 when the first action's logit is fixed at 0 and has no output. scale (P), where it is not
    empty, is what a parameter is multiplied by before it is used. `recurrent` is 1 when the one hidden layer
    also reads what it was at the step before: those weights (out, out) stand between its biases and the next
    layer.
    """

    widths: Longs
    activation: int
    bias: int
    pinned: int
    parameters: int
    scale: Floats
    recurrent: int = 0


class Rows(NamedTuple):
    """What the policy is evaluated on: features (R, D), and observation (R) int32, its row in a table.

    The first `trained` rows are those that an update pushes; R and `trained` are multiples of ROW_BLOCK.
    """

    features: Floats
    observation: Integers
    trained: int


class Draws(NamedTuple):
    """A fixed distribution: outcomes (n) int32, the likeliest last; thresholds (n − 1) uint32, ascending.

    A word gives the outcome whose number is the count of thresholds that it reaches.
    """

    outcomes: Integers
    thresholds: Words


class Episodes(NamedTuple):
    """Episodes of a fixed dynamics.

    row (N) int32, the row at which the policy sees a state; start (N), the probability of starting there;
    successor (N, A, K) int32, N or more where the episode ends; probability (N, A, K); weight (horizon), what
    a visit at that step counts.
    """

    row: Integers
    start: Floats
    successor: Integers
    probability: Floats
    horizon: int
    weight: Floats


class Sampling(NamedTuple):
    """How episodes are drawn: the first state, and thresholds (N, A, K − 1) uint32 of the transitions."""

    start: Draws
    transition: Words
    episodes: int


class Signal(NamedTuple):
    """What an episode's visit is worth.

    payoff (N, A, K) of a transition and expected_payoff (N, A); the return at a step is
    payoff + to_go · (return at the next step), so to_go = 0 makes it myopic. labels (N, A) of actions, for
    the credits that read them; edges (B − 1) ascending, between the bins of Credit.TARGET; started, what an
    episode is worth that ends where it starts, by local state.
    """

    payoff: Floats
    expected_payoff: Floats
    to_go: np.floating
    labels: Floats
    edges: Floats
    started: Floats
    credit: int
    baseline: int


class Rule(NamedTuple):
    """How pushes become the gradient on the logits, and how the policy acts on its outputs.

    `weighing` of advantages, `shape` of a row; entropy is 1 where a bonus is paid. `kept` is 1 when the
    logits of every `epochs`-th update from update `first` on are kept for comparison, and `replayed` when
    episodes are those of that update, acted in by that policy. `visits` is 1 where something reads how often
    each state was visited.
    """

    weighing: int
    shape: int
    entropy: int
    visits: int
    acting: int
    kept: int
    replayed: int
    epochs: int
    first: int


class Optimiser(NamedTuple):
    """How a gradient becomes a step: a Method, a Decay, and switches that are 0 or 1."""

    method: int
    decay: int
    momentum: int
    nesterov: int
    clipped: int


class Evaluations(NamedTuple):
    """Linear functionals of the policy, by exact occupancy.

    Setting i has the local states states[i] … states[i + 1] of the concatenated `row`, `start`,
    `successor` (local numbers) and `probability`, with its own horizon and discount. Functional k is

        constant_k + Σ_n occupancy[n] Σ_a weight_k[n, a] π(a|n)

    in setting[k], its weights from row weight_at[k] of `weight` (., A), or what form[k] (int64, a Form) says.
    With margin[k] the setting has one state and the log-odds of the actions of weight 1 are kept as well.
    """

    states: Longs
    row: Integers
    start: Floats
    successor: Integers
    probability: Floats
    horizon: Longs
    discount: Floats
    setting: Longs
    weight_at: Longs
    weight: Floats
    constant: Floats
    form: Longs
    margin: NDArray[np.bool_]


class Watches(NamedTuple):
    """Criteria checked before the first update and after every one: functional k of `evaluations` against
    level[k], from below where sign[k] is 1 and from above where it is −1; the level is one of the margin
    where the functional has one. freeze[k] ends the network's learning."""

    evaluations: Evaluations
    level: Floats
    sign: Floats
    freeze: NDArray[np.bool_]


class Ledger(NamedTuple):
    """Behaviours of which every change is booked to the pushes that made it.

    The K functionals of `evaluations`, which are linear, on rows of their own; with `odds` their margins. The
    accounts of a behaviour are (1 + baseline + entropy, trained rows, A): of the signal, and where these
    are 1 of what the baseline and the entropy bonus push. Behind them stand LINES that have no row: what
    weight decay did, and what earlier updates' gradients did that the optimiser carried over.

    A behaviour's gradient is averaged over points `node` (M) along a step, from 0 to 1, with weights `share`
    (M); where `divided` is 1 over its two ends, and over points on parts of it where those do not explain it.

    `split` is how many networks, from the first on, have what was carried split over the pushes that made it.
    """

    rows: Rows
    evaluations: Evaluations
    node: Floats
    share: Floats
    divided: int
    odds: int
    split: int
    baseline: int
    entropy: int


LINES = 2
"""The lines of a behaviour in the books that have no row: decay, then carried."""


class Shown(NamedTuple):
    """Which (local state, action) pairs show a behaviour: pairs[at[b]:at[b + 1]], int32, state · A + action.

    An arrival at an ending state counts as the pair (state, 0).
    """

    at: Longs
    pairs: Integers


class TrainingPlan(NamedTuple):
    """Everything an update reads, and nothing else: the columns the loss names, and the watches.

    State n of its episodes is row n of the push table; with bins of returns it is row b · N + n for bin b.

    Where there are too many states to evaluate at every update, `table` has the features and observations of
    the N, and an update evaluates the policy on rows of its own, gathered from there: those of a minibatch,
    which the population shares, or those that a network's episodes visit. Then `rows` are what the watches
    read, and `trained` is 0. Elsewhere `table` is empty.

    `critic` has one output and no parameters where there is none; its parameters follow the policy's.

    push (R, A) is U where the source is FIXED; without (n) int32, entries of U that are left at 0; drawn and
    draws serve DRAWN; episodes, sampling and signal SAMPLED and EXACT. seeds (purposes, 2) uint32, low word
    first.
    """

    network: Network
    critic: Network
    rows: Rows
    table: Rows
    actions: int
    source: int
    rule: Rule
    optimiser: Optimiser
    push: Floats
    without: Integers
    drawn: Draws
    draws: int
    episodes: Episodes
    sampling: Sampling
    signal: Signal
    watches: Watches
    ledger: Ledger
    shown: Shown
    seeds: Words


class MeasurementPlan(NamedTuple):
    """What is recorded: functionals of the policy on rows of their own."""

    rows: Rows
    evaluations: Evaluations


def is_booked(training: TrainingPlan) -> bool:
    """Whether there is a ledger."""
    return len(training.ledger.evaluations.setting) > 0


def entries_of(training: TrainingPlan) -> int:
    """How many numbers the books hold of one behaviour."""
    ledger = training.ledger
    return (1 + ledger.baseline + ledger.entropy) * training.rows.trained * training.actions + LINES


def last_state(training: TrainingPlan) -> int:
    """The largest local number of a state that an episode may come to, those that end it included."""
    successors, begins = training.episodes.successor, training.sampling.start.outcomes
    return int(max(len(training.episodes.row), successors.max(initial=0), begins.max(initial=0)))
