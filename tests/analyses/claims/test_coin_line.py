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
    report_line,
    stopping,
    surprises,
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
    "lasting": {"networks": 16, "widths": [16], "updates": 1_100, "diversities": [0.3], "returns": 0.9},
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


def scores_of(loss, margin, away) -> networks.Scores:
    return networks.Scores(np.asarray(loss, float), np.asarray(margin, float), np.where(away, 1.0, -1.0))


def test_strata_are_weighted_alike_in_both_arms():
    """Two losses, counted by hand: 30 and 10 networks against 10 and 30."""
    first = scores_of([1.0] * 30 + [2.0] * 10, np.ones(40), [True] * 15 + [False] * 15 + [True] * 9 + [False])
    second = scores_of(
        [1.0] * 10 + [2.0] * 30, np.ones(40), [True] * 2 + [False] * 8 + [True] * 15 + [False] * 15
    )
    found = matched.match(first, second, ("loss",))
    # both strata weigh 30·10/40, so that q is the mean of their shares
    assert found.shares == pytest.approx(((0.5 + 0.9) / 2, (0.2 + 0.5) / 2))
    assert found.sizes == pytest.approx((1 / (0.25 / 30 + 0.25 / 10),) * 2)
    assert found.kept == (1.0, 1.0)
    assert found.residual == {"loss": 0.0, "margin": 0.0}


def test_strata_of_one_arm_are_dropped_and_said():
    first = scores_of([1.0] * 20 + [2.0] * 20, np.ones(40), np.ones(40, bool))
    second = scores_of([2.0] * 10 + [3.0] * 30, np.ones(40), np.zeros(40, bool))
    found = matched.match(first, second, ("loss",))
    assert found.kept == (0.5, 0.25)
    assert found.shares == (1.0, 0.0)
    apart = scores_of([5.0] * 10, np.ones(10), np.ones(10, bool))
    assert matched.match(first, apart, ("loss", "margin")) is None
    empty = matched.difference(None, 0.9)
    assert (empty.low, empty.high) == (-1.0, 1.0)


def test_one_stratum_gives_newcombes_interval():
    """Of two plain shares, 56 of 70 and 48 of 80 (Newcombe 1998, table II)."""
    first = scores_of(np.ones(70), np.ones(70), np.arange(70) < 56)
    second = scores_of(np.ones(80), np.ones(80), np.arange(80) < 48)
    interval = matched.difference(matched.match(first, second, ("loss",)), 0.95)
    assert (interval.low, interval.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_flip_times_of_the_linear_policy_are_known_and_met(runs, settings):
    assert [linear.flip(4, e, 0.05, 700) for e in (1.0, 0.3, 0.1, 0.02)] == [1, 26, 98, 603]
    found = flips.linear(runs["linear"], settings)
    assert found.found == found.expected == (1, 26, 98)


def test_large_diversities_alone_are_reported_without_slopes(runs, settings):
    few = settings.model_copy(
        update={"flips": settings.flips.model_copy(update={"linear_diversities": (1.0,)})}
    )
    found = flips.linear(runs["linear"], few)
    assert found.slopes == ()
    text = report_line.flips(found, flips.measure(runs["flips"], settings), settings).text
    assert "1 of 1 diversities" in text[0]


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
        {e: t <= 50_000 for e, t in times.items()}, {e: t < 0 for e, t in times.items()}, 0,
    )  # fmt: skip


def decided(point: str, estimator):
    """The decision of that point alone."""
    registered = CLAIM.registered.model_copy(update={"points": (CLAIM.registered.point(point),)})
    return decide(registered, {point: {"": estimator}}).decisions[0]


@pytest.mark.parametrize(
    ("exponent", "place", "reading"),
    [(-1.0, "inside", "both"), (-0.2, "above", "selection"), (-1.8, "below", "neither")],
)
def test_exponents_are_found_and_read(exponent, place, reading):
    here = turns(exponent, np.random.default_rng(2))
    interval = flips.exponent(here, 0.99)
    assert interval.low < exponent < interval.high
    decision = decided("flips", lambda confidence: flips.exponent(here, confidence))
    assert (decision.place, decision.reading) == (place, reading)


