"""What the losses on a network's own actions have in common: estimator, rule, baseline, entropy bonus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from ..kernels.choices import Hyperparameter
from .critic import Critic
from .errors import Fault, InvalidInput
from .loss import Episodes, Epochs, Estimator, Labels, Loss, episode_faults, episodes_of
from .plugin.bound import Bound
from .population import scalar
from .registry import Shared

Rules = Literal["score_function", "normalised", "clipped", "natural", "unlikelihood"]

DEFAULT_CLIP, DEFAULT_EPOCHS = 0.2, 4


class OnPolicy(Shared):
    """Options of the score-function losses: estimator, rule, baseline, entropy bonus.

    With G the return that the loss reads, b the baseline, A = G − b, and d(s) = Σ_visits γᵗ / E:

        score_function  U[s, a] = Σ_visits γᵗ A / E                                        (REINFORCE)
        normalised      U[s, a] = Σ_visits γᵗ A / (σ_t E)                                  (GRPO)
        clipped         U[s, a] = Σ_visits γᵗ A ρ / E, less those of A > 0 and ρ > 1 + c   (PPO)
                        and those of A < 0 and ρ < 1 − c
        natural         F⁺ times the gradient of score_function                            (NPG)
        unlikelihood    U[s, a] = Σ_visits γᵗ min(G, 0) / E · π/(1 − π)
        entropy τ       U[s, a] −= τ d(s) π ln π, beside any rule's (F⁺ multiplies it too)

    σ_t is the standard deviation of G at step t over all E episodes, one that has finished counting 0; where
    it is 0 nothing is pushed. π_old, which ρ = π/π_old compares with, is the policy at the last update
    divisible by `epochs`, counted from the start of the phase; the updates until the next share its episodes.
    F⁺ is the pseudoinverse of the Fisher matrix under d, of a `tabular` policy and no other. `unlikelihood`
    raises ln(1 − π) of disapproved actions and leaves the others alone; it goes with `process` and
    `observed_process`. The entropy bonus is τ Σ_s d(s) H(π(·|s)).

    `exact` has the expectation in place of the sum over visits: U = Σ_t γᵗ d_t π Q_t for score_function, the
    same with 1/σ_t for normalised, and with d_t, π and A = Q_t − V_t of π_old, times ρ, for clipped.

    Args:
        estimator: `sampled` by episodes, or `exact`, by dynamic programming.
        episodes: E for each update, 16 by default.
        rule: what becomes of the return, as above; or [a plug-in's](plugins.md#a-rule).
        baseline: b of sampled episodes: `none`, which is the default; `mean` over the batch, one that has
            finished counting 0 (it shrinks the expected gradient by 1 − 1/E); `leave_one_out`, the mean of
            the others; `value`, the exact value of the state at that step; or `critic`, a learned one.
        critic: the learned baseline, wanted by `baseline = "critic"` alone.
        entropy: τ, the weight of the entropy bonus; none by default.
        clip: c of `clipped`, 0.2 by default.
        epochs: how many updates share the episodes of π_old: of `clipped`, 4 by default, or a plug-in's rule,
            1 by default.

    Differs from the papers in: σ_t is of the returns to go at each step, and GRPO's mean is subtracted with
    `baseline = "mean"` only; `clipped` subtracts nothing unless a baseline says so, but `exact` takes
    A = Q_t − V_t and the clip's sign of that.

    Reference: Williams 1992; Kakade 2001 (natural); Mnih et al. 2016 (arXiv 1602.01783) (entropy); Schulman
    et al. 2017 (arXiv 1707.06347) (clipped); Shao et al. 2024 (arXiv 2402.03300) (normalised); Welleck et al.
    2020 (arXiv 1908.04319) (unlikelihood).
    """

    estimator: Estimator = "sampled"
    episodes: Episodes | None = None
    rule: Rules | Bound = "score_function"
    baseline: Literal["none", "mean", "leave_one_out", "value", "critic"] | None = None
    critic: Critic | None = None
    entropy: scalar(0) | None = None  # type: ignore[valid-type]
    clip: scalar(0, above=True) | None = None  # type: ignore[valid-type]
    epochs: Epochs | None = None

    def of(self, loss: Loss, labels: Labels = "sampled") -> Loss:
        """The loss with these options.

        Raises:
            InvalidInput: options without a meaning together, each with its reason.
        """
        faults = [*self._estimator_faults(labels), *self._rule_faults(loss, labels)]
        if faults:
            raise InvalidInput("loss", faults)
        own = self.rule if isinstance(self.rule, Bound) else None
        clipped = self.rule == "clipped"
        epochs = DEFAULT_EPOCHS if clipped else 1
        scalars = {
            Hyperparameter.ENTROPY: self.entropy or None,
            Hyperparameter.CLIP: (DEFAULT_CLIP if self.clip is None else self.clip) if clipped else None,
            Hyperparameter.CRITIC_LEARNING_RATE: self.critic.learning_rate if self.critic else None,
        }
        return replace(
            loss,
            rule="own_rule" if isinstance(self.rule, Bound) else self.rule,
            own=own,
            estimator=self.estimator,
            credit="labels" if labels == "all" else loss.credit,
            episodes=episodes_of(self.estimator, self.episodes),
            baseline=self.baseline or "none",
            epochs=self.epochs or epochs,
            scalars=tuple((key, value) for key, value in scalars.items() if value is not None),
            critic=self.critic,
        )

    def _estimator_faults(self, labels: Labels) -> Iterator[Fault]:
        sampled, baseline = self.estimator == "sampled", self.baseline
        yield from episode_faults(self.estimator, self.episodes)
        if baseline not in (None, "none") and not sampled:
            expected = 'none with estimator = "exact", which a baseline does not change'
            yield Fault("baseline", repr(baseline), expected)
        elif baseline not in (None, "none") and labels == "all":
            expected = 'none with labels = "all", where there is no sampled action to compare'
            yield Fault("baseline", repr(baseline), expected)
        elif baseline not in (None, "none") and self.rule == "unlikelihood":
            expected = 'none with rule = "unlikelihood", which reads the sign of the score itself'
            yield Fault("baseline", repr(baseline), expected)
        count = episodes_of(self.estimator, self.episodes)
        if sampled and count < 2 and (baseline in ("mean", "leave_one_out") or self.rule == "normalised"):
            why = 'rule = "normalised"' if self.rule == "normalised" else f"baseline = {baseline!r}"
            yield Fault("episodes", str(count), f"at least 2 with {why}")
        if (baseline == "critic") != (self.critic is not None):
            if self.critic is None:
                expected = 'a table, such as { kind = "tabular", learning_rate = 0.1 }'
                yield Fault("critic", "nothing", expected)
            else:
                yield Fault(
                    "critic", "a critic", 'none unless baseline = "critic", which alone has a use for one'
                )

    def _rule_faults(self, loss: Loss, labels: Labels) -> Iterator[Fault]:
        compares = self.rule in ("normalised", "clipped") or isinstance(self.rule, Bound)
        named = str(self.rule) if isinstance(self.rule, Bound) else f'"{self.rule}"'
        if labels == "all" and (compares or self.rule == "natural"):
            expected = '"score_function" or "unlikelihood" with labels = "all", whose pushes no π weighs'
            yield Fault("rule", named, expected)
        scored = loss.signal in (("approval",), ("observed_approval",)) and not loss.expected
        if self.rule == "unlikelihood" and not scored:
            expected = "another rule: unlikelihood reads disapproval (`process`, `observed_process`)"
            yield Fault("rule", named, expected)
        if compares and loss.expected and self.estimator == "exact":
            expected = '"sampled": what the rule asks of the signal depends on the executed action too'
            yield Fault("estimator", f'"exact" with rule = {named}', expected)
        if self.clip is not None and self.rule != "clipped":
            yield Fault("clip", str(self.clip), 'none unless rule = "clipped"')
        if self.epochs is not None and self.rule != "clipped" and not isinstance(self.rule, Bound):
            yield Fault("epochs", str(self.epochs), 'none unless rule = "clipped" or a plug-in\'s')
