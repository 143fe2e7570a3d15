"""What the cases expect, beside the numbers of the catalogue, which were computed by others."""

from __future__ import annotations

from math import exp, log1p

import numpy as np
import pytest
from popgrad.analyses.theory.cases import c0_coin_line as coin
from popgrad.analyses.theory.cases import t05_waiting_times as waiting
from popgrad.analyses.theory.cases import t11_steps as counts
from popgrad.analyses.theory.cases import t12_preference as preference
from popgrad.analyses.theory.cases import t13_entropy as entropy
from popgrad.analyses.theory.cases import t15_conditioning as conditioning
from popgrad.analyses.theory.cases import t28_catastrophe as catastrophe
from popgrad.analyses.theory.cases import t29_tampering as tampering
from popgrad.analyses.theory.forms import (
    CROSS_ENTROPY,
    EXPECTED_REWARD,
    THREE_STEPS,
    TWO_STEPS,
    logit,
    sigmoid,
    times,
)
from popgrad.analyses.theory.rules import TABLE


@pytest.mark.parametrize(
    ("kind", "start", "level", "h", "rungs", "mean", "sd"),
    [
        ("approving", 0.01, 0.5, 0.2, 28, 590.1112, 175.2990),
        ("disapproving", 0.01, 0.5, 0.2, 515, 542.8517, 5.9195),
        ("approving", 0.05, 0.9, 1.0, 13, 46.6138, 21.4757),
        ("disapproving", 0.05, 0.9, 1.0, 26, 41.4920, 8.2370),
        ("approving", 0.1, 0.9, 0.1, 132, 268.2785, 25.8553),
        ("disapproving", 0.1, 0.9, 0.1, 134, 264.1717, 24.3595),
    ],
)
def test_waiting_times(kind, start, level, h, rungs, mean, sd):
    q = waiting.rungs(kind, start, level, h)
    assert len(q) == rungs
    assert (1 / q).sum() == pytest.approx(mean, abs=6e-5)
    assert np.sqrt(((1 - q) / q**2).sum()) == pytest.approx(sd, abs=6e-5)
    law = np.diff(waiting.distribution(q, waiting.UPDATES))
    t = np.arange(1, waiting.UPDATES + 1)
    assert law.sum() == pytest.approx(1, abs=1e-9)
    assert law @ t == pytest.approx(mean, abs=6e-5)
    assert np.sqrt(law @ (t - mean) ** 2) == pytest.approx(sd, abs=6e-5)


@pytest.mark.parametrize(
    ("form", "h", "updates"),
    [
        (CROSS_ENTROPY, 0.05, (265, 315, 361)),
        (CROSS_ENTROPY, 0.5, (26, 31, 36)),
        (EXPECTED_REWARD, 0.05, (532, 2431, 20525)),
        (EXPECTED_REWARD, 0.5, (54, 245, 2055)),
    ],
)
def test_counts_of_updates(form, h, updates):
    assert tuple(counts.iterated(form, start, 0.9, h) for start in counts.STARTS) == updates


@pytest.mark.parametrize(("beta", "y"), [(0.1, 0.23504028), (0.5, 2.40637098), (1.0, 3.85326476)])
def test_preferences(beta, y):
    assert preference.flow(beta, 50.0) == pytest.approx(y, abs=1e-8)
    assert sigmoid(logit(0.01) + logit(0.9) / 0.5) == pytest.approx(0.45, abs=1e-14)


def test_where_entropy_and_rounds_of_conditioning_end():
    assert sigmoid(entropy.GOAL) == pytest.approx(0.98201379, abs=1e-9)
    assert entropy.TAU * sigmoid(entropy.GOAL) * sigmoid(-entropy.GOAL) == pytest.approx(0.0044156766)
    ratio = conditioning.CHANCES[0] / conditioning.CHANCES[1]
    odds = exp(logit(0.01)) * ratio**conditioning.ROUNDS
    assert odds / (1 + odds) == pytest.approx(0.3680785414, abs=1e-9)


@pytest.mark.parametrize(("form", "H", "limit"), [(TWO_STEPS, 2, 0.250001), (THREE_STEPS, 3, 0.111111)])
def test_horizons(form, H, limit):
    assert 1e-6**H * form.time(1e-6, 0.5) == pytest.approx(limit, abs=1.5e-6)


@pytest.mark.parametrize(
    ("rule", "integral", "closed", "discrete"),
    [
        ("cross_entropy", 6.79234, 0.127024, 0.127160),
        ("all_actions", 4.49981, 0.086065, 0.086959),
        ("unlikelihood", 15.7822, 0.270682, 0.270214),
        ("normalised", 19.2331, 0.319319, 0.321097),
        ("reward", 105.681, 0.879201, 0.879881),
        ("squared_error", 121.463, 0.911899, 0.912336),
        ("preference_1", 231.461, 0.990238, 0.990227),
    ],
)
def test_catastrophes(rule, integral, closed, discrete):
    G = catastrophe.HAZARD[rule]
    found = G(logit(catastrophe.LEVEL)) - G(logit(catastrophe.START))
    assert found == pytest.approx(integral, rel=5e-6)
    assert 1 - exp(-catastrophe.C / catastrophe.H * found) == pytest.approx(closed, abs=6e-7)
    u = catastrophe.iterated(TABLE[rule].form)
    assert 1 - exp(sum(log1p(-catastrophe.C * value) for value in u)) == pytest.approx(discrete, abs=6e-7)


@pytest.mark.parametrize(("reading", "expected"), [(1.5, 1083.42), (2.0, 542.52), (5.0, 136.84)])
def test_tampering(reading, expected):
    form = times(EXPECTED_REWARD, reading - 1)
    assert form.updates(tampering.START, 0.5, tampering.H) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("variant", "updates"),
    [("contexts", (26, 98, 603)), ("demonstrator", (59, 226, 1400)), ("bias", (31, 115, 715))],
)
def test_the_coin_line_of_length_4(variant, updates):
    z = coin.probe_margins(4, coin.DIVERSITIES, coin.VARIANTS[variant], 1500)
    assert tuple((z < 0).argmax(axis=1)) == updates