def test_exponents_cover():
    """Bonferroni's corners are wide; at a confidence of one half they have to miss sometimes."""
    rng = np.random.default_rng(3)
    missed = sum(
        not (each.low <= -1 <= each.high)
        for each in (flips.exponent(turns(-1.0, rng, 60), 0.5) for _ in range(200))
    )
    assert 0 < missed <= binom.ppf(0.999, 200, 0.5)
    wide = flips.exponent(turns(-1.0, rng, 400), 0.95)
    assert wide.high - wide.low < 0.2


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
    right = np.ones((3, 3))
    one, two = lasting.Pair(16, 0.1, time, (f, f), (quick, slow), (right, right), 0.9).competent
    assert (one.tolist(), two.tolist()) == ([-1.0, 1.0], [1.0, -1.0])


def test_only_networks_that_are_right_under_both_losses_are_compared():
    time = np.array([0, 5, 9])
    f = np.array([[1.0, -1.0, 1.0], [1.0, 1.0, -1.0], [1.0, 1.0, 1.0]])
    collects = np.ones((3, 3))
    late = np.array([[-1.0, -1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, -1.0]])
    never = np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
    pair = lasting.Pair(16, 0.1, time, (f, -f), (collects, collects), (late, never), 0.9)
    assert [each.tolist() for each in pair.late] == [[1.0], [-1.0]]
    assert [each.tolist() for each in pair.competent] == [[1.0, 1.0], [-1.0, -1.0]]


def line(shares: dict[float, int]) -> enough.Line:
    walks = {(e, 100): networks.Walks(away, 500 - away, 0, 0) for e, away in shares.items()}
    return enough.Line(4, 16, (100,), walks, walks)


def test_enough_is_the_least_diversity_from_which_on_q_is_small():
    # 14 of 500 has an upper limit of 0.0466, 15 of 500 of 0.0490, 16 of 500 of 0.0514
    assert line({0.01: 400, 0.02: 15, 0.1: 14}).smallest(100) == 0.02
    assert line({0.01: 1, 0.02: 16, 0.1: 14}).smallest(100) == 0.1
    assert line({0.01: 1, 0.1: 16}).smallest(100) == np.inf


def test_enough_is_read_from_networks_that_are_right(runs, settings):
    """At the last time, of the right ones alone; nobody right decides nothing."""
    run, name = runs["enough"], cell(length=4, width=8, diversity=0.3)
    wrong = [each for each in run.own_behaviours(name) if "wrong" in each]
    right = np.all([run.margin(each, name)[:, -1] < 0 for each in wrong], axis=0)
    f = run.margin("walks_away", name)[right, -1]
    found = enough.measure(run, settings)[0]
    assert 0 < right.sum() < 64
    counted = networks.Walks(int((f > 0).sum()), int((f < 0).sum()), int((f == 0).sum()), 0)
    assert found.right[0.3, 64] == counted
    some, none = networks.Walks(9, 9, 0, 0), networks.Walks(0, 0, 0, 0)
    nobody = enough.Line(4, 16, (100,), {(0.02, 100): some}, {(0.02, 100): none})
    (estimator,) = enough.estimates([nobody]).values()
    assert decided("enough", estimator).reading is None


def test_networks_that_found_nothing_walk_nowhere(runs, settings):
    """A guess that 16 tries do not find: its cell has fewer networks, and none that walks toward the coin."""
    run = runs["grid"]
    name = cell(method="selection", encoding="one_hot", width=4, diversity=0.3)
    missed = int((run.values("attempts")[run.conditions.index(name)] < 0).sum())
    assert missed > 0
    found = networks.walks(networks.probe(run, name)[:, 0])
    assert (found.lost, found.networks) == (missed, 16 - missed)


