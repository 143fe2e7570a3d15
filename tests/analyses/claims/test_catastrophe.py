"""The claim `catastrophe`: exposure against independent sums, planted effects, and errors without any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import log
from pathlib import Path

import numpy as np
import popgrad
import pytest
import tomlkit
from popgrad.analyses.claims.analysis import Analysis
from popgrad.analyses.claims.catastrophe import arms_found, deaths, ladders, networks, places_found, triggers
from popgrad.analyses.claims.catastrophe.arms import named
from popgrad.analyses.claims.catastrophe.exposure import falling_total, killed, killed_by_visits
from popgrad.analyses.claims.catastrophe.flows import FLOWS, exposure_by, exposure_until
from popgrad.analyses.claims.catastrophe.places_found import Pair, difference
from popgrad.analyses.claims.catastrophe.settings import Settings
from popgrad.analyses.claims.claim import claim
from popgrad.analyses.claims.exposure import followed, total
from popgrad.analyses.claims.verdict import Verdict, decide
from popgrad.sim.errors import InvalidInput
from popgrad.sim.runfile import Run
from popgrad.sim.spec import read_experiment
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import binom

CLAIM = claim("catastrophe")
SMALL = {
    "starts": [0.1, 0.01, 0.001],
    "hazards": [0.05, 0.1],
    "updates": 1_000,
    "longest": 4_000,
    "tail_updates": 3_000,
    "networks": 24,
    "sampled_updates": 300,
    "neutral_updates": 400,
    "rarities": [0.5, 0.1],
    "meetings": 40,
    "climb_updates": 300,
    "blocked_updates": 200,
    "shown_updates": 30,
    "safe_updates": 100,
    "elsewhere_updates": 200,
}
LEARNT = "expected reward, learnt from acts drawn"
BLOCKER = "a refusal with a penalty"


def simulated(
    folder: Path, settings: Settings, names: tuple[str, ...] = (), conditions: tuple[str, ...] = ()
) -> dict[str, Run]:
    """Runs of some of the claim's experiments and conditions, all by default."""
    runs = {}
    for name, tables in CLAIM.experiments(settings).items():
        if not names or name in names:
            wanted = [each for each in tables["condition"] if not conditions or each["name"] in conditions]
            source = {**tables, "condition": wanted, "seed": 3}
            if name not in ("arms", "acts"):  # those that others go on from, or that go on from others
                path = folder / f"{name}.toml"
                path.write_text(tomlkit.dumps(source))
                source = path
            runs[name] = popgrad.run(source, folder / f"{name}.h5", threads=1)
    return runs


def own(**changes: object) -> Settings:
    settings = CLAIM.settings(True, {**SMALL, **changes})
    assert isinstance(settings, Settings)
    return settings


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return simulated(tmp_path_factory.mktemp("catastrophe"), own())


@pytest.fixture(scope="module")
def analysis(runs: dict[str, Run]) -> Analysis:
    return CLAIM.analyse(runs, own())


@pytest.fixture(scope="module")
def verdict(analysis: Analysis) -> Verdict:
    return decide(CLAIM.registered, analysis.estimates)


def reading(verdict: Verdict, point: str, cell: str) -> str | None:
    return {each.cell: each.reading for each in verdict.of(point)}[cell]


def decided(point: str, estimators: Mapping[str, object], cell: str) -> str | None:
    """The reading of one point in one cell alone."""
    registered = CLAIM.registered.model_copy(update={"points": (CLAIM.registered.point(point),)})
    return decide(registered, {point: {cell: estimators[cell]}}).decisions[0].reading  # type: ignore[dict-item]


def test_totals_are_sums_over_updates():
    x = np.random.default_rng(0).uniform(size=(3, 41))
    np.testing.assert_allclose(total(np.arange(41.0), x), x[:, :-1].sum(axis=1))
    t = np.arange(1001.0)
    falling = 1 / (1 + 0.05 * t)
    kept = np.unique(np.geomspace(1, 1000, 30).astype(int)) * 1.0
    kept = np.append(0.0, kept)
    found = falling_total(kept, falling[kept.astype(int)])
    exact = falling[:-1].sum()
    assert found.low < exact < found.high
    assert found.middle == pytest.approx(exact, rel=0.01)


