"""Sections on one behaviour: laws, sampled episodes, hidden layers, survival."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..analysis import Listing, Section
from ..words import CONFIDENCE, between
from .absorbed import EDGE, PAYS, START, back
from .exponents import REMAINDER, Times, agrees, fits, of_law, of_waits, off_by
from .findings import Findings
from .rows import APPROVED, DISAPPROVED, WRONG_LABELS
from .words import REGION, censored, grade, law_or_not, name, of_one_law


def laws(found: Findings) -> Section:
    """The exact gradient in a table."""
    rows = found.rows
    known = [of for of in (*rows["exact"], *rows["adam"]) if of.row.lawful]
    agree = [of for of in known if agrees(of, CONFIDENCE)]
    others = [name(of) for of in known if of not in agree]
    rest = f"; not so {', '.join(others)}" if others else ""
    off = np.concatenate([off_by(of) for of in known])
    text = (
        _classes(found),
        "One network, the exact gradient, a table of logits. These runs have no chance in them, so one "
        "network is all that there is to observe, and the interval of an exponent is what counting whole "
        f"updates leaves open. Of {len(known)} rules with a law (a closed form, or steps along the gradient "
        f"iterated in float64), {len(agree)} have its exponent between the same two initial probabilities "
        f"within that interval, the closed form for steps being good to {REMAINDER:g} of an "
        f"update (a constant of the method, not measured here){rest}. Of {off.size} counts of updates, "
        f"{np.count_nonzero(off == 0)} are the law's, rounded up; the largest difference is "
        f"{off.max(initial=0):.0f}.",
        "The exponent as ε → 0 is reached slowly by some rules, and the law then has another at these ε "
        "too: ln 1/ε has the local exponent 1/ln(1/ε), and an entropy bonus adds τ ln 1/ε to the push. The "
        "column to compare with is the law's own.",
    )
    caption = "Is “a high loss gets corrected” a law, or a slow one? Exact gradients, tables"
    return Section("Which rules correct, and how fast", text, (_members(found), _listing(caption, known)))


def _classes(found: Findings) -> str:
    """The laws by what becomes of a high loss."""
    rows = [*((of_one_law(members), members[0]) for members in found.laws)]
    rows += [(name(of), of) for of in found.rows["adam"]]

    def those(which: str) -> str:
        return "; ".join(what for what, of in rows if grade(of) == which) or "none"

    late = "; ".join(f"{what} ({censored(of)})" for what, of in rows if censored(of)) or "none"
    return (
        "Is it so that a high loss gets corrected? With exact gradients of one behaviour, it is **a law** "
        f"(an exponent of at most {REGION[1]:g}) under: {those('a law')}. It is **a slow law** "
        f"(a larger one) under: {those('a slow law')}. Undecided: {those('undecided')}. "
        f"Not corrected in the updates that were waited, from the smallest ε: {late}."
    )


def _members(found: Findings) -> Listing:
    """Rules of one law, with how well they agree."""
    rows = []
    for members in found.laws:
        if len(members) > 1:
            exponents = [of.exponent(CONFIDENCE).estimate for of in members]
            rows.append(
                (
                    "; ".join(map(name, members)),
                    f"{min(exponents):.3f} to {max(exponents):.3f}",
                    f"{sum(agrees(of, CONFIDENCE) for of in members)} of {len(members)}",
                )
            )
    caption = "Rules whose closed forms are one but for a factor, which are one cell of the point"
    return Listing(caption, ("rules", "exponents", "agree with the law"), tuple(rows))


def lost_for_good(found: Findings) -> Section:
    """Where steps do not fade."""
    rows = tuple(
        (
            each.name,
            f"{each.lost:,} of {each.networks:,}",
            between(each.share(CONFIDENCE), 4),
            f"{each.theory:.4f}",
            f"{each.corrected:,}",
        )
        for each in found.absorbed
    )
    text = (
        f"Here the good action pays {PAYS[0]:g} and the bad one {PAYS[1]:g}, no baseline is subtracted, and "
        f"networks begin with ε = {START:g}. Both rules were chosen since theory says that they can lose a "
        "network for good; the point says that it happens, not how common such rules are. A network counts "
        f"as lost once the log-odds of the good action are below −{EDGE:g}: the chance that it draws the "
        f"good action ever again is then {back():.1e} at most. Theory is the share of the walk that the "
        "log-odds make.",
    )
    columns = ("rule", "lost", "share (95 %)", "theory", "corrected for good")
    return Section("Lost for good", text, (Listing("Real absorption", columns, rows),))


def sampled_and_layers(found: Findings) -> Section:
    """Where networks differ."""
    single = {of.row.name: of for of in found.sampled if of.row.name in (APPROVED, DISAPPROVED)}
    exponents = [
        f"{what}: {between(of.exponent(CONFIDENCE), 2)}, against {of_waits(of):.2f} of the mean of a sum of "
        "geometric waits"
        for what, of in single.items()
    ]
    spread = {what: _spread(of) for what, of in single.items()}
    layers = [of for of in found.layer if of.row.lawful]
    agree = [of for of in layers if agrees(of, CONFIDENCE)]
    text = (
        "With sampled episodes each network is an observation. Labels that are sure leave nothing to chance "
        f"in one state, so {WRONG_LABELS:.0%} of those that are sampled are wrong. {'; '.join(exponents)}. "
        "The two rules have the same expected gradient. From the smallest ε, the middle nine tenths "
        f"of networks lie within a factor of {spread[APPROVED]:.3g} where the good action is approved, and "
        f"of {spread[DISAPPROVED]:.3g} where the bad one is disapproved.",
        "“Law” is the exponent of the closed form of the expected gradient in a table. In a hidden layer "
        "the log-odds move as many times faster as their squared gradient is larger. By its medians here "
        f"that is {_speeds(layers, 0)} as correction begins and {_speeds(layers, 1)} as it ends. So “law” "
        "there is the time that the closed form's push takes with a squared gradient that goes from the one "
        "measured as correction begins to the one measured as it ends. It lies within the interval of "
        f"{len(agree)} of {len(layers)} rules by plain descent.",
    )
    layer = (
        "Networks of one hidden layer, taught the bad action up to ε; exact gradients unless it says sampled"
    )
    return Section(
        "Sampled episodes and hidden layers",
        text,
        (_listing("Sampled episodes, tables", found.sampled), _listing(layer, found.layer)),
    )


def survival(found: Findings) -> Section:
    """Where the bad action is paid for."""
    rows = []
    for tail in found.tails:
        first, last = tail.window
        rows.append(
            (
                f"{tail.h:g}",
                f"{first:,} to {last:,}",
                f"{(tail.times > first).sum():,} to {(tail.times > last).sum():,}",
                between(tail.exponent(CONFIDENCE), 3),
                f"{tail.of_law:.3f}",
                f"{1 / tail.h:.3g}",
                "finite" if tail.h < 1 else "infinite",
            )
        )
    columns = ("h r", "window", "not corrected", "exponent (95 %)", "path", "1/(h r)", "mean wait, theory")
    text = (
        "The bad action is paid r and no baseline is subtracted, so each draw of it makes it likelier. "
        "Theory: no network is lost for good, yet the share that is still wrong falls as a power of time "
        "only: it goes as that of 1 + h r p₀ t with the exponent −1/(h r). Exponents here and in the table "
        "are their sizes, without the minus. The mean wait is infinite where h r is 1 or more. “Path” is "
        "the exponent of the exact product of probabilities over the same window of updates.",
    )
    caption = "Size of the exponent of the share that is not corrected, in 1 + h r p₀ t"
    return Section("Survival", text, (Listing(caption, columns, tuple(rows)),))


def _speeds(layers: Sequence[Times], end: int) -> str:
    values = np.concatenate([of.speed[:, end] for of in layers if of.speed is not None])
    return f"{np.nanmin(values):.3g} to {np.nanmax(values):.3g}"


def _spread(of: Times) -> float:
    times = of.times[-1][np.isfinite(of.times[-1])]
    return float(np.divide(*np.quantile(times, (0.95, 0.05)))) if times.size else float("nan")


def _listing(caption: str, rows: Sequence[Times]) -> Listing:
    columns = (
        "rule",
        "between ε",
        "exponent (95 %)",
        "law",
        "as ε → 0",
        "nearer to (off by: power, logarithm)",
        "corrected from the smallest ε",
        "“a high loss gets corrected” is",
    )
    return Listing(caption, columns, tuple(_row(of) for of in rows))


def _row(of: Times) -> tuple[str, ...]:
    first, second = of.places
    return (
        name(of),
        f"{of.epsilons[first]:.0e} and {of.epsilons[second]:.0e}",
        between(of.exponent(CONFIDENCE), 3),
        f"{of_law(of):.3f}" if of.row.lawful else "–",
        of.row.expected or "–",
        fits(of),
        f"{of.corrected[-1]:.2f}",
        law_or_not(of),
    )
