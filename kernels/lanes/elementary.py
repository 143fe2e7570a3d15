"""Exponential, logarithm, hyperbolic tangent and normal quantile from + − × ÷, fma and bit shifts.

The system's mathematical library differs between processors and versions, and so would the bits of every
run. The coefficients are minimax fits in float64 (Lawson's iteratively reweighted least squares on
Chebyshev nodes); tests/kernels/test_elementary.py measures the error of each function against float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import inlined
from .vector import bits_of, float_of, floor, fma, from_bits, greatest, least, select, splat, word_of

f = np.float32
u = np.uint32

LN2_HIGH = f(0.693359375)
LN2_LOW = f(-2.12194440e-4)
"""ln 2 in two parts, the first of few bits so that its product with a small whole number is exact."""


@inlined
def exp(x: Any) -> Any:
    """eˣ for x in [−87, 88], clamped to that range."""
    x = least(greatest(x, splat(f(-87.0))), splat(f(88.0)))
    k = floor(fma(x, splat(f(1.4426950408889634)), splat(f(0.5))))
    r = fma(k, splat(-LN2_HIGH), x)
    r = fma(k, splat(-LN2_LOW), r)
    p = splat(f(0.0013814594130963087))
    p = fma(p, r, splat(f(0.0083687175065279)))
    p = fma(p, r, splat(f(0.04166838899254799)))
    p = fma(p, r, splat(f(0.1666652113199234)))
    p = fma(p, r, splat(f(0.4999999403953552)))
    y = fma(p, r * r, r) + splat(f(1.0))
    scale = (word_of(k + splat(f(127.0))) << splat(u(23))) - splat(u(127 << 23))
    return from_bits(bits_of(y) + scale)


@inlined
def artanh_tail(s: Any) -> Any:
    """2 artanh(s)/s − 2 for s up to 0.18, by its series."""
    z = s * s
    p = splat(f(2 / 11))
    p = fma(p, z, splat(f(2 / 9)))
    p = fma(p, z, splat(f(2 / 7)))
    p = fma(p, z, splat(f(2 / 5)))
    p = fma(p, z, splat(f(2 / 3)))
    return p * z


@inlined
def log(x: Any) -> Any:
    """ln x for positive normal numbers: 2 artanh((m − 1)/(m + 1)) of the mantissa m in [√½, √2)."""
    shifted = bits_of(x) + splat(u(0x3F800000 - 0x3F3504F3))
    k = float_of(shifted >> splat(u(23))) - splat(f(127.0))
    m = from_bits((shifted & splat(u(0x007FFFFF))) + splat(u(0x3F3504F3)))
    s = (m - splat(f(1.0))) / (m + splat(f(1.0)))
    y = fma(artanh_tail(s), s, k * splat(LN2_LOW))
    return fma(k, splat(LN2_HIGH), fma(s, splat(f(2.0)), y))


@inlined
def log1p(x: Any) -> Any:
    """ln(1 + x) for x ≥ 0, precise in proportion also where x is tiny: 2 artanh(x/(2 + x)) there."""
    s = x / (x + splat(f(2.0)))
    near = fma(artanh_tail(s), s, s * splat(f(2.0)))
    return select(x < splat(f(0.4)), near, log(x + splat(f(1.0))))


@inlined
def tanh(x: Any) -> Any:
    """tanh x as x·P(x²)/Q(x²), clamped to ±9.1, where that is ±1 and its derivative 1 − h² is 0, exactly.

    Any less, and a large weight behind a saturated unit would make a gradient of the rest. What is not a
    number stays so.
    """
    x = least(splat(f(9.1)), greatest(splat(f(-9.1)), x))
    z = x * x
    p = splat(f(1.3319050249949979e-08))
    p = fma(p, z, splat(f(2.0583468438538335e-05)))
    p = fma(p, z, splat(f(0.003494033931033848)))
    p = fma(p, z, splat(f(0.13379717504423952)))
    p = fma(p, z, splat(f(0.999999979096278)))
    q = splat(f(7.762011392276818e-07))
    q = fma(q, z, splat(f(0.00032830916926455695)))
    q = fma(q, z, splat(f(0.025871071048520797)))
    q = fma(q, z, splat(f(0.46713032768560636)))
    q = fma(q, z, splat(f(1.0)))
    return x * p / q


@inlined
def normal_of(word: Any) -> Any:
    """The standard normal quantile at (word + ½)/2³², from −6.34 to 6.34.

    With v the smaller tail, x = 1 − 2v and w = −ln(4v(1 − v)), the quantile is ±x·P(w)/Q(w): smooth over the
    whole range, so that one fit serves the middle and both tails (the form follows Giles 2010).
    """
    upper = word >= splat(u(0x80000000))
    tail = select(upper, word ^ splat(u(0xFFFFFFFF)), word)
    half = splat(f(0.5))
    x = (float_of(splat(u(0x7FFFFFFF)) - tail) + half) * splat(f(2.0**-31))
    v = (float_of(tail) + half) * splat(f(2.0**-32))
    w = splat(f(0.0)) - log(splat(f(4.0)) * v * (splat(f(1.0)) - v))
    p = splat(f(1.9397642352782743e-07))
    p = fma(p, w, splat(f(5.972582768315703e-05)))
    p = fma(p, w, splat(f(0.0011409779284659656)))
    p = fma(p, w, splat(f(0.012541130772182881)))
    p = fma(p, w, splat(f(0.0910713140649638)))
    p = fma(p, w, splat(f(0.44753942190935686)))
    p = fma(p, w, splat(f(1.2533141244232342)))
    q = splat(f(3.7764089289760294e-06))
    q = fma(q, w, splat(f(0.00024955107192636486)))
    q = fma(q, w, splat(f(0.0023158260257693662)))
    q = fma(q, w, splat(f(0.0346881390849185)))
    q = fma(q, w, splat(f(0.09528510918107079)))
    q = fma(q, w, splat(f(1.0)))
    size = x * p / q
    return select(upper, size, splat(f(0.0)) - size)
