"""Two conditions of a run: planted effects are found, and what cannot be compared is said."""

from __future__ import annotations

import copy
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click.testing
import numpy as np
import popgrad
import pytest
from popgrad.analyses.compare import compare
from popgrad.analyses.compare_figure import draw_comparison
from popgrad.analyses.compare_report import as_dict, compare_report, median_in_words, sentence
from popgrad.analyses.compare_times import order
from popgrad.analyses.figures import save
from popgrad.analyses.statistics import Interval, Times
from popgrad.cli import main
from popgrad.sim.errors import InvalidInput, PopgradError
from rich.console import Console

TIME = np.array([0, 10, 100])
WATCH = "b < 0.5"


class FakeRun:
    """A run in memory: (network, time) rates of `b` by condition."""

    behaviours = ("b", "count")
    is_probability = {"b": True, "count": False}  # noqa: RUF012
    watches = (WATCH, "none")
    hyperparameters = ("rate", "drawn")
    path = Path("run.h5")
    time = TIME

    def __init__(self, **rates):
        self.rates = {name: np.asarray(values, np.float32) for name, values in rates.items()}
        self.conditions = tuple(rates)
        self.networks = np.arange(len(next(iter(self.rates.values()))))
        self.spec: dict[str, Any] = {"seed": 4, "condition": [{"name": name, "loss": {}} for name in rates]}
        self.crossed = {name: np.full(len(self.networks), -1) for name in rates}
        self.diverged = {name: np.full(len(self.networks), -1) for name in rates}
        self.groups = self.networks % 4

    def own_times(self, condition):
        return TIME

    def own_behaviours(self, condition):
        return self.behaviours

    def own_watches(self, condition):
        return (WATCH,)

    def slabs(self, name, condition):
        assert name == "rate"
        both = np.stack([self.rates[condition], 3 * self.rates[condition]], axis=2)
        yield from np.array_split(both, 3)

    def crossed_at(self, watch, condition):
        return self.crossed[condition]

    def diverged_at(self, condition):
        return self.diverged[condition]

    def hyperparameter(self, name, condition):
        return (self.groups if name == "rate" else self.networks).astype(float)


def over_time(final):
    """Rates that stand at ½, then reach `final` at the last time."""
    return np.stack([np.full(len(final), 0.5), np.full(len(final), 0.5), final], axis=1)


def planted(networks=400, effect=0.125, spread=0.02):
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 0.75, networks)
    return FakeRun(x=over_time(x), y=over_time(x + effect + rng.normal(0, spread, networks)))


def shown(found) -> str:
    output = io.StringIO()
    Console(width=200, file=output).print(compare_report(found))
    return output.getvalue()


def test_a_planted_effect_is_found_with_its_width_and_its_sign():
    found = compare(planted(), "b", ("x", "y"), rope=(-0.05, 0.05))
    assert found.conditions == ("x", "y")
    assert found.pairs == 400
    assert found.mean.low < 0.125 < found.mean.high
    assert found.mean.high - found.mean.low == pytest.approx(2 * 1.966 * 0.02 / 20, rel=0.1)
    assert found.median is not None
    assert found.median.low < 0.125 < found.median.high
    assert found.signs[:3] == (400, 0, 0)
    assert found.share_p is not None
    assert found.share_p < 1e-10
    assert found.share.estimate == pytest.approx(found.shares[1].estimate - found.shares[0].estimate)
    assert found.equivalence is not None
    assert found.equivalence.verdict == "above"
    turned = compare(planted(), "b", ("y", "x"), rope=(-0.05, 0.05))
    assert turned.mean.estimate == -found.mean.estimate
    assert turned.equivalence is not None
    assert turned.equivalence.verdict == "below"
    assert compare(planted(effect=0.0), rope=(-0.05, 0.05)).equivalence.verdict == "equivalent"
    assert compare(planted(effect=0.0), rope=(-0.001, 0.001)).equivalence.verdict == "undecided"


def test_behaviours_and_times_are_those_asked_for():
    run = planted()
    assert compare(run, "count").mean.estimate == pytest.approx(3 * compare(run, "b").mean.estimate)
    early = compare(run, at=10)
    assert early.at == (10, 10)
    assert early.mean.estimate == 0
    assert compare(run, confidence=0.5).mean.high < compare(run).mean.high


