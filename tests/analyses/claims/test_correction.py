"""The claim on correction: plain iteration, effects planted and absent, and what is refused."""

from __future__ import annotations

import json
from functools import partial
from itertools import permutations
from math import exp, inf, log
from pathlib import Path

import numpy as np
import popgrad
import pytest
import tomlkit
from popgrad.analyses.claims.claim import claim
from popgrad.analyses.claims.correction import Settings
from popgrad.analyses.claims.correction.absorbed import Absorbed, absorbed, absorbing
from popgrad.analyses.claims.correction.cells import by_law, relative, widest
from popgrad.analyses.claims.correction.experiments import experiments, of_world
from popgrad.analyses.claims.correction.explained import explain
from popgrad.analyses.claims.correction.exponents import Times, agrees, fits, mean_wait
from popgrad.analyses.claims.correction.findings import findings
from popgrad.analyses.claims.correction.interference import share
from popgrad.analyses.claims.correction.report import sections
from popgrad.analyses.claims.correction.rows import condition, exact_rows, layer_rows, sampled_rows
from popgrad.analyses.claims.correction.shared import kernel
from popgrad.analyses.claims.correction.tails import Tail
from popgrad.analyses.claims.correction.worlds.states import drawn
from popgrad.analyses.claims.verdict import decide
from popgrad.sim.errors import InvalidInput
from popgrad.sim.spec import read_experiment
from scipy.stats import binom, rankdata

CLAIM = claim("correction")
MISSES = int(binom.ppf(0.999, 200, 0.05))
"""As many of 200 intervals of 95 % as may miss."""

TINY = {
    "epsilons": [0.1, 0.03],
    "faint_epsilons": [0.1, 1e-9],
    "cap": 2000,
    "sampled_epsilons": [0.1, 0.03],
    "sampled_cap": 1000,
    "sampled_networks": 16,
    "shaped_epsilons": [0.1, 0.03],
    "shaped_cap": 1000,
    "shaped_networks": 16,
    "pays": [2.0],
    "survivors": 300,
    "survival_updates": 100,
    "worlds": 3,
    "networks": 2,
    "updates": 60,
}


def sized(quick: bool, changes: dict) -> Settings:
    """The claim's own settings."""
    settings = CLAIM.settings(quick, changes)
    assert isinstance(settings, Settings)
    return settings


def begun_runs(folder: Path, tables: dict, seed: int = 0) -> dict[str, popgrad.Run]:
    """Experiments run in order, side by side."""
    runs = {}
    for name, table in tables.items():
        path = folder / f"{name}.toml"
        path.write_text(tomlkit.dumps({"seed": seed, **table}))
        runs[name] = popgrad.run(path, folder / f"{name}.h5", threads=1)
    return runs


def reading(point: str, estimator) -> str | None:
    """Of one point in one cell."""
    alone = CLAIM.registered.model_copy(update={"points": (CLAIM.registered.point(point),)})
    return decide(alone, {point: {"": estimator}}).decisions[0].reading


@pytest.fixture(scope="module")
def settings():
    return sized(True, TINY)


@pytest.fixture(scope="module")
def runs(settings, tmp_path_factory):
    return begun_runs(tmp_path_factory.mktemp("correction"), CLAIM.experiments(settings))


@pytest.fixture(scope="module")
def found(runs, settings):
    return findings(runs, settings)


def made(times: list, epsilons=(0.1, 0.01, 0.001), cap: int = 10**6) -> Times:
    return Times(exact_rows()[0], np.array(epsilons), np.array(times, float).reshape(len(epsilons), -1), cap)


# What is run


def test_all_of_it_runs_and_is_analysed(runs, settings, found):
    analysis = CLAIM.analyse(runs, settings)
    verdict = decide(CLAIM.registered, analysis.estimates)
    assert len(verdict.of("exact")) == len(by_law(found.rows["exact"]))
    assert len(verdict.of("sampled")) == len(sampled_rows())
    assert len(verdict.of("layer")) == len(layer_rows())
    json.dumps(analysis.measured, allow_nan=False)
    for drawing in (analysis.figure, *analysis.figures.values()):
        drawing.canvas.draw()
    text = "".join(line for section in sections(found, settings) for line in section.text)
    assert "nan" not in text
    known = [row for row in exact_rows() if row.lawful]
    said = "rules with a law (a closed form, or steps along the gradient iterated in float64)"
    assert f"Of {len(known)} {said}, {len(known)} have" in text


