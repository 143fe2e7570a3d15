"""The kinds of policies that an experiment can name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..kernels.choices import Activation
from .inits import LECUN, NORMAL, ZEROS, ControllerInit, LeCun, NetworkInit, Normal, TableInit
from .plugin.bound import Bound
from .policy import MAX_MEMORY, Head, Parameterisation, Policy


def tabular(*, head: Head | Bound = "softmax", init: TableInit = ZEROS) -> Policy:
    """A table of logits, one row for each distinct observation (row of features).

        z[s, a] = θ[observation(s), a]

    Where no two states look alike it has one row for each state, and updates elsewhere leave a state's
    probabilities the same to the bit.

    Args:
        head: "softmax", "logit" or a plug-in's.
        init: `zeros`, `normal` (std), `probability` (of a behaviour), or `run` (path, condition).
    """
    return Policy(None, Activation.TANH, False, head, init)


def linear(*, bias: bool = False, head: Head | Bound = "softmax", init: NetworkInit = ZEROS) -> Policy:
    """A linear map from features to logits, z = W x (+ b).

    Args:
        bias: whether there is a b. A world's features may already hold a constant.
        head: "softmax", "logit" or a plug-in's.
        init: `zeros`, `normal` (std), `lecun` or `run` (path, condition).
    """
    return Policy((), Activation.TANH, bias, head, init)


def mlp(
    *,
    hidden: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)],
    activation: Literal["tanh", "relu"] = "tanh",
    bias: bool = True,
    parameterisation: Parameterisation = "standard",
    head: Head | Bound = "softmax",
    init: NetworkInit | None = None,
) -> Policy:
    """A multilayer perceptron, z = W_L φ(… φ(W₁ x + b₁) …) + b_L.

    Args:
        hidden: widths of the hidden layers, for instance [16] or [32, 32].
        activation: φ, "tanh" or "relu" (whose derivative at 0 is 0).
        bias: whether layers have biases.
        parameterisation: what multiplies the weights of a layer that reads m hidden units: `standard` 1,
            `tangent_kernel` 1/√m, `mean_field` 1/m.
        head: "softmax", "logit" or a plug-in's.
        init: `lecun`, `normal` (std), `zeros` or `run` (path, condition); lecun by default, N(0, 1) where
            weights are multiplied.

    Reference: Jacot, Gabriel and Hongler 2018 (arXiv 1806.07572) for the tangent kernel; Mei, Montanari and
    Nguyen 2018 (arXiv 1804.06561) for the mean field.
    """
    return Policy(
        tuple(hidden),
        Activation[activation.upper()],
        bias,
        head,
        init or _usual(parameterisation),
        parameterisation,
    )


def deep_linear(
    *,
    hidden: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)],
    bias: bool = False,
    parameterisation: Parameterisation = "standard",
    head: Head | Bound = "softmax",
    init: NetworkInit | None = None,
) -> Policy:
    """Layers without activation, z = W_L … W₂ W₁ x (+ biases): linear in x, not in the parameters.

    Args:
        hidden: widths of the hidden layers.
        bias: whether layers have biases.
        parameterisation: `standard`, `tangent_kernel` or `mean_field`, as for `mlp`.
        head: "softmax", "logit" or a plug-in's.
        init: `lecun`, `normal` (std), `zeros` or `run` (path, condition); lecun by default, N(0, 1) where
            weights are multiplied.

    Reference: Saxe, McClelland and Ganguli 2013 (arXiv 1312.6120).
    """
    return Policy(
        tuple(hidden), Activation.IDENTITY, bias, head, init or _usual(parameterisation), parameterisation
    )


def controller(
    *, memory: Annotated[int, Field(ge=1, le=MAX_MEMORY)] = 2, init: ControllerInit = NORMAL
) -> Policy:
    """A finite-state controller: logits of actions and next memories, by memory and observation.

        π(a, m′ | s, m) = softmax_{a, m′} θ[(m, observation(s)), (a, m′)]

    An episode begins at m = 0. To the losses (a, m′) is one action, so what to remember is learned as what to
    do is. That leaves out those that know a better action but not what to remember: `imitation`, and
    `preference` between actions. Behaviours that are averaged over contexts are measured at m = 0.

    Args:
        memory: M, how many memory states there are; with 1 it is `tabular`.
        init: `normal` (std), `zeros` or `run` (path, condition); N(0, 1) by default, for at zeros all memory
            states are alike and nothing but the noise of sampled episodes parts them.

    Reference: Peshkin, Meuleau and Kaelbling 1999 (arXiv cs/0103003); Meuleau et al. 1999 (UAI).
    """
    return Policy(None, Activation.TANH, False, "softmax", init, memory=memory)


def recurrent(
    *,
    hidden: Annotated[int, Field(ge=1)],
    activation: Literal["tanh", "relu"] = "tanh",
    bias: bool = True,
    head: Head | Bound = "softmax",
    init: NetworkInit = LECUN,
) -> Policy:
    """A recurrent network of one hidden layer, which reads what it was at the step before.

        h_t = φ(W x_t + U h_{t−1} + b),    z_t = V h_t + c,    h_{−1} = 0

    Gradients go back through the steps of an episode. So it learns from sampled episodes alone, evaluated
    where they go (`rows = "visits"`), on the JAX backend. Behaviours that are averaged over contexts are
    measured as an episode begins.

    Args:
        hidden: the width of h.
        activation: φ, "tanh" or "relu".
        bias: whether there are b and c.
        head: "softmax", "logit" or a plug-in's.
        init: `lecun`, `normal` (std), `zeros` or `run` (path, condition).

    Reference: Elman 1990, "Finding structure in time".
    """
    return Policy((hidden,), Activation[activation.upper()], bias, head, init, recurrent=True)


def _usual(parameterisation: Parameterisation) -> Normal | LeCun:
    return LECUN if parameterisation == "standard" else Normal(kind="normal")


POLICIES = {
    "tabular": tabular,
    "linear": linear,
    "mlp": mlp,
    "deep_linear": deep_linear,
    "controller": controller,
    "recurrent": recurrent,
}
