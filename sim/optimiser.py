"""Optimisers: how a gradient becomes a step."""

from __future__ import annotations

from dataclasses import dataclass

from ..kernels import tables
from ..kernels.choices import Decay, Hyperparameter, Method
from .errors import Fault, InvalidInput
from .population import Scalar, scalar
from .registry import Shared
from .schedule import Schedule


@dataclass(frozen=True)
class Optimiser:
    """An optimiser and its hyperparameters, each one value or a distribution over networks.

    Args:
        kernel: which of the kernels' methods it is.
        scalars: its hyperparameters; learning_rate is one of them.
        schedule: what the learning rate is multiplied by.
    """

    kernel: tables.Optimiser
    scalars: tuple[tuple[Hyperparameter, Scalar], ...]
    schedule: Schedule


class Descent(Shared):
    """Options of every optimiser.

    Args:
        learning_rate: η, above 0.
        clip_norm: c; a network's gradient that is longer is shortened to it before anything else is made of
            it, g ← g · min(1, c/‖g‖), a critic's by itself; none by default.
        schedule: the factor of the learning rate over time, for instance
            `{ kind = "cosine", warm_up = 100 }`.
    """

    learning_rate: scalar(0, above=True)  # type: ignore[valid-type]
    clip_norm: scalar(0, above=True) | None = None  # type: ignore[valid-type]
    schedule: Schedule = Schedule()

    def of(
        self, method: Method, decay: Decay = Decay.NONE, nesterov: bool = False, **scalars: Scalar | None
    ) -> Optimiser:
        """An optimiser with these options; `scalars` by the names of hyperparameters, None where unused."""
        scalars |= {"learning_rate": self.learning_rate, "clip_norm": self.clip_norm}
        used = tuple(
            (Hyperparameter[name.upper()], value) for name, value in scalars.items() if value is not None
        )
        names = {which for which, _ in used}
        kernel = tables.Optimiser(
            int(method),
            int(decay if Hyperparameter.WEIGHT_DECAY in names else Decay.NONE),
            int(Hyperparameter.MOMENTUM in names),
            int(nesterov),
            int(Hyperparameter.CLIP_NORM in names),
        )
        return Optimiser(kernel, used, self.schedule)


def sgd(
    *,
    momentum: scalar(0, 1, below=True) = 0.0,  # type: ignore[valid-type]
    nesterov: bool = False,
    weight_decay: scalar(0) = 0.0,  # type: ignore[valid-type]
    options: Descent,
) -> Optimiser:
    """Gradient descent, with momentum and weight decay if wanted.

        g ← g + λ θ,    v ← μ v + g,    θ ← θ − η v        (nesterov: θ ← θ − η (g + μ v))

    The sums are compensated, so steps below half a unit in the last place of float32 add up.

    Args:
        momentum: μ of the heavy ball, v not scaled by 1 − μ.
        nesterov: whether to look ahead.
        weight_decay: λ, in the gradient (L2), after it was clipped.

    Reference: Polyak 1964; Sutskever, Martens, Dahl and Hinton 2013.
    """
    if nesterov and not momentum:
        raise InvalidInput("optimiser", [Fault("nesterov", "true", "false unless momentum is above 0")])
    return options.of(
        Method.SGD, Decay.COUPLED, nesterov, momentum=momentum or None, weight_decay=weight_decay or None
    )


def adam(
    *,
    beta1: scalar(0, 1, below=True) = 0.9,  # type: ignore[valid-type]
    beta2: scalar(0, 1, below=True) = 0.999,  # type: ignore[valid-type]
    eps: scalar(0) = 1e-8,  # type: ignore[valid-type]
    options: Descent,
) -> Optimiser:
    """Adam: steps by the mean of gradients over the root of their mean square, both corrected at the start.

        m ← m + (1 − β₁)(g − m),    v ← v + (1 − β₂)(g² − v),    θ ← θ − η m̂/(√v̂ + ε)

    with m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) at the t-th step.

    Args:
        beta1, beta2: β₁, β₂.
        eps: ε, outside the root. With 0 a gradient that has always been zero moves nothing.

    Reference: Kingma and Ba 2015 (arXiv 1412.6980).
    """
    return options.of(Method.ADAM, beta1=beta1, beta2=beta2, eps=eps)


def adamw(
    *,
    beta1: scalar(0, 1, below=True) = 0.9,  # type: ignore[valid-type]
    beta2: scalar(0, 1, below=True) = 0.999,  # type: ignore[valid-type]
    eps: scalar(0) = 1e-8,  # type: ignore[valid-type]
    weight_decay: scalar(0) = 0.01,  # type: ignore[valid-type]
    options: Descent,
) -> Optimiser:
    """Adam with decoupled weight decay.

        θ ← θ − η (m̂/(√v̂ + ε) + λ θ)

    Args:
        beta1, beta2: β₁, β₂, as in Adam.
        eps: ε.
        weight_decay: λ.

    Reference: Loshchilov and Hutter 2019 (arXiv 1711.05101).
    """
    scalars = {"beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": weight_decay or None}
    return options.of(Method.ADAM, Decay.DECOUPLED, **scalars)


def rmsprop(
    *,
    beta2: scalar(0, 1, below=True) = 0.9,  # type: ignore[valid-type]
    eps: scalar(0) = 1e-8,  # type: ignore[valid-type]
    options: Descent,
) -> Optimiser:
    """RMSProp: steps by the gradient over the root of its mean square.

        v ← v + (1 − β)(g² − v),    θ ← θ − η g/(√v + ε)

    Args:
        beta2: β, the decay of the mean square.
        eps: ε, outside the root.

    Reference: Tieleman and Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning".
    """
    return options.of(Method.RMSPROP, beta2=beta2, eps=eps)


def sign(*, options: Descent) -> Optimiser:
    """Steps of one size in the direction of each gradient's sign.

        θ ← θ − η sign g,    sign 0 = 0

    Reference: Bernstein et al. 2018 (arXiv 1802.04434).
    """
    return options.of(Method.SIGN)


OPTIMISERS = {"sgd": sgd, "adam": adam, "adamw": adamw, "rmsprop": rmsprop, "sign": sign}
