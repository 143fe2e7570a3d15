"""Means over networks that come in groups: those that share a data set, a maze or a hyperparameter."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import Array, Interval, check_confidence, numbers


def clustered_mean(values: ArrayLike, clusters: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean over networks (or, of 0 and 1, a share) where networks of a cluster resemble each other.

    With n networks in G clusters of n_g, and s_g the sum of y − ȳ over cluster g,

        ȳ ± t_ν √( Σ_g s_g² / (1 − n_g/n) ) / n

    ν is Satterthwaite's number of degrees of freedom: G − 1 for clusters of one size, where this is Student's
    interval for the G means, and less for uneven ones. It is taken under independent networks and under
    networks that are all alike in a cluster, whichever gives less. What counts is the number of clusters, not
    of networks: two clusters give ν = 1 and a factor of 12.7. A percentile bootstrap over clusters is not
    offered, since with few clusters it covers too rarely (measured at G = 6: 0.87).

    Args:
        values: (n,), one per network: a rate, a paired difference, 0 or 1.
        clusters: (n,) labels of any kind.
        confidence: the coverage aimed at.

    Returns:
        The mean over networks, each weighing the same. Without width where all cluster means are equal.

    Raises:
        ValueError: one cluster, labels that do not match the values, NaN, a confidence outside (0, 1).

    Example:
        >>> print(clustered_mean([0.1, 0.2, 0.1, 0.8, 0.9, 0.8, 0.5, 0.4, 0.5], list("aaabbbccc")))
        0.4778 (95 % interval -0.392 to 1.348, cluster-robust t, 3 clusters)

    Reference:
        Bell and McCaffrey (2002), Survey Methodology 28:169-181; Imbens and Kolesár (2016), Rev. Econ. Stat.
        98:701-712.
    """
    from scipy.stats import t

    check_confidence("clustered_mean", confidence)
    array, label = _grouped("clustered_mean", values, clusters)
    size = np.bincount(label)
    sums = np.bincount(label, weights=array - array.mean())
    se = np.sqrt((sums**2 / (1 - size / array.size)).sum()) / array.size
    half = t.ppf((1 + confidence) / 2, _degrees_of_freedom(size)) * se
    method = f"cluster-robust t, {len(size)} clusters"
    mean = float(array.mean())
    return Interval(mean, mean - float(half), mean + float(half), confidence, method)


def design_effect(values: ArrayLike, clusters: ArrayLike) -> float:
    """How many times larger the variance of a mean is than if networks were independent.

    n networks are worth n / design effect independent ones.

    Args:
        values: (n,), one per network.
        clusters: (n,) labels of any kind.

    Returns:
        Variance of the mean by clusters over s²/n; 1 where the values do not vary.

    Raises:
        ValueError: as `clustered_mean`.

    Example:
        >>> round(design_effect([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1], list("aaabbbcccddd")), 3)
        3.667

    Reference:
        Kish (1965), Survey Sampling, section 5.4.
    """
    array, label = _grouped("design_effect", values, clusters)
    sums = np.bincount(label, weights=array - array.mean())
    spread = (sums**2 / (1 - np.bincount(label) / array.size)).sum() / array.size
    return float(spread / array.var(ddof=1)) if array.var() else 1.0


def _grouped(name: str, values: ArrayLike, clusters: ArrayLike) -> tuple[Array, NDArray[np.int64]]:
    """The values, and for each the number of its cluster."""
    array, labels = numbers(name, values, least=2), np.asarray(clusters)
    if labels.shape != array.shape:
        raise ValueError(f"{name}: got {array.size} values and clusters of shape {labels.shape}")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ValueError(f"{name}: some networks have NaN for a cluster; leave them out and say how many")
    found, label = np.unique(labels, return_inverse=True)
    if len(found) < 2:
        raise ValueError(f"{name}: got 1 cluster, expected at least 2: one says nothing of others")
    return array, label


def _degrees_of_freedom(size: NDArray[np.int64]) -> float:
    """Satterthwaite's, (tr V)² / tr V², V the covariance of the adjusted s_g, the smaller of two models."""
    h = size / size.sum()
    # Sums of clusters have variances n_g where networks are independent, n_g² where they are all alike.
    return float(min(_satterthwaite(h, variance) for variance in (h, h**2)))


def _satterthwaite(h: Array, w: Array) -> float:
    """For V = √E (W + P) √E with e = 1/(1 − h), W = diag(w), P = s h hᵀ − h wᵀ − w hᵀ and s = Σ w.

    That is W centred at the mean over networks. V itself would take G² numbers.
    """
    e, s = 1 / (1 - h), w.sum()
    diagonal = s * h**2 - 2 * h * w
    hh, hw, ww = (e * h * h).sum(), (e * h * w).sum(), (e * w * w).sum()
    outer = 2 * hh * ww + (s * hh) ** 2 + 2 * hw**2 - 4 * s * hh * hw
    return (e * (w + diagonal)).sum() ** 2 / ((e**2 * (w**2 + 2 * w * diagonal)).sum() + outer)