def test_networks_are_stuck_where_the_probe_reads_no_trained_unit():
    """Two units at length 4: u·(1, 2, 0) > 0 at the probe, u·(1, p, c) there or not on the trained states."""
    dead, live, off = [1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 1.0]
    weights = np.array([[*one, *two, 1.0, 1.0] for one, two in ((dead, off), (dead, live), (off, off))])
    # without diversity c = 4: the first unit has 1 − 4 < 0 on all trained states
    assert networks.stuck(weights, 2, 4, 0.0).tolist() == [True, False, False]
    # with it c = 1 comes with p, where 1 − 1 is not above 0 either
    assert networks.stuck(weights, 2, 4, 0.3).tolist() == [True, False, False]
    weights[:, 2] = -0.5
    assert networks.stuck(weights, 2, 4, 0.3).tolist() == [False, False, False]


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


@pytest.mark.parametrize(
    ("away", "toward", "neither", "said"),
    [
        (400, 420, 180, "neither rule has a majority"),
        (400, 550, 50, "a majority walks to the coin"),
        (44, 56, 0, None),  # 0.56 has a lower limit of 0.457
        (56, 44, 0, None),
        (520, 400, 80, None),
    ],
)
def test_majorities_are_told_from_intervals_alone(away, toward, neither, said):
    here = lovers.Found(
        CLAIM.settings(True, TINY).lovers.near[0], {10: networks.Walks(away, toward, neither, 0)}
    )
    sentences = list(surprises.near_majority([here]))
    assert len(sentences) == (said is not None)
    assert all(said in each for each in sentences)


@pytest.mark.parametrize(("networks_", "said"), [(2_000, True), (40, False)])
def test_a_difference_is_gone_where_its_interval_lies_within_what_counts(networks_, said):
    """Half of the networks differ early and none late; few networks do not show that none does."""
    early = np.where(np.arange(networks_) % 2 == 0, 1.0, -1.0)
    one = np.column_stack([np.ones(networks_), early, np.ones(networks_)])
    two = np.ones((networks_, 3))
    pair = lasting.Pair(16, 0.1, np.array([0, 1024, 9000]), (one, two), (two, two), (two, two), 0.9)
    early, late = surprises.early_and_late(pair)
    assert early.low > surprises.ALIKE
    assert surprises.with_time(early, late) == (surprises.FADES if said else None)


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
    right = np.ones((2, 32), bool)
    for row, m in enumerate((2, 4)):
        for loss in ("cloning", "outcome"):
            name = cell(loss=loss, width=m, std=0.5, rate=0.1, diversity=0.3)
            for each in runs["atlas_4"].own_behaviours(name):
                if each.startswith("wrong"):
                    right[row] &= runs["atlas_4"].margin(each, name)[:, -1] < 0
    np.testing.assert_array_equal(found.passed[0.3].conditions, right.sum(axis=0))
    np.testing.assert_array_equal(found.passed[0.3].difference, (np.array(means) * right).sum(axis=0))
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


def test_differences_of_those_that_passed_are_a_ratio_of_means():
    n = np.repeat([2.0, 1.0, 0.0], [30, 20, 50])
    difference = np.r_[np.repeat([1.0, 0.0], 15), np.repeat([-1.0, 1.0], 10), np.zeros(50)]
    passed = atlas.Passed(n, difference, 2)
    assert passed.share == pytest.approx(80 / 200)
    interval = atlas.passed_difference(passed, 0.95)
    assert interval.estimate == pytest.approx(15 / 80)
    assert interval.low < 15 / 80 < interval.high
    few = atlas.passed_difference(atlas.Passed(n[28:33], difference[28:33], 2), 0.95)
    assert (few.low, few.high) == (-1.0, 1.0)
    none = atlas.passed_difference(atlas.Passed(n, np.zeros(100), 2), 0.95)
    # 0 of 50 networks: one minus the 50th root of 0.05
    assert (none.low, none.high) == pytest.approx((-(1 - 0.05**0.02), 1 - 0.05**0.02))