@pytest.mark.parametrize("quick", [True, False])
def test_experiments_are_valid(quick):
    sizes = {"worlds": 3, "updates": sized(quick, {}).updates}
    tables = CLAIM.experiments(sized(quick, sizes))
    for name in ("exact", "sampled", "taught", "survival", "absorbed", "states_taught"):
        read_experiment({"seed": 1, **tables[name]})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epsilons": [0.01, 0.1]}, "each smaller than the one before"),
        ({"pays": [2, 2]}, "none of them twice"),
        ({"overlap": 1.0}, "overlap"),
        ({"odds": 0.5}, "odds"),
        ({"survivers": 100}, "survivors"),
    ],
)
def test_wrong_settings_are_refused(changes, said):
    with pytest.raises(InvalidInput, match=said):
        sized(True, changes)


# One behaviour


def test_counts_are_those_of_plain_iteration(runs):
    for name, push in {"reward": lambda p: p * (1 - p), "cross_entropy": lambda p: 1 - p}.items():
        row = next(row for row in exact_rows() if row.name == name)
        for epsilon in TINY["epsilons"]:
            z, count = log(epsilon / (1 - epsilon)), 0
            while z <= 0:
                z, count = z + 0.5 * push(1 / (1 + exp(-z))), count + 1
            assert runs["exact"].crossed_at("best > 0.5", condition(row, epsilon))[0] == count


def test_a_planted_power_and_a_planted_logarithm_read_otherwise():
    powers, logarithms = made([10, 100, 1000]), made([24, 47, 70])
    assert reading("exact", powers.exponent) == "shaping"
    assert powers.exponent(0.95).estimate == pytest.approx(1, abs=0.02)
    near = made([100, 110, 120])
    assert reading("exact", near.exponent) == "selection"
    assert reading("exact", logarithms.exponent) != "selection"


def test_a_power_and_a_logarithm_are_told_apart():
    epsilons = 10.0 ** -np.arange(1, 6)
    assert fits(made(list(3 * epsilons**-0.3), epsilons)).startswith("power (0.000")
    assert fits(made(list(5 - 4 * np.log(epsilons)), epsilons)).startswith("logarithm (")
    assert fits(made([10, 20, inf])) == "–"


def test_an_exact_count_is_known_to_an_update():
    interval = made([5, 50, 500]).exponent(0.95)
    assert interval.low == pytest.approx(log(499 / 5) / log(100))
    assert interval.high == pytest.approx(log(500 / 4) / log(100))


def test_what_is_censored_bounds_from_below():
    times = np.full((2, 40), 10.0)
    times[1, :35] = inf
    interval = made(list(times), (0.1, 0.01), cap=1000).exponent(0.95)
    assert interval.low == pytest.approx(log(1000 / 10) / log(10))
    assert interval.high == inf
    assert reading("sampled", made(list(times), (0.1, 0.01), cap=1000).exponent) == "shaping"


def test_rules_of_one_law_are_one_cell(found):
    groups = by_law(found.rows["exact"])
    names = [{of.row.name for of in members} for members in groups]
    assert {"cross_entropy", "tsallis_1"} in names
    assert {"all_actions", "natural", "sign"} in names
    rewards = {
        "reward",
        "tsallis_0",
        "intended_reward",
        "approval",
        "disapproval",
        "both",
        "decoupled",
        "mona",
    }
    rewards |= {"clipped", "two_approvals", "three_approvals", "return_conditioned"}
    assert rewards in names
    for alone in (
        "squared_error",
        "preference_0.5",
        "preference_1",
        "entropy_0.1",
        "two_steps",
        "consequence",
    ):
        assert {alone} in names


def test_members_of_a_cell_are_all_within_its_interval():
    first, second = made([10, 100, 1000]), made([10, 40, 160])
    both = widest([first.exponent, second.exponent], 0.95)
    assert both.low == pytest.approx(second.exponent(0.95).low)
    assert both.high == pytest.approx(first.exponent(0.95).high)


