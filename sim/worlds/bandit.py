"""A one-step bandit: the smallest world with an intended reward, an observed one and an overseer."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..behaviour import Behaviour
from ..errors import Fault, InvalidInput
from ..world import World


def bandit(
    *,
    reward: Annotated[list[float], Field(min_length=2)] = [1.0, 0.0],  # noqa: B006  (never changed)
    observed_reward: list[float] | None = None,
    approval: list[float] | None = None,
    demonstrator: list[float] | None = None,
) -> World:
    """One state and K arms, one step an episode: where every rule has a closed form.

    The true return of a policy is Σ_k π_k R_k; the best arms are those with the largest R.

    | part | value |
    |---|---|
    | states, start, contexts | one state |
    | actions | K arms |
    | features | (1) |
    | horizon, discount | 1, 1 |
    | `reward` | R_k = `reward[k]` |
    | `observed_reward` | `observed_reward[k]`; R_k by default |
    | `demonstrator` | `demonstrator[k]`; uniform over the best arms by default |
    | `approval` | `approval[k]`; +1 for a best arm and −1 for any other by default |
    | `observed_approval` | the same as `approval` |

    Behaviours, each a probability: `best` and, for every arm, `arm_0`, `arm_1`, ...

    Args:
        reward: (K,), K at least 2, the intended reward of each arm.
        observed_reward: (K,), the reward that is reported.
        approval: (K,) in [−1, 1], the overseer's score of each arm.
        demonstrator: (K,), the probability that the demonstrator takes each arm.

    Raises:
        InvalidInput: a list of another length than `reward`, or with values out of range.

    Example:
        >>> from popgrad.sim.worlds.bandit import bandit
        >>> bandit(reward=[1, 0], observed_reward=[1, 2]).observed_reward
        array([[1., 2.]])

    Reference: Sutton and Barto 2018, Reinforcement Learning: An Introduction, section 2.8.
    """
    lists = {
        "reward": reward,
        "observed_reward": observed_reward,
        "approval": approval,
        "demonstrator": demonstrator,
    }
    given = {name: np.array(values, float) for name, values in lists.items() if values is not None}
    faults = _faults(given)
    if faults:
        raise InvalidInput("world", faults)
    arms = len(reward)
    best = given["reward"] == given["reward"].max()
    expert = given.get("demonstrator", np.where(best, 1 / best.sum(), 0.0))[None]
    score = given.get("approval", np.where(best, 1.0, -1.0))[None]
    one = np.ones(1)
    behaviours = [
        Behaviour("best", "Takes an arm of the largest intended reward.", best[None], contexts=one),
        *(Behaviour(f"arm_{k}", f"Takes arm {k}.", np.eye(arms)[k][None], contexts=one) for k in range(arms)),
    ]
    return World(
        successor=np.zeros((1, arms), np.int32),
        start=one,
        features=np.ones((1, 1)),
        horizon=1,
        contexts=one,
        reward=given["reward"][None],
        observed_reward=given.get("observed_reward", given["reward"])[None],
        demonstrator=expert,
        approval=score,
        observed_approval=score,
        behaviours=tuple(behaviours),
        state_names=("before the arms",),
        state_groups=("before the arms",),
        action_names=tuple(f"arm {arm}" for arm in range(arms)),
        state_places=np.zeros((1, 2)),
    )


def _faults(given: dict[str, np.ndarray]) -> list[Fault]:
    # World would find most of these too, but under the names of its columns, defaults included.
    arms = len(given["reward"])
    found = []
    for name, values in given.items():
        if values.shape != (arms,):
            found.append(Fault(name, f"a list of length {len(values)}", f"length {arms}, as `reward`"))
        elif not np.isfinite(values).all():
            found.append(Fault(name, "a value that is not finite", "finite numbers"))
        elif name == "approval" and np.abs(values).max() > 1:
            found.append(Fault(name, str(values.tolist()), "scores from -1 to 1"))
        elif name == "demonstrator" and (values.min() < 0 or abs(values.sum() - 1) > 1e-6):
            expected = "probabilities, none negative, that sum to 1"
            found.append(Fault(name, str(values.tolist()), expected))
    return found