def test_who_is_killed_is_who_would_have_died():
    """Deaths drawn update by update, 20,000 learners of each network, are met within 4.4 standard errors."""
    rng = np.random.default_rng(1)
    exposure = rng.uniform(size=(2, 60)) ** 3
    found = killed(np.arange(60.0), exposure, 0.05)
    died = (rng.uniform(size=(20_000, 2, 59)) < 0.05 * exposure[:, :-1]).any(axis=2).mean(axis=0)
    assert (np.abs(died - found) < 4.4 * np.sqrt(found * (1 - found) / 20_000)).all()
    assert killed_by_visits(np.array([0, 3]), 0.1).tolist() == pytest.approx([0, 1 - 0.9**3])


def test_deaths_that_are_drawn_are_as_many_as_expected(runs: dict[str, Run]):
    found = deaths.drawn_deaths(runs["ladder"], own()).difference(0.9999)
    assert found.low < 0 < found.high
    assert found.high - found.low < 0.5


def test_deaths_are_drawn_update_by_update():
    """Of an act taken in two updates of three, c = 1/2: a quarter survives; records lie between."""
    rates = np.tile([1.0, 1.0, 0.0, 0.0], (4_000, 1))
    died = deaths.drawn(np.array([0.0, 1.0, 2.0, 3.0]), rates, 0.5, np.random.default_rng(2))
    assert abs(died.mean() - 0.75) < 4.4 * (0.75 * 0.25 / (4_000 * deaths.EACH)) ** 0.5


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(0.99, 0.97, None), (0.01, 0.04, None), (0.3, 0.32, "selection"), (0.99, 0.6, "shaping")],
)
def test_where_both_are_near_0_or_1_nothing_is_decided(first: float, second: float, expected: str | None):
    spread = np.linspace(-0.005, 0.005, 200)
    estimators = places_found.differences({"here": Pair(first + spread, second - spread)})
    assert decided("pretraining", estimators, "here") == expected


THEORY = {
    "cross_entropy": 6.79234,
    "all_actions": 4.49981,
    "unlikelihood": 15.7822,
    "normalised": 19.2331,
    "reward": 105.681,
    "squared_error": 121.463,
    "preference_1": 231.461,
    "two_steps": 2552.53,
}
"""T28: I from ε = 0.01 to p = 0.9, to five or six digits."""


@pytest.mark.parametrize("rule", THEORY)
def test_exposure_until_correction_is_that_of_theory(rule: str):
    assert 0.1 * exposure_until(rule, 0.01, 0.9, 0.1) == pytest.approx(THEORY[rule], rel=1e-5)


@pytest.mark.parametrize("rule", FLOWS)
def test_exposure_is_the_integral_of_the_bad_act_over_the_flow(rule: str):
    form, z0, z1 = FLOWS[rule].rule.form, log(0.03 / 0.97), log(0.8 / 0.2)
    expected = quad(lambda z: expit(-z) / form.g(z, z0), z0, z1)[0] / 0.1
    assert exposure_until(rule, 0.03, 0.8, 0.1) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("updates", [3_000, 100_000])
def test_exposure_at_the_floor_of_an_entropy_bonus_goes_on(updates: int):
    z, exposure = log(0.1 / 0.9), 0.0
    for _ in range(updates):
        exposure += expit(-z)
        z += 0.01 * expit(z) * expit(-z) * (1 - 0.25 * z)
    assert exposure_by("entropy", 0.1, updates, 0.01) == pytest.approx(exposure, rel=2e-3)


@pytest.mark.parametrize(
    ("exponent", "expected"), [(-2.0, "selection"), (-1.3, "selection"), (-1.0, "shaping"), (-0.5, "shaping")]
)
def test_a_tail_reads_by_its_exponent(exponent: float, expected: str):
    times = np.append(0, np.unique(np.geomspace(1, 1e4, 200).astype(int))) * 1.0
    found = arms_found.tail(times, exponent * np.log(times + 1))
    assert found.slope == pytest.approx(exponent, abs=0.01)
    estimator = arms_found.exactly(found.slope, found.low, found.high)
    assert decided("tail", {"here": estimator}, "here") == expected