def test_networks_without_a_value_are_left_out_and_counted():
    run = planted()
    run.rates["x"][:3, 2] = run.rates["y"][1:10, 2] = np.nan
    found = compare(run)
    assert found.lost == (1, 7, 2)
    assert found.pairs == 390
    assert found.signs[:3] == (390, 0, 0)
    assert found.notes == (
        "10 networks have no value (diverged, or found no weights) and are left out: 1 under x alone, "
        "7 under y alone, 2 under both.",
    )
    run.rates["x"][1:, 2] = np.nan
    with pytest.raises(PopgradError, match="0 networks have a value of b under x and y; needs 2"):
        compare(run)


def test_no_network_that_differs_is_not_taken_for_certainty():
    run = planted()
    run.rates["y"] = run.rates["x"]
    found = compare(run, rope=(-0.005, 0.005))
    assert (found.mean.estimate, found.signs[:3]) == (0, (0, 0, 400))
    assert found.mean.high == pytest.approx(1 - 0.05 ** (1 / 400))
    assert found.mean.low == -found.mean.high
    assert found.equivalence is not None
    assert found.equivalence.verdict == "undecided"
    assert compare(run, rope=(-0.01, 0.01)).equivalence.verdict == "equivalent"
    assert found.share.low < 0 < found.share.high
    assert "no width; that is no proof" in compare(run, "count").notes[0]


def test_few_networks_that_differ_and_none_that_vary_are_said():
    run = planted()
    run.rates["y"] = run.rates["x"].copy()
    run.rates["y"][:5, 2] += 0.3
    assert "Only 5 networks differ" in compare(run).notes[0]
    same = FakeRun(x=over_time(np.full(30, 0.2)), y=over_time(np.full(30, 0.7)))
    found = compare(same)
    assert "they are one network, not a sample" in found.notes[0]
    assert found.mean.low == pytest.approx(found.mean.high)


def test_an_effect_that_clusters_share_is_less_certain():
    run = planted(spread=0.0)
    run.rates["y"][:, 2] += np.array([0.2, -0.1, 0.05, -0.15])[run.groups]
    naive, found = compare(run), compare(run, clusters="rate")
    assert found.mean.estimate == pytest.approx(naive.mean.estimate)
    assert found.mean.high - found.mean.low > 10 * (naive.mean.high - naive.mean.low)
    assert (found.median, found.share_p) == (None, None)
    assert "by rate" in sentence(found)
    assert as_dict(found)["sign_test_p"] is None
    run.groups = np.zeros(400)
    for name, words in (("drawn", "each has its own"), ("rate", "all networks share one"), ("rat", "'rate'")):
        with pytest.raises(InvalidInput, match=words):
            compare(run, clusters=name)


def test_clusters_of_which_none_differs_are_few_and_not_certain():
    """Of none of 4 clusters, 1 − 0.05^(1/4) of all may differ."""
    same = over_time(np.linspace(0.1, 0.9, 400))
    found = compare(FakeRun(x=same, y=same), clusters="rate", rope=(-0.05, 0.05))
    assert found.mean.high == pytest.approx(1 - 0.05 ** (1 / 4))
    assert found.mean.low == -found.mean.high
    assert found.equivalence is not None
    assert found.equivalence.verdict == "undecided"


def test_shares_of_clusters_stay_between_0_and_1():
    final = np.where((np.arange(40) % 4 == 3) & (np.arange(40) > 20), 0.1, 0.9)
    found = compare(FakeRun(x=over_time(final), y=over_time(final[::-1])), clusters="rate")
    assert all(0 <= each.low <= each.high <= 1 for each in found.shares)


def test_times_of_a_watch_keep_the_censored_in():
    run = planted()
    run.crossed["x"][:300] = np.arange(300) % 50
    run.crossed["y"][:] = 20
    run.crossed["y"][350:] = -1
    run.diverged["x"][390:] = 60
    times = compare(run, watch=WATCH).times
    assert times is not None
    assert times.crossed == (300, 350)
    assert times.diverged == (10, 0)
    # Of 400 networks the first six per value below 33 have crossed at 33: 200 of 300 in x.
    assert times.medians[0].estimate == 33
    assert times.medians[1].estimate == 20
    # x before 20: 20 of 50 values; y first: 29 of 50, and 50 that x never crossed; the same: 1 of 50.
    assert times.order[:4] == (120, 174 + 50, 6, 50)
    text = shown(compare(run, watch=WATCH))
    for words in ("300 of 400, 10 diverged before", "33 (", "6 at the same update, 50 cannot be told"):
        assert words in text
    assert as_dict(compare(run, watch=WATCH))["times"]["networks_by_order"] == {
        "x_first": 120,
        "y_first": 224,
        "same": 6,
        "undecided": 50,
    }


