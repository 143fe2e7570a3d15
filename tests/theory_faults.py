"""Faults of the kind that one makes, each with the case of the theory suite that is to find it.

A mistake of the same name may stand in either backend; it is planted where it is cheap to run. What is
compiled ahead is planted in copies of the package, as many faults in each as do not get in one another's way:
the case that is named for a fault, or at least the predictions of it that are, meets no other fault there.
"""

from __future__ import annotations

from dataclasses import dataclass

from mutations import Mutation

NETWORKS = 1000
"""They sample what a case predicts by chance."""


@dataclass(frozen=True)
class Fault(Mutation):
    """A mutation and what is to find it.

    Args:
        case: the case that has to fail.
        among: a part of what the prediction says that has to fail.
        networks: how many sample it, where it takes more of them than others do.
    """

    case: str
    among: str = ""
    networks: int = NETWORKS


FIRST = (
    Fault(
        "a crossing is noted an update late",
        "kernels/lanes/advance.py",
        "splat(u(update)), crossed & learning)",
        "splat(u(update + 1)), crossed & learning)",
        "T11.cross_entropy",
        "iterated",
    ),
    Fault(
        "every second update's episodes by the policy of the one before",
        "kernels/lanes/rollout.py",
        """    rare = action_thresholds(row, behaviour, thresholds, scratch.likeliest, plan.actions)
    store(scratch.rare, 0, rare)
""",
        """    store(scratch.words, 0, update)
    if (scratch.words[0] - plan.rule.first) % 2 == 0:
        rare = action_thresholds(row, behaviour, thresholds, scratch.likeliest, plan.actions)
        store(scratch.rare, 0, rare)
""",
        "T07.survival",
    ),
    Fault(
        "an exponential average for a heavy ball",
        "kernels/lanes/optimisers.py",
        "v = fma(momentum, before, g)",
        "v = fma(momentum, before - g, g)",
        "T19.constant",
        "heavy ball",
    ),
    Fault(
        "Adam's bias is not corrected",
        "kernels/lanes/optimisers.py",
        "ratio(m_now / scale1, sqrt(v_now / scale2) + eps)",
        "ratio(m_now, sqrt(v_now) + eps)",
        "T18.constant",
        "way of adam",
    ),
    Fault(
        "1/B of a minibatch's Hessian",
        "kernels/lanes/sampled.py",
        "    shared_out(scratch.visited, episodes)\n",
        "",
        "T17.minibatch",
    ),
    Fault(
        "wrong labels are not thought of",
        "kernels/lanes/pairs.py",
        "(truth * logistic(back) - noise * logistic(margin))",
        "logistic(back)",
        "T12.label_noise",
    ),
    Fault(
        "the sign of the entropy",
        "kernels/lanes/shape.py",
        "down = splat(f(0.0)) - hyper(state, tile, ENTROPY)",
        "down = hyper(state, tile, ENTROPY)",
        "T13.end",
    ),
    Fault(
        "q for 1 − q in the q-logarithm",
        "kernels/lanes/shape.py",
        "power = one - hyper(state, tile, Q)",
        "power = hyper(state, tile, Q)",
        "T10x.tsallis_0",
        "log-odds",
    ),
    Fault(
        "½ of a squared error",
        "kernels/lanes/shape.py",
        "c = p * (c - total * p) * share",
        "c = p * (c - total * p)",
        "T10.squared_error",
        "log-odds",
    ),
    Fault(
        "the natural gradient of one logit lacks a π",
        "kernels/lanes/shape.py",
        "                p = p * load(scratch.probability, row * actions * LANES)\n",
        "                p = p * one\n",
        "T01.replicator",
        "one logit",
    ),
    Fault(
        "π of an odds",
        "kernels/lanes/shape.py",
        "c = c * p / others",
        "c = c / others",
        "T10.unlikelihood",
        "log-odds",
    ),
    Fault(
        "returns are conditioned on without π of the actions",
        "kernels/lanes/expected.py",
        "            flow = flow * load(behaviour, (episodes.row[n] * actions + a) * LANES)\n",
        "",
        "T15.conditioned",
    ),
    Fault(
        "β in front of a preference's push",
        "kernels/lanes/pairs.py",
        "push = share * beta * ",
        "push = share * ",
        "T12.trajectory",
    ),
    Fault(
        "episodes that have ended",
        "kernels/lanes/expected.py",
        "variance = ended * mean * mean",
        "variance = splat(f(0.0))",
        "T10.two_normalised",
        "log-odds",
    ),
    Fault(
        "an action is credited with its own step alone",
        "kernels/lanes/rollout.py",
        "load(scratch.returns, at) + to_go * ahead",
        "load(scratch.returns, at)",
        "L05.sampled",
        "by outcome",
    ),
    Fault(
        "a push is not discounted",
        "kernels/lanes/expected.py",
        "scale = splat(episodes.weight[t])",
        "scale = splat(f(1.0))",
        "L05.exact",
        "by process",
    ),
    Fault(
        "an answer is credited to the action taken",
        "kernels/lanes/rollout.py",
        "                store(scratch.actions, at, asked)\n",
        "",
        "L05.sampled",
        "by decoupled_approval",
    ),
    Fault(
        "own visits do not sum to one",
        "kernels/lanes/rules.py",
        "scale = select(total > splat(f(0.0)), splat(f(1.0)) / total, splat(f(0.0)))",
        "scale = splat(f(1.0))",
        "L05.sampled",
        "by imitation",
    ),
    Fault(
        "1/B of a minibatch of demonstrations",
        "kernels/lanes/rules.py",
        "scale = splat(f(1.0) / f(plan.draws))",
        "scale = splat(f(1.0))",
        "L07.minibatch",
        "B = 24",
    ),
    Fault(
        "a sampler of sixteen bits",
        "kernels/lanes/decision.py",
        """        scaled = load(probability, at + a * LANES) * splat(f(2.0**32))
        share = word_of(rounded(least(scaled, splat(f(2.0**31)))))
""",
        """        scaled = load(probability, at + a * LANES) * splat(f(2.0**16))
        share = word_of(rounded(least(scaled, splat(f(2.0**15))))) << splat(u(16))
""",
        "L06.rarest",
        "share that saw it",
    ),
    Fault(
        "what is measured is not discounted",
        "kernels/lanes/occupancy.py",
        "step_forward(table, first, states, probability, actions, discount, d, at, to)",
        "step_forward(table, first, states, probability, actions, f(1.0), d, at, to)",
        "L03.ruin",
        "discounted",
    ),
    Fault(
        "a temperature multiplies",
        "kernels/lanes/acting.py",
        "cool = splat(f(1.0)) / hyper(state, tile, TEMPERATURE)",
        "cool = hyper(state, tile, TEMPERATURE)",
        "L09.acting",
        "by softmax",
    ),
    Fault(
        "arms that are alike do not share what is greedy",
        "kernels/lanes/acting.py",
        "best = rest + (splat(f(1.0)) - epsilon) / float_of(number)",
        "best = rest + (splat(f(1.0)) - epsilon)",
        "L09.acting",
        "alike",
    ),
    Fault(
        "RMSProp's ε inside the root",
        "kernels/lanes/optimisers.py",
        "ratio(g, sqrt(now) + eps)",
        "ratio(g, sqrt(now + eps))",
        "T18.histories",
        "rmsprop",
    ),
)
"""Planted in one copy; only predictions that read no crossings are named beside the first."""