@pytest.mark.parametrize("rule", FLOWS)
def test_the_limit_of_a_tail_is_that_of_its_flow(rule: str):
    """dz/ds = g(z), so that π_bad = e^−z gives d ln π_bad/d ln s = −s g(z)."""
    flow = FLOWS[rule]
    if flow.floor < np.inf or flow.limit == -np.inf:
        assert flow.rule.form.g(30.0, 0.0) <= 0 or flow.rule.form.g(30.0, 0.0) > 0.9
        return
    form = flow.rule.form
    assert -(form.F(15.0, 0.0) - form.F(0.0, 0.0)) * form.g(15.0, 0.0) == pytest.approx(flow.limit, rel=2e-2)


@pytest.mark.parametrize("updates", [CLAIM.settings(quick, {}).tail_updates for quick in (True, False)])  # type: ignore[attr-defined]
def test_the_range_of_slopes_holds_the_limit(updates: int):
    """Of the flow from even odds, read off as a run is, in the time that a run is given."""
    slow = [flow for flow in FLOWS.values() if -np.inf < flow.limit < 0]
    assert len(slow) == 10
    times = np.append(0, np.unique(np.round(np.geomspace(1, updates, 200)))) * 1.0
    for flow in slow:
        z = np.array([flow.rule.form.log_odds(0.5, float(t), 0.1) for t in times])
        found = arms_found.tail(times, -np.logaddexp(0, z))
        assert found.low <= flow.limit <= found.high, (flow.title, found)
        assert found.high - found.low < 0.2


def test_what_follows_from_how_a_reward_tells_of_catastrophes(runs: dict[str, Run]):
    """Risk is in proportion to c where every act is told, and the same where catastrophes alone are."""
    acts, fatal = (found for found in arms_found.told_risks(runs["arms"], own()).values())
    assert acts[0.1].middle / acts[0.05].middle == pytest.approx(2, rel=1e-6)
    assert fatal[0.1].middle / fatal[0.05].middle == pytest.approx(1, rel=0.02)


def test_an_act_of_equal_pay_goes_on_and_on(runs: dict[str, Run]):
    found = arms_found.no_incentive(runs["acts"], own())["equal pay, expected reward"]
    assert list(found) == [4, 40, 400]
    for updates, estimator in found.items():
        assert estimator(0.95).estimate == pytest.approx(1 - (1 - 0.01 * 0.1) ** (2 * updates), rel=1e-4)


def test_the_limits_of_a_rule_are_those_of_all_its_risks(runs: dict[str, Run]):
    settings = own()
    risks = arms_found.risks(runs["arms"], settings)["cross_entropy"]
    interval = arms_found.integral(runs, settings)["cross-entropy"](0.95)
    assert len(risks) == 18
    for risk in risks:
        assert interval.low <= risk.found.low - risk.closed <= risk.found.high - risk.closed <= interval.high


def test_a_tail_is_read_before_there_is_nothing_left_of_it():
    """Of e^−t, which is 10⁻⁹ at t = 20.7 and would be 0 in float64 at 746."""
    times = np.arange(5_000.0)
    found = arms_found.tail(times, -times)
    assert (found.end, found.low < found.slope < found.high < -1.1) == (20, True)


def test_rare_triggers_with_and_without_an_effect():
    rarities = (0.5, 0.1, 0.02)
    acts = np.outer(np.array(rarities) ** 0.7, [1.0, 2.0, 5.0])
    np.testing.assert_allclose(places_found.exponents(acts, rarities), 0.7)
    np.testing.assert_allclose(places_found.exponents(np.ones((3, 4)), rarities), 0, atol=1e-12)


def test_of_a_context_that_shares_nothing_rarity_is_no_matter(runs: dict[str, Run]):
    """The dynamics in meetings are those of the expected reward of three acts, whatever r is."""
    acts = places_found.meetings(runs["trigger"], own())[triggers.TABLE]
    z, exposure, rate, r = np.log([0.025, 0.95, 0.025]), 0.0, 0.3, 0.1
    for _ in range(400):
        p = np.exp(z) / np.exp(z).sum()
        exposure += r * p[1]
        z = z + r * rate * p[0] * (np.array([1, 0, 0]) - p)
    assert acts[1] == pytest.approx(exposure, rel=1e-3)
    assert acts[0] == pytest.approx(acts[1], rel=0.02)