def test_censoring_decides_where_it_can():
    """Crossed at a beside censored at c: known to be earlier where c ≥ a."""
    x = Times(np.array([5, 5, 5, 9, 100]), np.array([1, 1, 1, 0, 0]))
    y = Times(np.array([5, 4, 5, 9, 100]), np.array([0, 0, 1, 1, 0]))
    assert order(x, y)[:4] == (1, 1, 1, 2)
    assert order(y, x)[:4] == (1, 1, 1, 2)


def test_medians_that_were_not_reached_are_words():
    inf = float("inf")
    assert median_in_words(Interval(26.0, 20.0, inf, 0.95, "")) == "26 (20 to not reached)"
    assert median_in_words(Interval(inf, 2000.0, inf, 0.95, "")) == "not reached (above 2,000)"
    assert median_in_words(Interval(inf, 0.0, inf, 0.95, "")) == "not reached"
    never = as_dict(compare(planted(), watch=WATCH))["times"]["medians"]["x"]
    assert (never["estimate"], never["low"], never["high"]) == (None, 100, None)


def test_every_fault_is_told_at_once():
    with pytest.raises(InvalidInput) as caught:
        compare(planted(), "bb", ("x", "z"), watch="b < 0.6", confidence=95, rope=(1, 0))
    text = str(caught.value)
    assert "5 faults" in text
    for words in ("'bb'", "'z', expected one of x, y", "did you mean 'b < 0.5'", "such as 0.95", "lower end"):
        assert words in text


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"between": ("x", "x")}, "'x' twice, expected two different conditions"),
        ({"at": 90}, "got 90, expected a recorded time of both; the nearest are 0, 10, 100"),
        ({"watch": "none"}, "expected one that x has: b < 0.5"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, words):
    with pytest.raises(InvalidInput, match=re.escape(words)):
        compare(planted(), **call)


def test_conditions_of_different_seeds_are_no_pairs():
    run = planted()
    run.spec["condition"][1]["seed"] = 5
    with pytest.raises(InvalidInput, match="whose seeds differ, expected conditions of one seed"):
        compare(run)
    run.spec["condition"][0]["seed"] = 5
    assert compare(run).seed == 5


def test_one_condition_and_no_choice_among_three():
    rates = over_time(np.linspace(0, 1, 9))
    with pytest.raises(InvalidInput, match="a run of one condition, x, expected one of two at least"):
        compare(FakeRun(x=rates))
    with pytest.raises(InvalidInput, match="expected two of x, y, z"):
        compare(FakeRun(x=rates, y=rates, z=rates))
    bare = SimpleNamespace(behaviours=(), path="run.h5")
    with pytest.raises(PopgradError, match="nothing to compare"):
        compare(bare)  # pyright: ignore[reportArgumentType]