def test_the_ratio_covers():
    """Of 200 replications of 60 networks that pass in 0 to 3 conditions and differ by 0.1 on average."""
    rng, missed = np.random.default_rng(8), 0
    for _ in range(200):
        n = rng.integers(0, 4, 60)
        up, down = rng.binomial(n, 0.3), rng.binomial(n, 0.2)
        interval = atlas.passed_difference(atlas.Passed(n.astype(float), (up - down).astype(float), 3), 0.9)
        missed += not (interval.low <= 0.1 <= interval.high)
    assert 0 < missed <= binom.ppf(0.999, 200, 0.1)


def some(found: networks.Scores, which) -> networks.Scores:
    return networks.Scores(*(values[which] for values in found))


@pytest.fixture(scope="module")
def guessed():
    """What guess-and-check finds of a loss of 0.001 to 0.3 without diversity."""
    band = {"std": 1.0, "diversity": 0.0, "loss": [0.001, 0.3], "margin": [0.0, 1.0], "networks": 24_000}
    settings = CLAIM.settings(True, {**TINY, "matched": {**TINY["matched"], "bands": [band]}})
    (tables,) = (t for name, t in CLAIM.experiments(settings).items() if name.startswith("matched"))
    tables["condition"] = [each for each in tables["condition"] if each["name"] == "guess"]
    with simulate({**tables, "seed": 9}, threads=1) as run:
        return networks.scores(run.weights("guess"), 16, 4, 0.0)


def test_without_an_effect_differences_are_claimed_as_seldom_as_stated(guessed):
    """200 replications, in arms of which one has the lower margins, which must not count as an effect."""
    rng, level = np.random.default_rng(10), 0.1
    low, high = CLAIM.registered.point("matched").region
    wrong = missed = 0
    for part in range(200):
        here = some(guessed, slice(120 * part, 120 * (part + 1)))
        first = rng.random(120) < np.where(here.margin < np.median(here.margin), 0.7, 0.3)
        match = matched.match(some(here, first), some(here, ~first), ("loss", "margin"))
        interval = matched.difference(match, 1 - level)
        wrong += interval.low > high or interval.high < low
        missed += not (interval.low <= 0 <= interval.high)
    assert wrong <= binom.ppf(0.999, 200, level)
    assert 0 < missed <= binom.ppf(0.999, 200, level)


def test_confounded_arms_differ_before_and_not_after_matching():
    """Walking depends on the margin alone, of which one arm has more."""
    rng = np.random.default_rng(11)
    margin = rng.random(40_000)
    away = rng.random(40_000) < margin
    first = rng.random(40_000) < margin
    both = scores_of(np.ones(40_000), margin, away)
    match = matched.match(some(both, first), some(both, ~first), ("loss", "margin"))
    # E[m²]/E[m] and E[m(1 − m)]/E[1 − m] of a uniform m
    assert match.unweighted == pytest.approx((2 / 3, 1 / 3), abs=0.02)
    assert abs(matched.difference(match, 0.95).estimate) < 0.02
    assert abs(match.residual["margin"]) < 0.05


def test_a_planted_difference_flips_the_reading_and_none_reads_selection(guessed):
    """Two halves of what guess-and-check found; then one in which every twentieth is made to walk away."""

    def read(one, two):
        match = matched.match(one, two, ("loss", "margin"))
        return decided("matched", lambda confidence: matched.difference(match, confidence))

    toward, away = np.flatnonzero(guessed.probe < 0), np.flatnonzero(guessed.probe > 0)
    rare = some(guessed, np.sort(np.r_[toward, away[: toward.size // 100]]))  # as few as with diversity
    half = np.random.default_rng(12).random(rare.loss.size) < 0.5
    one, two = some(rare, half), some(rare, ~half)
    decision = read(one, two)
    assert (decision.place, decision.reading) == ("inside", "selection")
    planted = one._replace(probe=np.where(np.arange(one.probe.size) % 20 == 0, 1.0, one.probe))
    for first, second, place in ((planted, two, "above"), (two, planted, "below")):
        decision = read(first, second)
        assert (decision.place, decision.reading) == (place, "shaping")


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