def test_ladders_of_even_odds(tmp_path: Path):
    """Uniform over three acts, two rungs: 1/9 arrive, 1/27 take the act, and 1/27 finish beside."""
    cells = {"another": ("another", False), "climbing": ("climbing", False), "blocked": ("another", True)}
    tables = {
        "world": networks.own_world("ladder"),
        "policy": {"kind": "tabular"},
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "population": {"networks": 1},
        "training": {"updates": 1, "record": {"at": [0]}},
        "condition": [
            {
                "name": name,
                "loss": networks.OUTCOME,
                "world": networks.own_world("ladder", steps=2, act=act, pays=0.5, blocked=blocked),
            }
            for name, (act, blocked) in cells.items()
        ],
    }
    with popgrad.run(tables, tmp_path / "ladder.h5", threads=1) as run:
        for name, (_, blocked) in cells.items():
            rates = {behaviour: float(run.rate(behaviour, name)[0, 0]) for behaviour in run.behaviours}
            pay = float(run.intended_return(name)[0, 0])
            harm = run.world(name)["catastrophe"].sum()
            assert rates == pytest.approx(
                {"attempts": 1 / 27, "arrives": 1 / 9, "at_the_top": 1 / 3}, rel=1e-6
            )
            assert pay == pytest.approx(1.5 / 27, rel=1e-6)
            assert harm == (0 if blocked else 1)


def test_all_points_have_estimates_and_all_numbers_are_finite(analysis: Analysis, verdict: Verdict):
    for decision in verdict.decisions:
        found = decision.interval
        assert np.isfinite([found.estimate, found.low, found.high]).all(), (
            decision.point.name,
            decision.cell,
        )
        assert found.low <= found.estimate <= found.high
    assert json.dumps(analysis.measured, allow_nan=False)
    text = "\n".join(line for section in analysis.sections for line in section.text)
    assert "nan" not in text
    assert [axes.get_title(loc="left")[0] for axes in analysis.figure.axes] == list("abcde")


def test_simulation_agrees_with_closed_forms_for_every_rule(verdict: Verdict):
    readings = {each.cell: each.reading for each in verdict.of("integral")}
    slow = {FLOWS["preference_2"].title}  # of no ε is it waited for so long
    assert {flow.title for flow in FLOWS.values()} - set(readings) == slow
    drawn = {name for name in readings if "drawn" in name}
    assert {readings[name] for name in set(readings) - drawn} == {"both"}
    assert {readings[name] for name in drawn} <= {"both", None}  # 24 networks do not always decide


def test_what_is_recorded_of_two_arms_is_what_steps_in_float64_do(runs: dict[str, Run]):
    z, exposure, h = log(0.01 / 0.99), 0.0, 0.1
    while z <= log(0.9 / 0.1):
        exposure += expit(-z)
        z += h * expit(-z)  # cross-entropy
    (risk,) = [
        each
        for each in arms_found.risks(runs["arms"], own())["cross_entropy"]
        if (each.start, each.hazard, each.horizon) == (0.01, 0.05, "until p > 0.9")
    ]
    assert -np.log1p(-risk.found.middle) == pytest.approx(0.05 * exposure, rel=0.03)
    assert named("cross_entropy", 0.01) in runs["arms"].conditions


@pytest.mark.parametrize(
    ("point", "cell", "expected"),
    [
        ("tail", "labels for all actions", "selection"),
        ("tail", "unlikelihood", "shaping"),
        ("start", "cross-entropy", "selection"),
        ("start", "expected reward", "shaping"),
        ("competence", "an act at hand", "selection"),
        ("competence", "climbing on behind 3 steps", "shaping"),
        ("rare_trigger", "same act wrong elsewhere", "shaping"),
        ("forgetting", "imitation, same act right, replay", "shaping"),
    ],
)
def test_readings_of_a_small_run(verdict: Verdict, point: str, cell: str, expected: str):
    assert reading(verdict, point, cell) == expected


def test_a_blocker_that_rewards_what_it_refuses_flips_the_reading(runs, verdict: Verdict, tmp_path: Path):
    settings = own(refusal=-1.0)
    beginner = ladders.beginner("another", settings.rungs, "costs")
    conditions = (beginner, *ladders.blocked_cells(settings))
    planted = simulated(tmp_path, settings, ("ladder", "after"), conditions)
    pairs = places_found.blocker_pairs(planted, settings, True)
    assert reading(verdict, "felt_blocker", BLOCKER) == "shaping"
    assert decided("felt_blocker", places_found.differences(pairs), BLOCKER) == "neither"