def test_the_figure_shows_the_differences_the_interval_and_the_curves(tmp_path):
    run = planted()
    run.rates["y"][:30, 2] = run.rates["x"][:30, 2]
    run.crossed["x"][:300] = np.arange(300) % 50
    found = compare(run, watch=WATCH, rope=(-0.05, 0.05))
    assert found.times is not None
    figure = draw_comparison(found)
    left, right = figure.axes
    bars = [bar for container in left.containers for bar in getattr(container, "patches", [])]
    assert sum(bar.get_height() for bar in bars) == 400
    assert bars[-1].get_height() == 30
    assert left.get_xlabel() == "change of probability within a network"
    assert left.get_legend().get_texts()[0].get_text() == "30 the same"
    (diamond,) = (line for line in left.lines if line.get_marker() == "D")
    assert diamond.get_xdata()[0] == pytest.approx(found.mean.estimate)
    curve = right.lines[0].get_xydata()
    assert curve[0].tolist() == [0, 1]
    assert curve[-1].tolist() == [100, pytest.approx(found.times.curves[0].share[-1])]
    assert right.lines[1].get_xydata()[:, 1].tolist() == [1, 1]  # y never crossed
    caption = " ".join(figure.get_supxlabel().split())
    assert caption.startswith(sentence(found))
    for words in ("Grey: region", "by Kaplan and Meier, with pointwise 95 % intervals"):
        assert words in caption
    for name in "ab":
        save(draw_comparison(found), tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("effect", [0.0, 0.1, -0.1])
def test_odd_comparisons_are_drawn(effect, tmp_path):
    same = FakeRun(x=over_time(np.full(5, 0.5)), y=over_time(np.full(5, 0.5 + effect)))
    save(draw_comparison(compare(same, watch=WATCH)), tmp_path / "odd.png")


TABLES: dict[str, Any] = {
    "title": "two learning rates",
    "seed": 1,
    "world": {"kind": "coin_line", "length": 3, "diversity": 0.3},
    "policy": {"kind": "mlp", "hidden": [4], "head": "logit", "init": {"kind": "normal"}},
    "optimiser": {"kind": "sgd", "learning_rate": 0.05},
    "population": {"networks": 60},
    "training": {"updates": 40, "watch": [{"behaviour": "walks_away", "below": 0.3}]},
    "condition": [
        {"name": "slow", "loss": {"kind": "imitation", "estimator": "exact"}},
        {"name": "fast", "loss": {"kind": "imitation", "estimator": "exact"}, "optimiser.learning_rate": 0.5},
    ],
}


def call(*arguments: str) -> click.testing.Result:
    result = click.testing.CliRunner().invoke(main, ["compare", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_run_is_compared_from_the_command_line(tmp_path):
    path = tmp_path / "two.h5"
    popgrad.run(TABLES, path).close()
    figure = tmp_path / "two.svg"
    drawn = call(str(path), "-o", str(figure))
    assert drawn.exit_code == 0
    assert figure.read_text().startswith("<?xml")
    assert call(str(path), "-o", "figure.jpg").exit_code == 2
    asked = (
        str(path),
        "-b",
        "walks_away",
        "--watch",
        "walks_away < 0.3",
        "--rope",
        "-0.01",
        "0.01",
        "--json",
    )
    result = call(*asked)
    assert result.exit_code == 0
    found = json.loads(result.output)
    with popgrad.open_run(path) as run:
        slow, fast = (run.rate("walks_away", name)[:, -1].astype(float) for name in ("slow", "fast"))
        first, second = (run.crossed_at("walks_away < 0.3", name) for name in ("slow", "fast"))
    assert found["mean_difference"]["estimate"] == pytest.approx((fast - slow).mean())
    assert found["networks_by_sign"]["down"] == int((fast < slow).sum())
    assert found["equivalence"]["verdict"] == "below"
    assert found["times"]["crossed"] == {"x": int((first >= 0).sum()), "y": int((second >= 0).sum())}
    earlier = (second >= 0) & ((first < 0) | (second < first))
    assert found["times"]["networks_by_order"]["y_first"] == int(earlier.sum()) > 0
    assert found["paired"] is True
    text = call(*asked[:-1]).output
    for words in ("fast minus slow", "60 of 60 networks", "seed 1 in both", "Below", "After 40 updates"):
        assert words in " ".join(text.split())


def test_runs_that_diverge_and_runs_that_agree(tmp_path):
    tables = copy.deepcopy(TABLES)
    tables["condition"][1]["optimiser.learning_rate"] = 1e38
    tables["condition"].append({**TABLES["condition"][0], "name": "again"})
    path = tmp_path / "odd.h5"
    popgrad.run(tables, path).close()
    told = call(str(path), "-b", "walks_away", "--between", "slow", "fast")
    same = call(str(path), "-b", "walks_away", "--between", "slow", "again", "--rope", "-0.1", "0.1")
    assert same.exit_code == 0
    assert "0 up, 0 down, 60 the same" in same.output
    assert "Equivalent" in same.output
    with popgrad.open_run(path) as run:
        left = int((run.diverged_at("fast") < 0).sum())
    assert left < 60
    if left < 2:
        assert told.exit_code == 2
        assert f"{left} networks have a value" in told.output
    else:
        assert f"{left} of 60 networks" in told.output


def test_wrong_names_on_the_command_line(tmp_path):
    path = tmp_path / "two.h5"
    popgrad.run(TABLES, path).close()
    result = call(str(path), "--between", "slow", "fats", "-b", "walk_away")
    assert result.exit_code == 2
    assert "did you mean 'fast'" in result.output
    assert "did you mean 'walks_away'" in result.output
    assert call(str(path), "--between", "slow").exit_code == 2
    assert call(str(tmp_path / "none.h5")).exit_code == 2