def test_the_law_of_another_rule_does_not_agree():
    row = next(row for row in exact_rows() if row.name == "reward")
    epsilons = (0.1, 0.01, 0.001)
    right = [np.ceil(row.law(epsilon)) for epsilon in epsilons]
    as_other = next(row for row in exact_rows() if row.name == "preference_1")
    counts = np.array(right).reshape(3, 1)
    assert agrees(Times(row, np.array(epsilons), counts, 10**6), 0.95)
    assert not agrees(Times(as_other, np.array(epsilons), counts, 10**6), 0.95)


@pytest.mark.parametrize("which", [0, 1])
def test_mean_wait_is_that_of_the_chain(which):
    """E T = Σ_t P(T > t), with the probabilities of all rungs carried from update to update."""
    row, z, moves = sampled_rows()[which], log(0.1 / 0.9), []
    while z <= 0:
        p = 1 / (1 + exp(-z))
        moves.append(p if which == 0 else 1 - p)
        z += 0.5 * (1 - p) if which == 0 else 0.5 * p
    at, total = np.eye(len(moves))[0], 0.0
    for _ in range(3000):
        total += at.sum()
        leave = at * moves
        at = at - leave + np.append(0.0, leave[:-1])
    assert at.sum() < 1e-9
    assert mean_wait(row, 0.1) == pytest.approx(total, rel=1e-9)


def test_networks_that_do_not_differ_have_no_exponent(tmp_path):
    """200 pairs of groups of one run, from one initial probability: the exponent between them is 0."""
    row = next(row for row in sampled_rows() if row.name == "reward")
    settings = sized(True, {**TINY, "sampled_networks": 200 * 32})
    table = experiments(settings)["sampled"]
    table["condition"] = [each for each in table["condition"] if each["name"] == condition(row, 0.1)]
    run = begun_runs(tmp_path, {"none": table})["none"]
    crossed = run.crossed_at("best > 0.5", condition(row, 0.1)).reshape(200, 2, 16)
    assert (crossed > 0).all()
    missed = wrong = seen = 0
    for pair in crossed:
        interval = made(list(pair), (0.1, 0.05)).exponent(0.95)
        missed += not interval.low <= 0 <= interval.high
        wrong += reading("sampled", lambda _, found=interval: found) in ("shaping", "neither")
        planted = made([pair[0], 4 * pair[1]], (0.1, 0.05)).exponent(0.95)
        seen += planted.low > 0
    assert missed <= MISSES
    assert wrong <= MISSES
    assert seen > 190  # intervals that are wide enough never to miss would not see this


# Survival


def waits(h: float, networks: int, updates: int, rng: np.random.Generator) -> np.ndarray:
    """Times whose share is (1 + h p₀ t)^(−1/h) to the update, from the path itself."""
    z, left, last = log(0.1 / 0.9), 1.0, [1.0]
    for _ in range(updates):
        p = 1 / (1 + exp(-z))
        left, z = left * (1 - p), z - h * p
        last.append(left)
    u = rng.random(networks)
    times = np.searchsorted(-np.array(last), -u).astype(float)
    return np.where(times > updates, inf, times)


def test_tails_cover_and_read_by_what_is_paid():
    rng = np.random.default_rng(5)
    tails = [Tail(2.0, waits(2.0, 400, 1000, rng), 1000) for _ in range(200)]
    intervals = [tail.exponent(0.95) for tail in tails]
    truth = tails[0].of_law
    assert truth == pytest.approx(0.5, abs=0.02)
    assert 0 < sum(not each.low <= truth <= each.high for each in intervals) <= MISSES
    assert np.mean([each.estimate for each in intervals]) == pytest.approx(truth, abs=0.01)
    for h in (0.25, 2.0):
        tail = Tail(h, waits(h, 4000, 1000, rng), 1000)
        assert reading("tail", partial(relative, tail)) == "shaping"
    soon = Tail(2.0, np.ceil(rng.exponential(20, 4000)), 1000)
    assert reading("tail", partial(relative, soon)) == "selection"
    assert reading("tail", partial(relative, Tail(2.0, np.full(4000, inf), 1000))) == "neither"


