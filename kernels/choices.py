"""The choices that a plan makes by number: what kernels take once for each tile and update."""

from __future__ import annotations

from enum import IntEnum


class Activation(IntEnum):
    """What a hidden layer applies to its sums."""

    TANH = 0
    RELU = 1
    IDENTITY = 2


class Source(IntEnum):
    """Where an update's push table comes from."""

    FIXED = 0
    """U is given."""
    DRAWN = 1
    """U counts draws from a fixed distribution over (row, action)."""
    SAMPLED = 2
    """U is added up over the network's own episodes."""
    EXACT = 3
    """U is its own expectation over the network's own episodes, by dynamic programming."""


class Credit(IntEnum):
    """What an episode's visit pushes."""

    ACTION = 0
    """The action taken, by its advantage."""
    LABELS = 1
    """Every action, by its label."""
    NORMALISED_LABELS = 2
    """Every action by its label, the visits of an update scaled to sum to one."""
    QUERY = 3
    """A second action drawn from the policy, by the advantage of its label and the visit's payoff."""
    TARGET = 4
    """The action taken, in the row of the bin that the episode's return fell into."""
    PAIRS = 5
    """Of every pair of actions the one with the higher label, against the other."""
    OWN_PAIRS = 6
    """The same for the action taken and a second one drawn from the policy."""
    EPISODES = 7
    """The actions of the episode with the higher return of two, against those of the other."""


class Baseline(IntEnum):
    """What is subtracted from an action's return."""

    NONE = 0
    MEAN = 1
    LEAVE_ONE_OUT = 2
    VALUE = 3
    CRITIC = 4


class Weighing(IntEnum):
    """What an advantage is multiplied by."""

    PLAIN = 0
    NORMALISED = 1
    """1/σ of the returns of all episodes at that step."""
    CLIPPED = 2
    """ρ = π/π_old, or 0 once ρ has left [1 − c, 1 + c] in the advantage's direction."""
    OWN = 3
    """A visit costs what a user's own function of ln π, ln π_old and the advantage says."""


class Form(IntEnum):
    """What a functional sums over the occupancy, of a state's weights and its actions' probabilities."""

    LINEAR = 0
    """Σ_a w π."""
    LOGARITHM = 1
    """Σ_a w ln π, over the summed occupancy."""
    SQUARED = 2
    """−Σ_a (w − π)²/(2A), over the summed occupancy."""
    TSALLIS = 3
    """Σ_a w (π^(1 − q) − 1)/(1 − q), over the summed occupancy."""


class Shape(IntEnum):
    """How a row of the push table becomes the gradient on its logits."""

    PUSH = 0
    """As it stands: G = π ΣU − U."""
    SQUARED = 1
    """U holds the targets C of a squared error: U ← π (C − π ΣC) / A."""
    TSALLIS = 2
    """U holds the targets C of the q-logarithm: U ← C π^(1 − q)."""
    UNLIKELIHOOD = 3
    """U holds minus the weights of ln(1 − π): U ← U π / (1 − π)."""
    NATURAL = 4
    """G of a table, multiplied by the inverse of its Fisher matrix."""
    REGRESSION = 5
    """U holds the summed returns and N the visits of an output: G = N z − U."""
    OWN = 6
    """A state costs what a user's own function of its ln π and labels says."""


class Acting(IntEnum):
    """How outputs become the logits that are acted on."""

    LOGITS = 0
    """They are those."""
    TEMPERED = 1
    """Divided by a temperature."""
    GREEDY = 2
    """ln π of the ε-greedy policy."""
    OWN = 3
    """A user's own function makes ln π of them."""


class Method(IntEnum):
    """How a gradient becomes a direction."""

    SGD = 0
    ADAM = 1
    RMSPROP = 2
    SIGN = 3


class Decay(IntEnum):
    """Where weight decay enters."""

    NONE = 0
    COUPLED = 1
    """In the gradient."""
    DECOUPLED = 2
    """In the step."""


class Hyperparameter(IntEnum):
    """The row of a hyperparameter in State.hyper, and the index of its draw. Append only: part of results."""

    LEARNING_RATE = 0
    MOMENTUM = 1
    WEIGHT_DECAY = 2
    BETA1 = 3
    BETA2 = 4
    EPS = 5
    CLIP_NORM = 6
    INIT_STD = 7
    ENTROPY = 8
    CLIP = 9
    Q = 10
    BETA = 11
    LABEL_NOISE = 12
    TEMPERATURE = 13
    EPSILON = 14
    CRITIC_LEARNING_RATE = 15
