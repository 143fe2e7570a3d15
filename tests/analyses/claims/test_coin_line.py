"""The claim on the coin line against closed forms, data counted by hand, and planted effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from popgrad.analyses.claims.claim import claim
from popgrad.analyses.claims.coin_line import (
    atlas,
    enough,
    flips,
    lasting,
    linear,
    lovers,
    matched,
    networks,
    stopping,
)
from popgrad.analyses.claims.coin_line.experiments import TRAINED_STATES, cell, matched_run
from popgrad.analyses.claims.verdict import decide
from popgrad.sim.errors import InvalidInput
from popgrad.sim.simulate import run as simulate
from popgrad.sim.spec import read_experiment
from scipy.stats import binom

CLAIM = claim("coin_line")
BAND = {"std": 1.0, "diversity": 0.3, "loss": [0.01, 0.05], "margin": [0.005, 0.03], "networks": 400}
TINY = {
    "matched": {"bands": [BAND], "updates": [20, 100], "attempts": 20_000},
    "stopping": {"networks": 64, "updates": 200, "diversities": [0.0, 0.3]},
    "lasting": {"networks": 16, "updates": 1_100, "diversities": [0.3], "returns": 0.9},
    "flips": {
        "networks": 64,
        "updates": 2_000,
        "widths": [16],
        "diversities": [0.3, 0.1],
        "linear_diversities": [1.0, 0.3, 0.1],
        "linear_updates": 120,
    },
    "atlas": {
        "networks": 32,
        "updates": 64,
        "blocks": [
            {"length": 4, "widths": [2, 4], "stds": [0.5], "rates": [0.1], "diversities": [0.0, 0.3]},
            {"length": 5, "widths": [4], "stds": [0.5], "rates": [0.1], "diversities": [0.3]},
        ],
    },
    "grid": {
        "networks": 16,
        "updates": 32,
        "diversities": [0.0, 0.3],
        "widths": [4],
        "rates": [0.1],
        "encodings": ["absolute", "one_hot"],
        "loss": 0.1,
        "attempts": 16,
    },
    "enough": {
        "networks": 64,
        "times": [16, 64],
        "lengths": [4],
        "widths": [8],
        "diversities": [0.02, 0.3],
    },
    "lovers": {
        "scan_networks": 32,
        "scan_updates": 32,
        "scan_lengths": [4],
        "scan_widths": [2],
        "scan_stds": [1.0, 2.0],
        "scan_rates": [0.01],
        "near": [{"length": 4, "width": 2, "std": 2.0, "rate": 0.01}],
        "near_networks": 100,
        "near_updates": 32,
    },
}


def finished(folder: Path, settings) -> dict:
    return {
        name: simulate({**tables, "seed": 5}, folder / f"{name}.h5", threads=1)
        for name, tables in CLAIM.experiments(settings).items()
    }


@pytest.fixture(scope="module")
def settings():
    return CLAIM.settings(True, TINY)


@pytest.fixture(scope="module")
def runs(settings, tmp_path_factory):
    return finished(tmp_path_factory.mktemp("coin_line"), settings)


def by_hand(weights, width: int, length: int, diversity: float):
    """Loss, margin over ‖θ‖² and f at the probe of one network, state by state."""
    u, a = weights[: 3 * width].reshape(width, 3), weights[3 * width :]

    def f(p: int, c: int) -> float:
        return sum(a[j] * max(u[j, 0] + u[j, 1] * p + u[j, 2] * c, 0.0) for j in range(width))

    loss, total, least = 0.0, 0.0, np.inf
    for c in range(1, length + 1):
        share = diversity / length + (1 - diversity if c == length else 0.0)
        for p in range(length + 1):
            if p == c or share == 0:
                continue
            signed = f(p, c) if c > p else -f(p, c)
            loss, total = loss + share * np.log1p(np.exp(-signed)), total + share
            least = min(least, signed)
    return loss / total, least / (weights @ weights), f((length + 1) // 2, 0)


@pytest.mark.parametrize(("length", "diversity"), [(4, 0.0), (4, 0.3), (5, 1.0)])
def test_scores_are_those_counted_state_by_state(length, diversity):
    weights = np.random.default_rng(1).normal(size=(20, 12))
    found = networks.scores(weights, 3, length, diversity)
    expected = [by_hand(each, 3, length, diversity) for each in weights]
    np.testing.assert_allclose(np.column_stack(found), expected, rtol=1e-12)


def test_scores_of_stored_weights_are_what_the_run_recorded(runs, settings):
    run = runs[matched_run(settings.matched.bands[0])]
    found = networks.scores(run.weights("guess"), 16, 4, BAND["diversity"])
    np.testing.assert_allclose(found.loss, run.loss("guess")[:, 0], rtol=1e-4)
    np.testing.assert_allclose(found.probe, run.margin("walks_away", "guess")[:, 0], rtol=1e-4, atol=1e-4)
    assert ((found.loss >= BAND["loss"][0]) & (found.loss <= BAND["loss"][1])).all()
    assert ((found.margin >= BAND["margin"][0] - 1e-5) & (found.margin <= BAND["margin"][1] + 1e-5)).all()


def test_networks_count_where_they_first_lie_within_the_band(settings):
    band = settings.matched.bands[0]
    early = networks.Scores(np.array([0.02, 0.2, 0.02]), np.array([0.01, 0.01, -0.01]), np.array([1.0, 2, 3]))
    late = networks.Scores(np.array([0.03, 0.03, 0.2]), np.array([0.01, 0.01, 0.01]), np.array([4.0, 5, 6]))
    found, never = matched.first_within([early, late], band, True)
    assert (found.probe.tolist(), never) == ([1.0, 5.0], 1)
    found, never = matched.first_within([early, late], band, False)
    assert (found.probe.tolist(), never) == ([1.0, 3.0, 5.0], 0)


def test_reweighting_takes_the_other_arms_losses():
    loss = np.repeat([1.0, 2.0, 3.0, 4.0], [10, 20, 30, 40])
    walks = np.where(loss > 2, 1.0, -1.0)
    descent = networks.Scores(loss, np.ones(100), walks)
    even = np.tile([1.0, 2.0, 3.0, 4.0], 25)
    selected = networks.Scores(even, np.ones(100), np.where(even > 2, 1.0, -1.0))
    assert matched.reweighted(descent, selected) == pytest.approx(0.7)


def test_flip_times_of_the_linear_policy_are_known_and_met(runs, settings):
    assert [linear.flip(4, e, 0.05, 700) for e in (1.0, 0.3, 0.1, 0.02)] == [1, 26, 98, 603]
    found = flips.linear(runs["linear"], settings)
    assert found.found == found.expected == (1, 26, 98)


def test_the_flow_turns_where_small_steps_do():
    """Euler steps a hundredth as long, by their own loop."""
    rate, w, updates = 0.05 / 100, np.zeros(3), 0
    rows, d = [], []
    for c in range(1, 5):
        for p in range(5):
            if p != c:
                rows.append(np.array([1.0, p, c]) * (1 if c > p else -1))
                d.append(0.1 / 4 + (0.9 if c == 4 else 0.0))
    rows, d = np.array(rows), np.array(d) / sum(d)
    while updates == 0 or w @ [1, 2, 0] >= 0:
        w += rate * (d / (1 + np.exp(rows @ w))) @ rows
        updates += 1
    assert linear.flow_flip(4, 0.1, 0.05) == pytest.approx(updates / 100, rel=2e-3)


def test_the_slope_of_the_flow_nears_minus_one():
    slopes = linear.slopes(4, [1e-2, 1e-5, 1e-10], 0.05)
    assert (np.diff(slopes) > 0).all()
    assert -1.04 < slopes[-1] < -1


def turns(exponent: float, rng, networks: int = 400) -> flips.Turns:
    """Times of a log-normal spread whose median is 10 ε^exponent, watched until 50,000."""
    diversities = (0.3, 0.03)
    times = {e: np.ceil(10 * e**exponent * np.exp(rng.normal(0, 0.5, networks))) for e in diversities}
    return flips.Turns(
        16, diversities, {e: np.minimum(t, 50_000) for e, t in times.items()},
        {e: t <= 50_000 for e, t in times.items()}, 0,
    )  # fmt: skip


@pytest.mark.parametrize(("exponent", "reading"), [(-1.0, "inside"), (-0.2, "above"), (-1.8, "below")])
def test_exponents_are_found_and_read(exponent, reading):
    interval = flips.exponent(turns(exponent, np.random.default_rng(2)), 0.99)
    assert interval.low < exponent < interval.high
    low, high = CLAIM.registered.point("flips").region
    place = "inside" if low < interval.low and interval.high < high else "other"
    place = "above" if interval.low > high else "below" if interval.high < low else place
    assert place == reading


def test_exponents_cover():
    rng = np.random.default_rng(3)
    missed = sum(
        not (each.low <= -1 <= each.high)
        for each in (flips.exponent(turns(-1.0, rng, 60), 0.9) for _ in range(200))
    )
    assert missed <= binom.ppf(0.999, 200, 0.1)


def test_an_exponent_without_medians_has_no_bound():
    rng = np.random.default_rng(4)
    here = turns(-1.0, rng)
    never = here._replace(turned={e: np.zeros_like(each) for e, each in here.turned.items()})
    interval = flips.exponent(never, 0.95)
    assert (interval.low, interval.high) == (-np.inf, np.inf)


def test_stopping_rules_take_the_first_record_that_fulfils_them():
    time = np.array([0, 1, 10])
    probe = np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    worst = np.array([[-1.0, 1.0, 1.0], [-1.0, -1.0, 1.0], [-1.0, -1.0, -1.0]])
    loss = np.array([[1.0, 0.05, 0.005], [1.0, 0.2, 0.05], [1.0, 1.0, 1.0]])
    path = stopping.Path(0.1, time, probe, loss, worst)
    found = stopping.rules(path)
    assert found["first fit"] == networks.Walks(0, 1, 1, 0)
    assert found["loss ≤ 0.1"] == networks.Walks(0, 1, 1, 0)
    assert found["loss ≤ 0.01"] == networks.Walks(1, 0, 0, 0)
    assert found["update 10"] == networks.Walks(2, 0, 1, 0)
    # of the two that fit, one turns away afterwards and the other stays at 0
    assert stopping.change(path.at_fit, path.at_end, 0.95).estimate == 0.5


def test_the_worst_state_is_the_margin_over_trained_states(runs, settings):
    tables = {
        **CLAIM.experiments(settings)["stopping"], "seed": 5,
        "training": {"updates": 200, "record": {"at": [200]}},
    }  # fmt: skip
    with simulate(tables, threads=1) as run:
        path = next(each for each in stopping.measure(runs["stopping"], settings) if each.diversity == 0.3)
        found = networks.scores(run.weights(cell(diversity=0.3)), 16, 4, 0.3)
        norm = (run.weights(cell(diversity=0.3)) ** 2).sum(axis=1)
    np.testing.assert_allclose(path.worst[:, -1], found.margin * norm, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(path.probe[:, -1], found.probe, rtol=1e-3, atol=1e-4)


def test_competence_is_where_the_coin_is_first_collected():
    time = np.array([0, 5, 9])
    f = np.array([[1.0, -1.0, 1.0], [1.0, 1.0, -1.0], [1.0, 1.0, 1.0]])
    quick = np.array([[0.5, 0.95, 1.0], [0.95, 1.0, 1.0], [0.1, 0.1, 0.1]])
    slow = np.array([[0.5, 0.5, 1.0], [0.5, 0.5, 1.0], [0.5, 0.5, 1.0]])
    one, two = lasting.Pair(0.1, time, (f, f), (quick, slow), 0.9).competent
    assert (one.tolist(), two.tolist()) == ([-1.0, 1.0], [1.0, -1.0])


def line(shares: dict[float, int]) -> enough.Line:
    walks = {(e, 100): networks.Walks(away, 500 - away, 0, 0) for e, away in shares.items()}
    return enough.Line(4, 16, (100,), walks)


def test_enough_is_the_least_diversity_from_which_on_q_is_small():
    # 14 of 500 has an upper limit of 0.0466, 15 of 500 of 0.0490, 16 of 500 of 0.0514
    assert line({0.01: 400, 0.02: 15, 0.1: 14}).smallest(100) == 0.02
    assert line({0.01: 1, 0.02: 16, 0.1: 14}).smallest(100) == 0.1
    assert line({0.01: 1, 0.1: 16}).smallest(100) == np.inf


def test_networks_that_found_nothing_walk_nowhere(runs, settings):
    """A guess that 16 tries do not find: its cell has fewer networks, and none that walks toward the coin."""
    run = runs["grid"]
    name = cell(method="selection", encoding="one_hot", width=4, diversity=0.3)
    missed = int((run.values("attempts")[run.conditions.index(name)] < 0).sum())
    assert missed > 0
    found = networks.walks(networks.probe(run, name)[:, 0])
    assert (found.lost, found.networks) == (missed, 16 - missed)


def test_probes_of_zero_are_neither():
    assert networks.walks(np.array([0.0, -0.0, 1e-30, -1e-30, np.nan])) == networks.Walks(1, 1, 2, 1)


def test_the_open_problem_counts_strictly_and_leaves_scanned_networks_out(runs, settings):
    near = lovers.near(runs["near"], settings)[0]
    f = runs["near"].margin("walks_away", near.member.name)[32:, -1]
    assert near.last == networks.Walks(int((f > 0).sum()), int((f < 0).sum()), int((f == 0).sum()), 0)
    assert near.last.networks == 68
    assert near.last.neither > 0
    interval = lovers.toward(near.last, 0.95)
    assert interval.estimate == near.last.toward / 68


def test_a_network_is_the_unit_of_the_atlas(runs, settings):
    found = atlas.measure(runs, settings)[0]
    means = []
    for m in (2, 4):
        one, two = (
            runs["atlas_4"].margin(
                "walks_away", cell(loss=loss, width=m, std=0.5, rate=0.1, diversity=0.3)
            )[:, -1] > 0
            for loss in ("cloning", "outcome")
        )  # fmt: skip
        means.append(two.astype(float) - one)
    np.testing.assert_array_equal(found.means[0.3], np.mean(means, axis=0))
    assert sum(found.counts().values()) == sum(found.decided().values()) == 4


def test_the_whole_analysis(runs, settings):
    analysis = CLAIM.analyse(runs, settings)
    verdict = decide(CLAIM.registered, analysis.estimates)
    assert set(verdict.points) == {point.name for point in CLAIM.registered.points}
    shown = "".join(
        cell
        for section in analysis.sections
        for listing in section.listings
        for row in listing.rows
        for cell in row
    )
    assert "nan" not in shown
    assert list(analysis.figures) == ["phases"]


def guesses(networks: int, diversity: float, std: float, band: dict) -> np.ndarray:
    """Where guesses in the band walk: f at the probe."""
    part = {**TINY["matched"], "bands": [{**band, "networks": networks, "diversity": diversity, "std": std}]}
    settings = CLAIM.settings(True, {**TINY, "matched": part})
    (tables,) = (t for name, t in CLAIM.experiments(settings).items() if name.startswith("matched"))
    tables["condition"] = [each for each in tables["condition"] if each["name"] == "guess"]
    with simulate({**tables, "seed": 9}, threads=1) as run:
        return run.margin("walks_away", "guess")[:, 0]


def arm(f: np.ndarray) -> matched.Arm:
    return matched.Arm(networks.walks(f), 0.0, 0.0, f.size)


def test_without_an_effect_differences_are_claimed_as_seldom_as_stated():
    """200 replications, each of two halves of what selection found in one band."""
    each, level = 60, 0.05
    band = {"loss": [0.001, 0.3], "margin": [0.0, 1.0]}
    f = guesses(200 * each, 0.0, 1.0, band).reshape(200, 2, each // 2)
    assert 0.5 < (f > 0).mean() < 0.9
    low, high = CLAIM.registered.point("matched").region
    wrong = 0
    for one, two in f:
        interval = matched.difference(arm(one), arm(two), 1 - level)
        wrong += interval.low > high or interval.high < low
    assert wrong <= binom.ppf(0.999, 200, level)


def test_a_planted_difference_is_read_from_either_side():
    """The same guesses beside those of which every fifth walks the other way."""
    f = guesses(4000, 0.0, 1.0, {"loss": [0.001, 0.3], "margin": [0.0, 1.0]})
    one, two = f[:2000], f[2000:].copy()
    for sign, place in ((1, "above"), (-1, "below")):
        planted = one.copy()
        planted[::5] = sign
        decision = decide_matched(planted, two)
        assert (decision.place, decision.reading) == (place, "shaping")


def decide_matched(one: np.ndarray, two: np.ndarray):
    """The decision of the point `matched` alone."""
    point = CLAIM.registered.point("matched")
    registered = CLAIM.registered.model_copy(update={"points": (point,)})
    estimate = {"matched": {"": lambda confidence: matched.difference(arm(one), arm(two), confidence)}}
    return decide(registered, estimate).decisions[0]


def test_selection_beside_selection_reads_selection():
    """Nothing is planted: both arms are the same law, of which few walk away."""
    f = np.where(np.random.default_rng(6).random(12_000) < 0.01, 1.0, -1.0)
    decision = decide_matched(f[:6000], f[6000:])
    assert (decision.place, decision.reading) == ("inside", "selection")


def test_splitting_in_place_of_descent_runs(tmp_path):
    part = {**TINY["matched"], "arm": "splitting", "bands": [{**BAND, "networks": 8}]}
    settings = CLAIM.settings(True, {**TINY, "matched": part})
    name, tables = next(iter(CLAIM.experiments(settings).items()))
    runs = {name: simulate({**tables, "seed": 5}, tmp_path / "m.h5", threads=1)}
    found = matched.measure(runs, settings)[0]
    assert found.descent.walks.networks == found.selected.walks.networks == 8
    assert BAND["loss"][0] < found.descent.loss < BAND["loss"][1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"width": 0}, "width"),
        ({"matched": {**TINY["matched"], "bands": [{**BAND, "loss": [0.1, 0.01]}]}}, "lower end first"),
        ({"matched": {**TINY["matched"], "arm": "luck"}}, "splitting"),
        ({"grid": {**TINY["grid"], "encodings": ["absolut"]}}, "absolute"),
        ({"flips": {**TINY["flips"], "diversities": [0.0, 0.1]}}, "diversities"),
        ({"stopping": {**TINY["stopping"], "network": 3}}, "networks"),
    ],
)
def test_wrong_settings_are_refused(changes, said):
    with pytest.raises(InvalidInput, match=said):
        CLAIM.settings(True, {**TINY, **changes})


@pytest.mark.parametrize("quick", [True, False])
def test_every_experiment_is_valid(quick):
    tables = CLAIM.experiments(CLAIM.settings(quick, {}))
    for name, each in tables.items():
        if name.startswith("atlas") and not quick:
            each["condition"] = each["condition"][::25]
        read_experiment({**each, "seed": 1})
    assert tables["stopping"]["world"]["kind"] == TRAINED_STATES


def test_the_atlas_of_the_long_version_has_the_networks_that_it_says():
    full = CLAIM.settings(False, {}).atlas
    assert full.networks >= 10 * atlas.PUBLIC_NETWORKS
    assert full.blocks[0].pairs == 324
    assert sum(atlas.PUBLIC.values()) == 972
