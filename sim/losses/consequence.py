"""Prediction of an action's consequences, and acting on the prediction."""

from __future__ import annotations

from typing import Literal

from ...kernels.choices import Hyperparameter
from ..errors import Fault, InvalidInput
from ..loss import Episodes, Estimator, Loss, episode_faults, episodes_of
from ..population import scalar


def consequence(
    *,
    estimator: Estimator = "sampled",
    episodes: Episodes | None = None,
    acting: Literal["softmax", "epsilon_greedy"] = "softmax",
    temperature: scalar(1e-6) | None = None,  # type: ignore[valid-type]
    epsilon: scalar(0, 1) | None = None,  # type: ignore[valid-type]
) -> Loss:
    """Own episodes; each output predicts the reward-to-go of the observed reward; acts on its predictions.

        L = ½ Σ_visits (z[s, a] − G_t)² / E,      ∂L/∂z[s, a] = N[s, a] z[s, a] − W[s, a]

    with z the network's outputs, one for each action (`head = "softmax"`), N the visits and W the sum of
    their returns G_t, both over E, no visit discounted; exact: N = Σ_t d_t π, W = Σ_t d_t π Q_t, and L is
    ½ Σ_t d_t π (z − Q_t)². It acts by

        softmax         π = softmax(z / temperature)
        epsilon_greedy  π = ε/A + (1 − ε)/m for the m actions of the largest z, ε/A for the others

    There is no score function: what is reinforced is a belief. The recorded `loss` is L of the update that
    starts there.

    Args:
        estimator: `sampled` by episodes, or `exact`.
        episodes: E for each update, 16 by default.
        acting: how it acts on its predictions, as above.
        temperature: of softmax, 1 by default.
        epsilon: ε, the share of random actions, 0.1 by default.

    Reference: Sutton and Barto 2018, section 5.4 (Monte Carlo control).
    """
    faults = episode_faults(estimator, episodes)
    if acting == "softmax" and epsilon is not None:
        faults.append(Fault("epsilon", str(epsilon), 'none unless acting = "epsilon_greedy"'))
    if acting == "epsilon_greedy" and temperature is not None:
        faults.append(Fault("temperature", str(temperature), 'none unless acting = "softmax"'))
    if faults:
        raise InvalidInput("loss", faults)
    scalar_of_acting = (
        (Hyperparameter.TEMPERATURE, 1.0 if temperature is None else temperature)
        if acting == "softmax"
        else (Hyperparameter.EPSILON, 0.1 if epsilon is None else epsilon)
    )
    return Loss(
        "own",
        ("observed_reward",),
        "regression",
        estimator,
        entry="observed_entry_reward",
        episodes=episodes_of(estimator, episodes),
        acting=acting,
        scalars=(scalar_of_acting,),
    )