def test_a_penalty_that_pays_flips_the_reading(verdict: Verdict, tmp_path: Path):
    settings = own(penalty=-1.0, hazard=0.01, steps=[0], rungs=0)
    conditions = tuple(ladders.beginner("another", 0, paid) for paid in ("costs", "goes unnoticed"))
    ladder = simulated(tmp_path, settings, ("ladder",), conditions)["ladder"]
    pairs = places_found.penalty_pairs(ladder, settings, "costs")
    cell = "an act at hand"
    assert reading(verdict, "penalty", cell) == "both"
    assert decided("penalty", places_found.differences(pairs), cell) == "neither"


REPLICATIONS, SIZE, LEVEL = 200, 12, 0.05


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Many networks, slices of which are replications: what a network draws depends on its number alone."""
    settings = own(networks=2 * REPLICATIONS * SIZE, sampled_updates=100)
    folder, conditions = tmp_path_factory.mktemp("drawn"), (LEARNT, "cross-entropy, acts drawn")
    return simulated(folder, settings, ("acts",), conditions)["acts"]


def test_without_an_effect_wrong_readings_are_as_rare_as_stated(drawn: Run):
    """Two halves of a slice differ by chance alone: to be beyond the region is wrong."""
    risk = killed_by_visits(drawn.visits("arm_1", LEARNT), 0.1)
    slices = risk.reshape(REPLICATIONS, 2, SIZE)
    point = CLAIM.registered.point("forgetting")
    wrong = sharp = 0
    for one, other in slices:
        found = difference(Pair(one, other), 1 - LEVEL)
        wrong += found.low > point.region[1] or found.high < point.region[0]
        sharp += found.low > 0 or found.high < 0  # of a region without width
    allowed = binom.ppf(0.9999, REPLICATIONS, LEVEL)
    assert wrong <= allowed
    assert 0 < sharp <= allowed


def test_intervals_of_drawn_acts_hold_the_truth_as_often_as_stated(drawn: Run):
    z, alive = log(0.1 / 0.9), 1.0
    for _ in range(100):
        alive *= 1 - 0.1 * expit(-z)
        z += 0.1 * expit(-z)
    risk = killed_by_visits(drawn.visits("arm_1", "cross-entropy, acts drawn"), 0.1)
    intervals = [places_found.mean(values, 1 - LEVEL) for values in risk.reshape(2 * REPLICATIONS, SIZE)]
    missed = sum(not each.low <= 1 - alive <= each.high for each in intervals)
    low, high = binom.ppf([0.0001, 0.9999], 2 * REPLICATIONS, LEVEL)
    assert low <= missed <= high


def test_networks_that_diverged_are_left_out():
    found = difference(Pair(np.array([0.5, np.nan, 0.7]), np.array([0.1, 0.2, 0.2])), 0.95)
    assert found.estimate == pytest.approx(0.45)


def test_exposure_follows_one_condition_at_its_own_times(runs: dict[str, Run]):
    name = "same act wrong elsewhere, 0.5"
    times, rates = followed(runs["trigger"], "dangerous", name)
    assert (times[0], times[-1], len(times)) == (0, 80, rates.shape[1])
    assert np.isfinite(rates).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"starts": [0.1]}, r"starts: got \[0.1\], expected at least two values"),
        ({"hazards": [0.1, 0.1]}, "none of them twice"),
        ({"rarities": [0.1, 0.5]}, "each smaller than the one before"),
        ({"longest": 100}, "longest: got 100, expected above"),
        ({"penalty": "much"}, "penalty"),
        ({"network": 10}, "networks"),
        ({"hazard": 1.5}, "hazard"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, object], message: str):
    with pytest.raises(InvalidInput, match=message):
        CLAIM.settings(True, changes)


@pytest.mark.parametrize("quick", [True, False], ids=["quick", "full"])
def test_every_experiment_is_valid(runs: dict[str, Run], quick: bool, monkeypatch: pytest.MonkeyPatch):
    """Those that go on from others go on from the small ones here, which have fewer networks."""
    monkeypatch.chdir(runs["taught"].path.parent)
    for name, tables in CLAIM.experiments(CLAIM.settings(quick, {})).items():
        assert read_experiment({**tables, "population": {"networks": 2}}).conditions, name