def test_what_is_lost_for_good_is_what_the_walks_say(tmp_path):
    run = begun_runs(tmp_path, {"absorbed": absorbing(1000)})["absorbed"]
    for each in absorbed(run):
        interval = each.share(0.999)
        assert interval.low <= each.theory <= interval.high
        assert each.lost + each.corrected == 1000
        assert reading("absorbed", each.share) == "shaping"
    none = Absorbed("", 0, 1000, 1000, 0.0)
    assert reading("absorbed", none.share) == "selection"


# Several behaviours


def test_shares_are_the_means_over_all_orders():
    rng = np.random.default_rng(2)
    a, b, c = rng.normal(size=(3, 90))
    b += a
    y = a + 0.5 * b + c**3 + rng.normal(size=90)
    groups = {"gap": [a], "visits": [b], "rest": [c, a * c]}
    found = explain(y, groups, np.repeat(np.arange(9), 10))

    def fit(chosen) -> float:
        columns = [rankdata(each) for name in chosen for each in groups[name]]
        design = np.column_stack([np.ones(90), *columns])
        ranks = rankdata(y)
        rest = ranks - design @ np.linalg.lstsq(design, ranks)[0]
        return 1 - rest.var() / ranks.var()

    expected = dict.fromkeys(groups, 0.0)
    for order in permutations(groups):
        for place, name in enumerate(order):
            expected[name] += (fit(order[: place + 1]) - fit(order[:place])) / 6
    np.testing.assert_allclose(found.shares, list(expected.values()), atol=1e-9)
    assert found.r_squared == pytest.approx(fit(tuple(groups)))
    one_less = explain(y[10:], groups_without(groups), np.repeat(np.arange(8), 10))
    np.testing.assert_allclose(found.without[0], one_less.shares, atol=0.03)  # ranks are not taken anew


def groups_without(groups):
    return {name: [each[10:] for each in members] for name, members in groups.items()}


def test_the_jackknife_covers_and_seldom_decides_against_no_difference():
    rng = np.random.default_rng(3)
    worlds = np.repeat(np.arange(20), 8)
    missed = wrong = 0
    for _ in range(200):
        gap, visits, shift = rng.random(160), rng.random(160), np.repeat(rng.normal(size=20), 8)
        y = gap + visits + 0.1 * shift + 0.2 * rng.normal(size=160)
        found = explain(y, {"gap": [gap], "visits": [visits]}, worlds)
        interval = found.part("gap", 0.95)
        missed += not interval.low <= 0.5 <= interval.high
        wrong += reading("gap", partial(found.part, "gap")) in ("selection", "shaping")
    assert 0 < missed <= MISSES
    assert wrong <= MISSES


def test_the_knobs_leave_the_gap_alone_to_decide(tmp_path):
    """As drawn, the gap is one of three; with visits and initial probabilities alike it is all."""
    knobs = {"as drawn": {}, "gap alone": {"visits": 1.0, "odds": 1.0}}
    settings = {name: sized(True, {"worlds": 6, "networks": 1, **knob}) for name, knob in knobs.items()}
    tables = {}
    for each, kept in {"states_taught": "table", "states": "outcome, table"}.items():
        made = {name: experiments(settings[name])[each] for name in knobs}
        conditions = [
            {**given, "name": f"{given['name']}, {name}"}
            for name, table in made.items()
            for given in table["condition"]
            if given["name"].startswith(kept)
        ]
        for given in conditions:
            if init := given["policy"].get("init"):
                knob = given["name"].rpartition(", ")[2]
                given["policy"] = given["policy"] | {
                    "init": {**init, "condition": f"{init['condition']}, {knob}"}
                }
        tables[each] = {**made["as drawn"], "condition": conditions}
    run, parts = begun_runs(tmp_path, tables)["states"], {}
    for name in knobs:
        names = [f"outcome, table, world {seed}, {name}" for seed in range(6)]
        crossed = np.array(
            [[run.crossed_at(f"state_{s} > 0.5", each)[0] for s in range(8)] for each in names]
        )
        spoilt = [run.crossed_at(f"state_{s} < 0.5", each)[0] for s in range(8, 12) for each in names]
        assert set(spoilt) == {-1}  # a table shares nothing
        of = [of_world(settings[name], seed) for seed in range(6)]
        predictors = {
            "gap": [np.concatenate([each.gap[:8] for each in of])],
            "visits": [np.concatenate([each.visits[:8] for each in of])],
            "initial": [np.concatenate([each.initial[:8] for each in of])],
        }
        times = np.where(crossed < 0, inf, crossed).ravel()
        parts[name] = partial(explain(times, predictors, np.repeat(np.arange(6), 8)).part, "gap")
    assert reading("gap", parts["gap alone"]) == "selection"
    assert reading("gap", parts["as drawn"]) != "selection"
    assert parts["as drawn"](0.95).high < parts["gap alone"](0.95).low


