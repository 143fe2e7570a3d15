"""Preferences between two actions or two episodes, against the policy as it was."""

from __future__ import annotations

from typing import Literal

from ...kernels.tables import Hyperparameter
from ..errors import Fault, InvalidInput
from ..loss import DEFAULT_EPISODES, SAMPLES_NOTHING, Credit, Episodes, Estimator, Loss
from ..population import scalar

JUDGES = {
    "approval": ("approval", None),
    "observed_return": ("observed_reward", "observed_entry_reward"),
    "intended_return": ("reward", "entry_reward"),
}


def preference(
    *,
    compare: Literal["actions", "episodes"] = "actions",
    pairs: Literal["all", "own"] = "all",
    judged_on: Literal["approval", "observed_return", "intended_return"] = "approval",
    states: Literal["contexts", "own"] = "contexts",
    beta: scalar(0, above=True) = 0.1,  # type: ignore[valid-type]
    label_noise: scalar(0, 0.5) = 0.0,  # type: ignore[valid-type]
    estimator: Estimator = "exact",
    episodes: Episodes | None = None,
) -> Loss:
    """Pairs of actions or episodes, which of them scores higher, Bradley-Terry against the initial logits (DPO).

        L = −Σ_pairs w ln σ(β m),    m = r(winner) − r(loser),    r = ln π − ln π_ref

    π_ref is the policy before the first update (of the phase), kept row by row. A winner is pushed by
    w β σ(−β m), a loser back by as much. Pairs that score alike say nothing. Of actions the score is their own
    (approval, or the step's reward with the entry reward); of episodes it is the return.

        actions, all:   every pair in every state s, w = d(s) · 2/(A(A − 1)), d summing to one
        actions, own:   two draws from the policy: exact w = d(s) · 2 π_a π_b, sampled one pair at each visit
        episodes, own:  episodes 2i and 2i + 1 of the batch, w = 2/E, r summed along each

    So `own` meets a pair of two actions at rate 2p(1 − p), and `all` always. The recorded `loss` is L of the
    update that starts there.

    Args:
        compare: `actions` or `episodes`.
        pairs: `all`, or the network's `own`.
        judged_on: `approval`, `observed_return` or `intended_return`.
        states: of pairs of actions: the `contexts`, or those of `own` episodes.
        beta: β.
        label_noise: the probability of the wrong label: in expectation where nothing else is drawn, drawn
            where pairs are.
        estimator: `exact`, or `sampled` by episodes (of one step where states are contexts).
        episodes: E for each update, 16 by default.

    Reference: Rafailov et al. 2023 (arXiv 2305.18290).
    """
    faults = []
    count = DEFAULT_EPISODES if episodes is None else episodes
    if compare == "episodes":
        wanted = {"pairs": (pairs, "own"), "states": (states, "own"), "estimator": (estimator, "sampled")}
        faults += [
            Fault(
                key, repr(given), f'"{needed}" with compare = "episodes", of which there are too many to list'
            )
            for key, (given, needed) in wanted.items()
            if given != needed
        ]
        if estimator == "sampled" and count % 2:
            faults.append(Fault("episodes", str(count), "an even number: episodes are compared in twos"))
    if estimator == "exact" and episodes is not None:
        faults.append(Fault("episodes", str(episodes), SAMPLES_NOTHING))
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
        episodes=count if estimator == "sampled" else 1,
        scalars=((Hyperparameter.BETA, beta), (Hyperparameter.LABEL_NOISE, label_noise)),
    )