SECOND = (
    Fault(
        "κ = 2 for one logit",
        "kernels/lanes/decision.py",
        "(r * (actions - pinned) + a - pinned) * LANES, g)",
        "(r * (actions - pinned) + a - pinned) * LANES, g + g if pinned else g)",
        "T11.cross_entropy",
        "iterated",
    ),
    Fault(
        "an episode in its own baseline",
        "kernels/lanes/sampled.py",
        "return (total - own) * splat(f(1.0) / (episodes - f(1.0)))",
        "return total * splat(f(1.0) / episodes)",
        "T04.batch",
        "leave_one_out",
    ),
    Fault(
        "the sign of a baseline",
        "kernels/lanes/sampled.py",
        "return gather(scratch.state_values,",
        "return splat(f(0.0)) - gather(scratch.state_values,",
        "T04.batch",
        "value",
    ),
    Fault(
        "the sign of a critic",
        "kernels/lanes/sampled.py",
        "return gather(scratch.critic_values,",
        "return splat(f(0.0)) - gather(scratch.critic_values,",
        "T04.critic_step",
    ),
    Fault(
        "Adam's ε inside the root",
        "kernels/lanes/optimisers.py",
        "sqrt(v_now / scale2) + eps",
        "sqrt(v_now / scale2 + eps)",
        "T18.first_step",
        "steps of adam",
    ),
    Fault(
        "Nesterov's momentum does not look ahead",
        "kernels/lanes/optimisers.py",
        "fma(momentum, v, g) if nesterov else v",
        "v",
        "T19.quadratic",
        "Nesterov",
    ),
    Fault(
        "gradients clipped component by component",
        "kernels/lanes/optimisers.py",
        "store(gradient, k, load(gradient, k) * factor)",
        "store(gradient, k, greatest(least(load(gradient, k), limit), splat(f(0.0)) - limit))",
        "L23.clipping",
    ),
    Fault(
        "½ of weight decay",
        "kernels/lanes/optimisers.py",
        "fma(rate, load(weights, base + k), load(gradient, k))",
        "fma(rate + rate, load(weights, base + k), load(gradient, k))",
        "L22.ridge",
    ),
    Fault(
        "labels without noise",
        "kernels/lanes/rollout.py",
        "        branch = branch + count(word >= gather(thresholds, at))\n",
        "        branch = branch + count(word < splat(u(0)))\n",
        "T17.descent",
    ),
    Fault(
        "labels of all actions weighted by π",
        "kernels/lanes/rules.py",
        "LANES, visits * label)",
        "LANES, visits * label * load(scratch.probability, (n * plan.actions + a) * LANES))",
        "T18.geometric",
    ),
    Fault(
        "the natural gradient is not centred",
        "kernels/lanes/shape.py",
        "load(scratch.gradient, k) - mean",
        "load(scratch.gradient, k)",
        "T09.step",
    ),
    Fault(
        "what is shown is noted an update early",
        "kernels/lanes/advance.py",
        "note_first(state.explored_at, at, splat(u(update + 1)), seen)",
        "note_first(state.explored_at, at, splat(u(update)), seen)",
        "T18.silence",
        "updates from the first reward",
    ),
    Fault(
        "a variance for a standard deviation",
        "kernels/lanes/expected.py",
        "deviation = sqrt(variance / (mass + ended))",
        "deviation = variance / (mass + ended)",
        "T10.normalised",
        "log-odds from softmax",
    ),
    Fault(
        "episodes that end a step early",
        "kernels/lanes/occupancy.py",
        "for t in range(1, episodes.horizon):",
        "for t in range(1, episodes.horizon - 1):",
        "T14.outcome",
        "2 steps",
    ),
    Fault(
        "a pair is drawn in one order alone",
        "kernels/lanes/pairs.py",
        "share = p * load(scratch.probability, (row * actions + b) * LANES) * splat(f(2.0))",
        "share = p * load(scratch.probability, (row * actions + b) * LANES)",
        "L08.exact",
    ),
    Fault(
        "ε is shared by the other actions alone",
        "kernels/lanes/acting.py",
        "rest = epsilon * splat(f(1.0) / f(actions))",
        "rest = epsilon * splat(f(1.0) / f(actions - 1))",
        "L09.acting",
        "by epsilon_greedy",
    ),
)
"""Planted in another copy; only predictions of softmax are named beside the first."""

