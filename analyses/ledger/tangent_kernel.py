"""Wide networks: the ledger beside the tangent kernel, and the rare states that turn the probe."""

from __future__ import annotations

from pathlib import Path

from ..claims.words import number
from .part import Part
from .runs import trained
from .tangent_experiments import FULL, QUICK, Size, with_diversity, without_diversity
from .tangent_figure import overview
from .tangent_measured import Width, turning_measured, width_measured
from .tangent_prediction import Activation
from .tangent_report import FALL, NEAR, answer, listings

ACTIVATIONS: tuple[Activation, ...] = ("relu", "linear", "tanh")
QUESTION = (
    "In wide networks training is linear in functions: a kernel that does not move says what each state does "
    "to every other. Are the ledger's accounts of `walks_away` those of this kernel? And with the coin "
    "elsewhere now and then: which rare states turn the probe, and when?"
)
COUNTS = (
    "Agreement: under each network's own kernel before the first update, computed apart from the ledger, the "
    f"median error at the largest width lies below {100 * NEAR:g} %, falls at every step to a wider network, "
    f"and falls with a power of the width below {number(FALL)}; each with its whole 95 % interval. Expected "
    "powers are −1 under the own kernel and −1/2 under the limit of infinite width. A state turns the probe "
    "if the interval of its account of the margin lies wholly below 0; it does so as a cause if the probe "
    "does not turn when the pushes of its group are left out of training."
)


def run(folder: Path, quick: bool, threads: int | None = None) -> Part:
    """The part: its runs are left in the folder, and taken from there where they are finished."""
    return part(folder, QUICK if quick else FULL, threads)


def part(folder: Path, size: Size, threads: int | None = None) -> Part:
    """The part at some size."""
    widths, *others = (_by_width(folder, size, kind, threads) for kind in ACTIVATIONS)
    smooth: dict[str, list[Width]] = dict(zip(ACTIVATIONS[1:], others, strict=True))
    diverse = trained(folder, "diverse", with_diversity(size), threads)
    turning = turning_measured(diverse, size.diverse_width)
    return Part(
        "Wide networks and rare states",
        QUESTION,
        COUNTS,
        tuple(answer(widths, smooth, turning)),
        overview(widths, smooth, turning),
        _caption(size),
        listings(widths, smooth, turning),
        _method(size),
    )


def _by_width(folder: Path, size: Size, kind: Activation, threads: int | None) -> list[Width]:
    tables = {width: without_diversity(size, width, kind) for width in size.widths}
    return [
        width_measured(trained(folder, f"{kind}_{width}", table, threads), width)
        for width, table in tables.items()
    ]


def _caption(size: Size) -> str:
    return (
        f"(a) Error of the margin's accounts as a frozen kernel predicts them, of their whole size, after "
        f"{size.updates:,} updates: median of {size.networks} networks and its 95 % interval. (b) Accounts "
        f"of the margin at the smallest and the largest width, ReLU. (c) Diversity {size.diversity:g}, ReLU, "
        f"width {size.diverse_width:,}: mean accounts by group of states (lines), those of the frozen own "
        "kernels (hollow marks), and the whole change (black); bars and band are 95 % intervals. (d) The "
        "same by state at the end, with the step that is demonstrated and half a 95 % interval."
    )


def _method(size: Size) -> tuple[str, ...]:
    return (
        "Coin line of length 4, absolute features, exact imitation in fixed states. One hidden layer of ReLU "
        "units, z = m^(−1/2) Σ a_j relu(w_j · x), all weights from N(0, 1), no bias (`parameterisation = "
        f'"tangent_kernel"`); gradient descent with η = {size.rate:g}. '
        "Where it says so, "
        "linear units or tanh in place of ReLU.",
        "The prediction is NumPy in float64: explicit Jacobians of the initial weights, K = J Jᵀ (Jacot et "
        "al. 2018, arXiv 1806.07572), and z ← z − η K d (σ(z) − y) with K held. The term of a state at the "
        "probe is its account. The limit of infinite width has the closed form of Cho and Saul (2009). "
        "Initial weights are those of a run of one step of size 10⁻³⁰. The ledger is that of the run files.",
        "What would count was written into the program after a trial of the short version's size and seed, "
        "whose numbers were seen, and before the full run; the first networks of that are the trial's.",
        "The error of a network is Σ|predicted − booked| / Σ|booked| over states. Slopes are least squares "
        "in logarithms for each network number over all widths, then Student's interval over numbers.",
    )