def test_the_kernel_is_that_of_finite_differences():
    rng = np.random.default_rng(7)
    features, weights = rng.normal(size=(3, 2)), rng.normal(size=16 * 4 + 1)

    def logits(theta):
        W, b, out = theta[:32].reshape(16, 2), theta[32:48], theta[48:64]
        return np.tanh(features @ W.T + b) @ out + theta[64]

    steps = 1e-5 * np.eye(len(weights))
    slopes = np.array([(logits(weights + d) - logits(weights - d)) / 2e-5 for d in steps])
    np.testing.assert_allclose(kernel(weights[None], features)[0], slopes.T @ slopes, rtol=1e-6, atol=1e-6)


def test_weights_are_read_in_the_order_in_which_they_are_stored(runs, settings):
    weights = np.asarray(runs["states_taught"].weights("layer, world 1"))
    of = of_world(settings, 1)
    inputs = of.features.shape[1]
    W = weights[:, : 16 * inputs].reshape(-1, 16, inputs)
    b, out = (weights[:, 16 * (inputs + k) : 16 * (inputs + k + 1)] for k in (0, 1))
    y = np.tanh(np.einsum("nwd,sd->nsw", W, of.features) + b[:, None])
    z = np.einsum("nw,nsw->ns", out, y) + weights[:, -1:]
    for s in range(12):
        margin = runs["states"].margin(f"state_{s}", "imitation, layer, world 1")[:, 0]
        np.testing.assert_allclose(margin, z[:, s] * (2 * of.good[s] - 1), atol=1e-4)


def test_what_is_drawn_of_a_world():
    alike = drawn(seed=3, wrong=8, right=4, overlap=0.5, gaps=1.0, visits=1.0, odds=1.0)
    np.testing.assert_allclose(alike.visits, 1 / 12)
    assert (alike.gap == 1).all()
    assert alike.initial.tolist() == [0.3] * 8 + [0.9] * 4
    np.testing.assert_allclose(np.linalg.norm(alike.features, axis=1), 1)
    apart = drawn(seed=3, wrong=8, right=4, overlap=0.0, gaps=30.0, visits=30.0, odds=30.0)
    np.testing.assert_allclose(apart.features @ apart.features.T, np.eye(12), atol=1e-12)
    assert apart.gap[:8].max() / apart.gap[:8].min() > 5
    assert (apart.gap[8:] == 1).all()  # the loss wants what is right surer than it is


def test_shares_by_worlds_seldom_decide_wrongly():
    rng = np.random.default_rng(11)
    missed = wrong = 0
    for _ in range(200):
        rates = rng.beta(1, 19, size=60)  # a mean of 0.05, on the region's end: neither reading is right
        values = (rng.random((60, 8, 4)) < rates[:, None, None]).astype(float)
        wrong += reading("interference", partial(share, values)) == "shaping"
        interval = share(values)
        missed += not interval.low <= 0.05 <= interval.high
    assert wrong <= MISSES
    assert (
        0 < missed <= 2 * MISSES
    )  # rates of a few per cent are skew, and Student's t is for those that are not
    assert reading("interference", partial(share, np.zeros((100, 4, 4)))) == "selection"
    assert reading("interference", partial(share, np.zeros((10, 4, 4)))) is None
    spoilt = (rng.random((24, 8, 4)) < 0.3).astype(float)
    assert reading("interference", partial(share, spoilt)) == "shaping"


def test_networks_that_are_left_out_do_not_count():
    values = np.zeros((5, 2))
    values[0, 0] = 1.0
    left_out = values.copy()
    left_out[1:, 1] = np.nan
    assert share(left_out).estimate == pytest.approx(1 / 6)
    assert share(np.full((5, 2), np.nan)).low == 0