COPIES = {"first": FIRST, "second": SECOND}

SOUND = {
    "first": ("L24.noisy_labels", "T01.step", "T02.constant", "T20.quadratic", "T28.tail"),
    "second": ("T01.step", "T03.second_best", "T05.approving", "T16.two_layers", "T28.tail"),
}
"""Cases that no fault of a copy touches."""

LOWERED = (
    Fault(
        "approval of what was executed is the reward",
        "sim/losses/decoupled_approval.py",
        'columns = ("observed_approval", "approval")',
        'columns = ("observed_reward", "approval")',
        "T29.isolated",
        "reward not read",
    ),
    Fault(
        "the intended reward is the observed one",
        "sim/losses/secure_outcome.py",
        '("reward",)',
        '("observed_reward",)',
        "T10x.intended_reward",
    ),
    Fault(
        "labels of all actions are those of actions taken",
        "sim/on_policy.py",
        'credit="labels" if labels == "all" else loss.credit',
        "credit=loss.credit",
        "T10.all_actions",
    ),
    Fault(
        "weight decay through Adam's moments",
        "sim/optimiser.py",
        "options.of(Method.ADAM, Decay.DECOUPLED, **scalars)",
        "options.of(Method.ADAM, Decay.COUPLED, **scalars)",
        "T18.constant",
        "adamw",
    ),
    Fault(
        "a schedule counts from 1",
        "sim/blocks.py",
        "start - begins, stop - begins)",
        "start - begins + 1, stop - begins + 1)",
        "L23.schedules",
    ),
    Fault(
        "a demonstrator is met where it starts alone",
        "sim/lower.py",
        "one_step(world, occupancy(dynamics(world, world.start, world.horizon), world.demonstrator))",
        "one_step(world, world.start)",
        "C0.flips_demonstrator",
    ),
    Fault(
        "log-odds from 1 − π",
        "sim/records.py",
        "odds = self._row(len(self.plan.functionals) + self.plan.functionals.index(name))",
        "odds = np.log((p := self.functional(name)) / np.maximum(1 - p, 1e-30))",
        "T28.tail",
        "recorded",
    ),
    Fault(
        "what rounding leaves of initial weights",
        "sim/initial.py",
        "rest = (centre - plan.centre).astype(np.float32)",
        "rest = np.zeros_like(centre)",
        "T11.plateau",
    ),
    Fault(
        "weights without their residual",
        "sim/records.py",
        "exact = state.weights.astype(np.float64) - state.residual.astype(np.float64)",
        "exact = state.weights.astype(np.float64)",
        "T11.plateau",
    ),
    Fault(
        "the square of the gradient's length",
        "sim/records.py",
        "return np.sqrt(self._row(-2))",
        "return self._row(-2)",
        "T01.step",
        "recorded length",
    ),
    Fault(
        "returns are not discounted",
        "sim/signals.py",
        "np.float64(0.0 if loss.myopic else world.discount)",
        "np.float64(0.0 if loss.myopic else 1.0)",
        "T17.anisotropic",
    ),
    Fault(
        "what follows is credited to an action that is approved of",
        "sim/losses/mona.py",
        "myopic=True",
        "myopic=False",
        "L05.exact",
        "by mona",
    ),
    Fault(
        "attempts are counted from 0",
        "sim/records.py",
        "np.where(guesses.found, guesses.tried.astype(np.float64), -1.0)",
        "np.where(guesses.found, guesses.tried.astype(np.float64) - 1, -1.0)",
        "L02.guessing",
        "attempts",
    ),
    Fault(
        "initial weights by 1/inputs",
        "sim/shape.py",
        "layer.inputs**-0.5",
        "layer.inputs**-1.0",
        "L01.weights",
        "lecun",
    ),
    Fault(
        "initial weights that are one per cent too wide",
        "sim/policy.py",
        "scale[:] = 1.0",
        "scale[:] = 1.01",
        "L01.weights",
        "their variance, normal",
        networks=10_000,
    ),
)
"""Planted in the running process, in what makes the kernels' tables and reads what they leave."""

XLA = (
    Fault(
        "the stop test after the update",
        "kernels/xla/advance.py",
        "return stepped(training, watched(training, learner, now), now, factors[number])",
        "return watched(training, stepped(training, learner, now, factors[number]), now)",
        "T11.cross_entropy",
        "iterated",
    ),
    Fault(
        "steps are not compensated",
        "kernels/xla/optimisers.py",
        "return moved, (taken - step) - (weights - (moved - taken))",
        "return moved, 0 * ((taken - step) - (weights - (moved - taken)))",
        "T11.plateau",
    ),
    Fault(
        "the softmax has no Jacobian",
        "kernels/xla/sampled.py",
        "weights(context, batch), at(seen.log_p, batch.action)",
        "weights(context, batch), at(seen.outputs, batch.action)",
        "T07.survival",
    ),
    Fault(
        "the same words at every update",
        "kernels/xla/episodes.py",
        "Purpose.ACTION, update, number + now)",
        "Purpose.ACTION, update * 0, number + now)",
        "T07.survival",
    ),
)
"""Planted in the running process, in what JAX compiles as it goes."""
