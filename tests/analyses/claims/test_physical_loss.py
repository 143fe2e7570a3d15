"""The claim about the register: its worlds, what is measured, planted effects, and no effect at all."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import popgrad
import pytest
from popgrad.analyses.claims.claim import claim
from popgrad.analyses.claims.physical_loss.arms import READ_THERE, SECURE
from popgrad.analyses.claims.physical_loss.estimates import levels, mean_of, pressed
from popgrad.analyses.claims.physical_loss.experiments import LAYOUTS, WORLDS, condition, places
from popgrad.analyses.claims.physical_loss.measured import Channels, cell, dose, late
from popgrad.analyses.claims.physical_loss.settings import Settings
from popgrad.analyses.claims.physical_loss.worlds.lamps import lamps
from popgrad.analyses.claims.physical_loss.worlds.read_through import read_through
from popgrad.analyses.claims.verdict import decide
from popgrad.analyses.claims.words import number
from popgrad.analyses.statistics import equivalence
from popgrad.sim.errors import InvalidInput
from popgrad.sim.spec import read_experiment
from popgrad.sim.world import ACTION_COLUMNS, World
from popgrad.sim.worlds.reward_register import reward_register
from scipy.stats import binom

CLAIM = claim("physical_loss")
SMALL = {"networks": 32, "updates": 200, "presses": [1], "encodings": ["coordinate"], "episodes": 4}
POINTS = {point.name for point in CLAIM.registered.points}


@pytest.fixture(scope="module")
def conducted(tmp_path_factory: pytest.TempPathFactory):
    """payout -> runs, analysis and verdict of a small version."""
    found = {}
    for payout in (2.0, 0.0):
        settings = CLAIM.settings(True, {**SMALL, "payout": payout})
        folder = tmp_path_factory.mktemp("physical")
        runs = {
            name: popgrad.run({**tables, "seed": 3}, folder / f"{name}.h5")
            for name, tables in CLAIM.experiments(settings).items()
        }
        analysis = CLAIM.analyse(runs, settings)
        found[payout] = runs, analysis, decide(CLAIM.registered, analysis.estimates)
    return found


def test_the_register_decides_where_it_is_credited(conducted):
    """Worth nothing, it is not sought: what speaks for both views speaks for neither."""
    readings = {
        payout: {each.cell: each.reading for each in verdict.of("paid")}
        for payout, (_, _, verdict) in conducted.items()
    }
    assert readings[2.0]["outcome, everywhere"] == readings[2.0]["outcome, exact, everywhere"] == "both"
    assert readings[0.0]["outcome, everywhere"] == readings[0.0]["outcome, exact, everywhere"] == "neither"


def test_every_point_is_measured_and_the_secure_ones_are_zero(conducted):
    for _, analysis, verdict in conducted.values():
        assert set(analysis.estimates) == POINTS
        for decision in verdict.of("secure"):
            assert (decision.interval.low, decision.interval.high) == (0, 0)
        assert {each.cell for each in verdict.of("secure")} == set(SECURE)


def test_isolation_is_found_where_nothing_is_read_and_only_there(conducted):
    runs, analysis, _ = conducted[2.0]
    for row in analysis.measured["grid"]:
        assert (row["same_weights"] == 1) == (not row["reads"]), row
        assert bool(row["reads"]) == (row["loss"] not in SECURE)
    channels = Channels(runs["grid"])
    settings = CLAIM.settings(True, SMALL)
    (place,) = places(settings)
    assert channels.corruptible("outcome", place) == ("observed_reward",)
    assert [channels.corruptible(name, place)[0] for name in READ_THERE] == ["demonstrator", "approval"]


def test_the_report_has_the_numbers_of_the_run(conducted):
    runs, analysis, _ = conducted[2.0]
    losses = next(section for section in analysis.sections if section.heading == "Each loss")
    row = next(row for row in losses.listings[0].rows if row[0] == "outcome")
    sides = [
        runs["grid"].final("tampers", name) - runs["grid"].final("presses_dummy", name)
        for name in runs["grid"].conditions
        if name.startswith("outcome; ")
    ]
    assert row[3] == f"{np.mean(sides):.3f}"


def test_capture_is_a_product_over_the_second_half(tmp_path: Path):
    tables = {
        "title": "every update",
        "world": {"kind": "reward_register", "distance": 1, "horizon": 4},
        "policy": {"kind": "mlp", "hidden": [4]},
        "optimiser": {"kind": "sgd", "learning_rate": 0.5},
        "population": {"networks": 4},
        "training": {"updates": 20, "record": {"every": 1}},
        "condition": [{"name": "imitation", "loss": {"kind": "imitation"}}],
    }
    with popgrad.run(tables, tmp_path / "x.h5") as run:
        p = run.rate("tampers", "imitation").astype(float)
        survives = np.prod(1 - p[:, 10:20], axis=1)  # the policies of updates 11 to 20
        assert late(run, "tampers", "imitation") == pytest.approx(1 - survives, abs=1e-6)
        whole = p[:, :20].sum(axis=1)
        assert dose(run, "imitation") == pytest.approx(whole, abs=1e-6)


def replace_columns(world: World) -> dict[str, np.ndarray]:
    return {name: getattr(world, name) for name in ACTION_COLUMNS if getattr(world, name) is not None}


@pytest.mark.parametrize("corrupts", ["approval", "labels"])
@pytest.mark.parametrize("layout", ["real_left", "real_right"])
@pytest.mark.parametrize("presses", [1, 2])
def test_what_the_register_answers(corrupts, layout, presses):
    options = {"distance": 2, "hack_steps": presses, "layout": layout}
    plain, own = reward_register(**options), read_through(corrupts=corrupts, **options)
    changed = {
        name
        for name, column in replace_columns(own).items()
        if not np.array_equal(column, getattr(plain, name))
    }
    assert changed == {{"approval": "approval", "labels": "demonstrator"}[corrupts]}
    shape = (5, presses + 1, presses + 1)
    side = 0 if layout == "real_left" else 4
    for state, (place, left, right) in enumerate(np.ndindex(shape)):
        pressed = left if layout == "real_left" else right
        if corrupts == "approval":
            after = min(presses, pressed + 1) if place == side else pressed
            assert own.approval[state, 2] == (1 if after == presses or place == 2 else -1)
        elif place == side:
            presses_now = pressed >= presses - 1
            assert own.demonstrator[state, 2] == presses_now
        else:
            assert np.array_equal(own.demonstrator[state], plain.demonstrator[state])


@pytest.mark.parametrize(("layout", "side", "toward"), [("real_left", 0, 0), ("real_right", 4, 1)])
def test_a_register_that_is_set_asks_for_itself_and_nothing_before(layout, side, toward):
    options = {"distance": 2, "hack_steps": 2, "layout": layout}
    plain, own = reward_register(**options), read_through(corrupts="afterwards", **options)
    for state, (place, left, right) in enumerate(np.ndindex(5, 3, 3)):
        if (left if layout == "real_left" else right) < 2:
            assert np.array_equal(own.demonstrator[state], plain.demonstrator[state])
            for approval in (own.approval, own.observed_approval):  # setting it is not approved of either
                assert np.array_equal(approval[state], plain.approval[state])
            continue
        asked = 2 if place == side else toward
        assert own.demonstrator[state].tolist() == [action == asked for action in range(3)]
        for approval in (own.approval, own.observed_approval):
            assert approval[state].tolist() == [1 if action == asked else -1 for action in range(3)]
    assert np.array_equal(own.observed_reward, plain.observed_reward)


def test_a_demonstrator_that_acts_changes_what_is_shown_and_nothing_else():
    plain, own = reward_register(), read_through(corrupts="nothing", demonstrated="acts", distance=2)
    changed = {
        name
        for name, column in replace_columns(own).items()
        if not np.array_equal(column, getattr(plain, name))
    }
    assert changed == {"demonstrator"}
    assert (own.demonstrator == [0, 0, 1]).all()


def test_beyond_the_points_the_demonstrator_decides_about_what_is_not_shown(conducted):
    """Acting everywhere is shown or not: with coordinates, devices that nobody shows follow it."""
    runs, analysis, _ = conducted[2.0]
    section = next(each for each in analysis.sections if each.heading == "Beyond the points")
    after = {row[1]: float(row[3].split()[0]) for row in section.listings[1].rows}
    assert after["returns"] < 0.2
    assert after["acts"] > 0.8
    names = [name for name in runs["boundary"].conditions if name.startswith("process; ")]
    press = [
        (runs["boundary"].final("press_at_register", n) - runs["boundary"].final("press_at_dummy", n)).mean()
        for n in names
        if "unseen" in n
    ]
    row = next(each for each in section.listings[0].rows if each[:2] == ("process", "no"))
    assert row[3].split()[0] == number(np.mean(press), 3)


def test_what_training_met_is_what_its_episodes_set(conducted):
    runs, analysis, _ = conducted[2.0]
    rows = {row["loss"]: row for row in analysis.measured["grid"]}
    assert rows["imitation"]["met"] is None
    names = [n for n in runs["grid"].conditions if n.startswith("secure outcome; ")]
    ever_set = np.any([runs["grid"].visits("tampers", n) > 0 for n in names], axis=0)
    assert rows["secure outcome"]["met"] == ever_set.mean()


def test_lamps_with_a_policy_that_chooses_at_random(tmp_path: Path):
    """Two steps, three actions: to a device and press it has 1/9; work has 1/3 + 1/9."""
    tables = {
        "title": "at random",
        "world": {"kind": str(WORLDS / "lamps.py"), "horizon": 2},
        "policy": {"kind": "linear"},
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "population": {"networks": 1},
        "training": {"updates": 1},
        "condition": [{"name": "outcome", "loss": {"kind": "outcome", "estimator": "exact"}}],
    }
    with popgrad.run(tables, tmp_path / "x.h5") as run:
        found = {name: run.rate(name, "outcome")[0, 0] for name in run.behaviours}
        returns = run.observed_return("outcome")[0, 0], run.intended_return("outcome")[0, 0]
    assert found == {
        "tampers": pytest.approx(1 / 9),
        "signal_without_task": pytest.approx(1 / 9),
        "unlit_without_task": pytest.approx(1 / 9),
        "task_without_signal": pytest.approx(4 / 9),
    }
    assert returns == pytest.approx((4 / 9 + 2 / 9, 4 / 9))


def test_lamps_tell_the_devices_apart_by_the_lamp_alone():
    world = lamps()
    assert len(np.unique(world.features, axis=0)) == world.states


def test_without_an_effect_few_replications_find_one(tmp_path: Path):
    """Two hundred populations of twenty: to what sees no register, left and right are alike."""
    replications, size, confidence = 200, 20, 0.95
    settings = CLAIM.settings(True, {"networks": replications * size, "updates": 30, "episodes": 4})
    tables = CLAIM.experiments(settings)["grid"]
    wanted = [
        each
        for each in tables["condition"]
        if each["name"].startswith("secure outcome; 1 step, 1 press, seen, c")
    ]
    run = popgrad.run({**tables, "condition": wanted}, tmp_path / "x.h5")
    with run:
        name = run.conditions[0]
        difference = (run.final("press_at_register", name) - run.final("press_at_dummy", name)).astype(float)
    estimates = [mean_of(part, confidence) for part in difference.reshape(replications, size)]
    missed = sum(not each.low <= 0 <= each.high for each in estimates)
    assert 0 < missed <= binom.ppf(1 - 1e-4, replications, 1 - confidence)
    point = CLAIM.registered.point("pressed_uncredited")
    beyond = [equivalence(each, *point.region).verdict in ("above", "below") for each in estimates]
    assert sum(beyond) <= binom.ppf(1 - 1e-4, replications, 1 - confidence)


def test_levels_of_factors_that_have_several():
    several = {"distances": [1, 3], "presses": [1, 2], "observable": [True, False]}
    settings = CLAIM.settings(True, {**several, "encodings": ["one_hot"]})
    found = levels(settings)
    assert list(found) == ["1 step away", "3 steps away", "1 press", "2 presses", "seen", "unseen"]
    for name, count in zip(found, [4, 4, 4, 4, 4, 4], strict=True):
        assert sum(found[name](place) for place in places(settings)) == count
    assert list(levels(CLAIM.settings(True, {**SMALL, "observable": [True]}))) == ["everywhere"]
    none = pressed({}, CLAIM.settings(True, {"presses": [2]}), credited=True)
    assert none == {}


def test_a_mean_without_networks_says_nothing():
    nothing = mean_of(np.array([np.nan, 0.5, np.nan]), 0.95)
    assert np.isnan(nothing.estimate)
    assert (nothing.low, nothing.high) == (-1, 1)
    assert mean_of(np.array([0.5, np.nan, 0.5]), 0.95).estimate == 0.5
    assert [number(value, 3) for value in (-0.0001, 0.25, -0.25)] == ["0.000", "0.250", "-0.250"]
    assert [number(value) for value in (-0.0, -1 / 3, -np.inf)] == ["0", "-0.333", "-∞"]


@pytest.mark.parametrize("quick", [True, False])
def test_every_experiment_is_valid(quick):
    settings = CLAIM.settings(quick, {})
    assert isinstance(settings, Settings)
    for name, tables in CLAIM.experiments(settings).items():
        found = read_experiment(tables)
        assert len({each.name for each in found.conditions}) == len(tables["condition"]), name
    count = len(list(product(settings.distances, settings.presses, settings.observable, settings.encodings)))
    assert len(places(settings)) == count


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"networks": 2}, "greater than or equal to 8"),
        ({"presses": []}, "at least one"),
        ({"encodings": ["relative"]}, "did you mean|coordinate"),
        ({"shown": {"mona": 3}}, "some of outcome, prediction"),
        ({"payoff": 1}, "did you mean 'payout'"),
    ],
)
def test_settings_that_cannot_be(change, message):
    with pytest.raises(InvalidInput, match=message):
        CLAIM.settings(True, change)


def test_cells_take_the_mean_of_both_layouts(conducted):
    runs, _, _ = conducted[2.0]
    (place,) = places(CLAIM.settings(True, SMALL))
    found = cell(runs["grid"], "MONA", place)
    left, right = (
        runs["grid"].final("press_at_register", name) - runs["grid"].final("press_at_dummy", name)
        for name in (condition("MONA", place, layout) for layout in LAYOUTS)
    )
    assert found.pressing == pytest.approx((left.astype(float) + right) / 2, abs=1e-6)
    assert (found.explored > 0).any()
