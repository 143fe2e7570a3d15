"""The oracle of every loss: one update's gradient, and what is recorded as its loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import naive
import naive_on_policy as on_policy
import naive_return_conditioned as return_conditioned
import numpy as np
from naive import Address, Array, Loss, Net
from naive_consequence import acting_policy, regression
from naive_on_policy import critic_net
from naive_preference import compared
from naive_return_conditioned import conditioned, every_bin
from naive_signals import KINDS

if TYPE_CHECKING:
    from popgrad.sim.world import World

__all__ = ["Step", "acting_policy", "conditioned", "critic_net", "every_bin", "objective", "step"]


class Step(NamedTuple):
    """The gradients of one update, and its own loss where a loss records that (None elsewhere)."""

    gradient: Array
    critic: Array | None = None
    loss: float | None = None


def step(
    net: Net,
    world: World,
    loss: Loss,
    parameters: Array,
    *,
    at: Address,
    old: Array | None = None,
    epoch_start: int | None = None,
    reference: Array | None = None,
    critic: Array | None = None,
    acted: Array | None = None,
) -> Step:
    """What one update descends.

    Args:
        loss: the table of a loss, its numbers plain.
        at: where the present update's words lie.
        old: the parameters that drew the episodes, of the last update divisible by `epochs`; the present ones
            by default. `clipped` and `return_conditioned` alone read them.
        epoch_start: the number of that update, whose words are used; the present one by default.
        reference: parameters of the reference policy of `preference`; the present ones by default.
        critic: parameters of the critic, for the net that `critic_net(loss)` is.
        acted: (S, A) probabilities to sample actions with, of the policy that acts.
    """
    kind = loss["kind"]
    before = parameters if old is None else old
    drawn_at = at if epoch_start is None else at._replace(update=epoch_start)
    if kind in KINDS:
        return on_policy_step(net, world, loss, parameters, before, at, drawn_at, critic, acted)
    if kind == "return_conditioned":
        return return_conditioned_step(net, world, loss, parameters, before, drawn_at, acted)
    Z = naive.logits(net, world, parameters)
    if kind == "consequence":
        G, total = regression(world, loss, Z, at, acted)
        return Step(naive.backward(net, world, parameters, G), loss=total)
    pi = np.exp(naive.log_softmax(Z))
    if kind == "imitation":
        U = imitation_push(world, loss, pi, at, acted)
        return Step(naive.backward(net, world, parameters, naive.logit_gradient(pi, U)))
    if kind != "preference":
        raise ValueError(f"no loss {kind!r}")
    referred = naive.logits(net, world, parameters if reference is None else reference)
    log_ratio = naive.log_softmax(Z) - naive.log_softmax(referred)
    U, total = compared(world, loss, pi, log_ratio, at, acted)
    return Step(naive.backward(net, world, parameters, naive.logit_gradient(pi, U)), loss=total)


def objective(net: Net, world: World, loss: Loss, parameters: Array) -> float:
    """The exact loss of imitation, whatever its estimator; minus the expected signal of an on-policy loss."""
    pi = naive.probabilities(net, world, parameters)
    if loss["kind"] in KINDS:
        return on_policy.objective(world, loss, pi)
    if loss["kind"] != "imitation":
        raise ValueError(f"{loss['kind']} has no objective beside its updates' own loss")
    C = demonstrations(world, {**loss, "estimator": "exact"}, pi, None, None)
    rule = loss.get("rule", "cross_entropy")
    log_pi = naive.log_softmax(naive.logits(net, world, parameters))
    if rule == "squared_error":
        errors = (naive.demonstrator_of(world) - pi) ** 2
        return float((C.sum(axis=1, keepdims=True) * errors).sum()) / (2 * world.actions)
    exponent = 1 - loss["q"] if rule == "tsallis" else 0.0
    if exponent == 0:
        return -float((C * log_pi).sum())
    return -float((C * np.expm1(exponent * log_pi)).sum() / exponent)


def demonstrations(world: World, loss: Loss, pi: Array, at: Address | None, acted: Array | None) -> Array:
    """C (S, A): d(s)·demonstrator(a|s), counts of a minibatch, or normalised visits times demonstrator."""
    options = {"states": "contexts", "estimator": "exact", "episodes": 16, **loss}
    return naive.push(world, options, pi, at=at, thresholds_pi=acted)


def imitation_push(world: World, loss: Loss, pi: Array, at: Address, acted: Array | None) -> Array:
    """U of the rule, with n(s) = Σ_a C[s, a].

    cross_entropy: C. squared_error: π (C − n π)/A. tsallis: C π^{1−q}.
    """
    C = demonstrations(world, loss, pi, at, acted)
    rule = loss.get("rule", "cross_entropy")
    if rule == "squared_error":
        return pi * (C - C.sum(axis=1, keepdims=True) * pi) / world.actions
    if rule == "tsallis":
        return C * pi ** (1 - loss["q"])
    return C


def on_policy_step(
    net: Net,
    world: World,
    loss: Loss,
    parameters: Array,
    before: Array,
    at: Address,
    drawn_at: Address,
    critic: Array | None,
    acted: Array | None,
) -> Step:
    """The push of the rule and of the entropy, backwards through the policy; the critic's beside it."""
    stage = naive.stage_for(world, loss)
    pi, old = (naive.probabilities(net, world, theta) for theta in (parameters, before))
    clips = loss.get("rule", "score_function") == "clipped"
    estimate = None
    if critic is not None:
        estimate = naive.logits(critic_net(loss), world, critic)[:, 0]
    if loss.get("estimator", "sampled") == "exact":
        push = on_policy.exact_push(stage, loss, pi, old)
    else:
        drawn = on_policy.draw_episodes(stage, loss, old if clips else pi, drawn_at if clips else at, acted)
        push = on_policy.push_of_episodes(stage, loss, pi, old, drawn, estimate)
    U = push.U + on_policy.entropy_push(pi, push.d, loss.get("entropy", 0.0))
    if loss.get("rule") == "natural":
        G = on_policy.natural_gradient(net, world, pi, U, push.d)
    else:
        G = naive.logit_gradient(pi, U)
    gradient = naive.backward(net, world, parameters, G)
    if critic is None:
        return Step(gradient)
    return Step(gradient, naive.backward(critic_net(loss), world, critic, push.critic[:, None]))


def return_conditioned_step(
    net: Net,
    world: World,
    loss: Loss,
    parameters: Array,
    before: Array,
    drawn_at: Address,
    acted: Array | None,
) -> Step:
    """Cross-entropy −Σ U ln π on rows (bin, state), from episodes acted at the target bin."""
    rows = every_bin(world, loss)
    target = conditioned(world, loss, return_conditioned.target_bin(loss)).features
    old = naive.probabilities(net, rows, before, target)
    U = return_conditioned.push(world, loss, old, drawn_at, acted).reshape(-1, world.actions)
    log_pi = naive.log_softmax(naive.logits(net, rows, parameters))
    G = naive.logit_gradient(np.exp(log_pi), U)
    return Step(naive.backward(net, rows, parameters, G), loss=-float((U * log_pi).sum()))
