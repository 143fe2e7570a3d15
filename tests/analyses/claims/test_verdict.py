"""From intervals to a verdict: each place, what is divided, and how often a whole claim decides wrongly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from popgrad.analyses.claims.registered import Registered
from popgrad.analyses.claims.verdict import Verdict, decide
from popgrad.analyses.statistics import Interval, paired_mean
from popgrad.sim.errors import PopgradError
from scipy.stats import binom

POINT = {
    "says": "Is it small?",
    "measure": "a difference",
    "region": [-1.0, 1.0],
    "inside": "selection",
    "above": "shaping",
    "below": "neither",
}


def claim(*points: dict[str, Any], level: float = 0.05) -> Registered:
    texts = dict.fromkeys(
        ("code", "title", "question", "source", "selection", "shaping", "design", "rule"), "words"
    )
    named = [{**POINT, "name": f"p{i}", **point} for i, point in enumerate(points)]
    return Registered.model_validate({**texts, "level": level, "points": named, "quick": {}, "full": {}})


def fixed(low: float, high: float) -> Callable[[float], Interval]:
    return lambda confidence: Interval((low + high) / 2, low, high, confidence, "given")


def decided(*cells: tuple[float, float], **point: Any) -> Verdict:
    estimates = {"p0": {f"c{i}": fixed(*cell) for i, cell in enumerate(cells)}}
    return decide(claim(point), estimates)


@pytest.mark.parametrize(
    ("interval", "place", "reading"),
    [
        ((-0.9, 0.9), "inside", "selection"),
        ((1.1, 2.0), "above", "shaping"),
        ((-9.0, -1.1), "below", "neither"),
        ((0.5, 1.5), "undecided", None),
        ((-2.0, 2.0), "undecided", None),
        ((1.0, 1.5), "undecided", None),
        ((np.nan, np.nan), "undecided", None),
        ((-np.inf, np.inf), "undecided", None),
    ],
)
def test_a_point_is_decided_by_where_its_interval_lies(interval, place, reading):
    (decision,) = decided(interval).decisions
    assert (decision.place, decision.reading) == (place, reading)


@pytest.mark.parametrize(
    ("cells", "outcome", "flips"),
    [
        ([(0, 0.5), (0, 0.9), (0.5, 1.5)], "selection", []),
        ([(0, 0.5), (0, 0.9), (2, 3)], "divided", ["c2"]),
        ([(2, 3), (0, 0.5), (4, 5), (0.5, 1.5)], "divided", ["c1"]),
        ([(0, 0.5), (2, 3)], "divided", ["c0", "c1"]),
        ([(0.5, 1.5)], "undecided", []),
        ([(-3, -2)], "neither", []),
    ],
)
def test_the_outcome_and_where_it_flips(cells, outcome, flips):
    verdict = decided(*cells)
    assert verdict.outcome == verdict.points["p0"] == outcome
    assert [each.cell for each in verdict.flips] == flips


def test_points_that_read_differently_divide_a_claim_without_a_flip():
    verdict = decide(claim({}, {}), {"p0": {"": fixed(0, 0.5)}, "p1": {"": fixed(2, 3)}})
    assert (verdict.outcome, verdict.flips) == ("divided", ())
    assert verdict.points == {"p0": "selection", "p1": "shaping"}


def test_what_both_sides_predicted_speaks_against_neither():
    points = {"p0": {"a": fixed(2, 3), "b": fixed(0, 0.5)}, "p1": {"": fixed(2, 3)}}
    verdict = decide(claim({"above": "both"}, {"above": "both"}), points)
    assert verdict.points == {"p0": "selection", "p1": "both"}
    assert (verdict.outcome, verdict.flips) == ("selection", ())


def test_what_was_expected_and_what_was_not():
    surprising = [decided(cell, expected="selection").decisions[0].surprising for cell in [(0, 0.5), (2, 3)]]
    assert surprising == [False, True]
    assert not decided((0.5, 1.5), expected="selection").decisions[0].surprising
    assert not decided((2, 3)).decisions[0].surprising


def test_a_planted_effect_flips_the_verdict():
    noise = np.random.default_rng(0).normal(size=400)
    found = {
        effect: decide(
            claim({}), {"p0": {"": lambda c, e=effect: paired_mean(noise + e, 0 * noise, c)}}
        ).outcome
        for effect in (-3, 0, 3)
    }
    assert found == {-3: "neither", 0: "selection", 3: "shaping"}


@pytest.mark.parametrize("effect", [0.0, 1.0, -1.0])
@pytest.mark.parametrize("correlated", [False, True])
def test_a_whole_claim_decides_wrongly_no_more_often_than_its_level(effect, correlated):
    """At the end of the region any decision is wrong; in its middle, any but `inside`."""
    generator, replications, level, wrong = np.random.default_rng(1), 400, 0.1, 0
    registered = claim({}, {}, level=level)
    for _ in range(replications):
        shared = generator.normal(size=30) * 2 * correlated
        samples = effect + shared + generator.normal(size=(5, 30)) * 2
        each = [lambda c, x=sample: paired_mean(x, 0 * x, c) for sample in samples]
        verdict = decide(
            registered, {"p0": {"a": each[0], "b": each[1]}, "p1": dict(zip("abc", each[2:], strict=True))}
        )
        right = ("undecided",) if effect else ("undecided", "inside")
        wrong += any(decision.place not in right for decision in verdict.decisions)
    assert wrong <= binom.ppf(1 - 1e-5, replications, level)
    if effect and not correlated:
        assert wrong > 0  # one that never decides would pass all the above


def test_all_intervals_share_the_level():
    cells = {"a": fixed(0, 0.5), "b": fixed(0, 0.5)}
    verdict = decide(claim({}, {}, level=0.2), {"p0": cells, "p1": cells})
    assert verdict.confidence == pytest.approx(1 - 0.2 / 4)
    assert {each.interval.confidence for each in verdict.decisions} == {verdict.confidence}


@pytest.mark.parametrize("estimates", [{}, {"p0": {}}, {"p1": {"": fixed(0, 1)}}])
def test_every_point_needs_an_estimate(estimates):
    with pytest.raises(PopgradError, match="expected some of"):
        decide(claim({}), estimates)
