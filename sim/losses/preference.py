"""Preferences between two actions or two episodes, against the policy as it was."""

from __future__ import annotations

from typing import Literal

from ...kernels.choices import Hyperparameter
from ..errors import Fault, InvalidInput
from ..loss import Credit, Episodes, Estimator, Loss, episode_faults, episodes_of
from ..population import scalar

JUDGES = {
    "approval": ("approval", None),
    "observed_return": ("observed_reward", "observed_entry_reward"),
    "intended_return": ("reward", "entry_reward"),
}


def preference(
    *,
    compare: Literal["actions", "episodes"] = "actions",
    pairs: Literal["all", "own"] | None = None,
    judged_on: Literal["approval", "observed_return", "intended_return"] = "approval",
    states: Literal["contexts", "own"] | None = None,
    beta: scalar(0, above=True) = 0.1,  # type: ignore[valid-type]
    label_noise: scalar(0, 0.5) = 0.0,  # type: ignore[valid-type]
    estimator: Estimator | None = None,
    episodes: Episodes | None = None,
) -> Loss:
    """Pairs of actions or episodes, the higher score wins; Bradley-Terry against the initial logits (DPO).

        L = −Σ_pairs w ln σ(β m),    m = r(winner) − r(loser),    r = ln π − ln π_ref

    π_ref is the policy before the first update (of the phase). The winner is pushed by w β σ(−β m), the loser
    back by as much. Pairs that score alike say nothing. The score of an action is its own: approval, or the
    step's expected reward, the entry reward included; that of an episode is its return.

        actions, all   every pair in every state s, w = d(s) · 2/(A(A − 1))
        actions, own   two draws from the policy: exact, w = d(s) · 2 π_a π_b;
                       sampled, the action taken and a second draw at each visit, w = 1/visits
        episodes, own  episodes 2i and 2i + 1 of the update, w = 2/E, r summed along each

    d sums to one: the contexts, or the states of own episodes, undiscounted. So of two actions `own` meets
    the pair at rate 2p(1 − p), and `all` always. The recorded `loss` is L of the update that starts there.

    Args:
        compare: `actions` or `episodes`. Of episodes there are only own ones, in own states, sampled.
        pairs: `all`, the default of actions, or those that the policy draws, its `own`.
        judged_on: what scores; of an action, the two returns are what its own step pays.
        states: `contexts`, the default of actions, or those of `own` episodes.
        beta: β.
        label_noise: the probability of the wrong label: drawn where pairs are, in expectation otherwise.
        estimator: `exact`, the default of actions, or `sampled` by episodes, of one step where states are
            contexts.
        episodes: E for each update, 16 by default; even, where episodes are compared.

    Reference: Rafailov et al. 2023 (arXiv 2305.18290).
    """
    faults = episode_faults(estimator, episodes)
    if compare == "episodes":
        why = 'with compare = "episodes", of which there are too many to list'
        if pairs == "all":
            faults.append(Fault("pairs", '"all"', f'"own" {why}'))
        if states == "contexts":
            faults.append(Fault("states", '"contexts"', f'"own" {why}'))
        if estimator == "exact":
            faults.append(Fault("estimator", '"exact"', f'"sampled" {why}'))
        pairs, states, estimator = "own", "own", "sampled"
        if episodes_of(estimator, episodes) % 2:
            faults.append(Fault("episodes", str(episodes), "an even number: episodes are compared in twos"))
    pairs, states, estimator = pairs or "all", states or "contexts", estimator or "exact"
    if faults:
        raise InvalidInput("loss", faults)
    column, entry = JUDGES[judged_on]
    credit: Credit = "episodes" if compare == "episodes" else "pairs" if pairs == "all" else "own_pairs"
    return Loss(
        states,
        (column,),
        "preference",
        estimator,
        credit=credit,
        entry=entry,
        myopic=compare == "actions",
        episodes=episodes_of(estimator, episodes),
        scalars=((Hyperparameter.BETA, beta), (Hyperparameter.LABEL_NOISE, label_noise)),
    )
