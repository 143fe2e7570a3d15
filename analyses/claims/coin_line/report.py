"""The sections of the report on selection, stopping and outcome training; the others are in `report_line`."""

from __future__ import annotations

import numpy as np

from ..analysis import Listing, Section
from ..words import between
from . import matched, report_line
from .answer import answer
from .atlas import FEWEST, PUBLIC, PUBLIC_NETWORKS, Atlas, passed_difference
from .experiments import LENGTH
from .found import Found
from .lasting import Pair
from .settings import Settings
from .stopping import Path, rules
from .surprises import surprises
from .texts import of, percent, q


def sections(found: Found, settings: Settings) -> list[Section]:
    """All of them."""
    return [
        answer(found),
        surprises(found),
        _matched(found.matched, settings),
        _stopping(found.stopping),
        _atlas(found.atlas, settings),
        _lasting(found.lasting),
        report_line.flips(found.linear, found.flips, settings),
        report_line.enough(found.enough),
        report_line.lovers(found.scan, found.near, settings),
        report_line.phases(found.grid, settings),
    ]


def _matched(cells: list[matched.Cell], settings: Settings) -> Section:
    arm = settings.matched.arm
    text = (
        f"Networks on a line of length {LENGTH}, of {settings.width} ReLU where a cell does not say "
        f"otherwise, "
        f"were found in two ways: by {arm} on the cloning loss (or the outcome, where a cell says so), "
        f"and by "
        "trying initial weights until some lay in the band. The normalised margin is the least f·label over "
        "trained states divided by ‖θ‖². Both arms are compared in strata of loss and margin, "
        f"{matched.STRATA[2]} parts of each, or of loss alone, {matched.STRATA[1]} parts, with the same "
        f"weights; "
        "strata with networks of one arm only are dropped. What remains different within strata is the "
        "residual, in standard deviations over the band.",
    )
    rows, arms = [], []
    for each in cells:
        for what, one in (("loss and margin", each.both), ("loss", each.loss)):
            if one is None:
                rows.append((each.band.cell, what, *("–",) * 7))
                continue
            dropped = (percent(1 - share, 1) for share in one.kept)
            rows.append((
                each.band.cell, what, *(f"{value:.3f}" for value in one.shares),
                between(matched.difference(one, 0.95), 3), *dropped,
                f"{one.residual['loss']:+.3f}", f"{one.residual['margin']:+.3f}",
            ))  # fmt: skip
        for what, name, one in (
            ("loss and margin", arm, each.descent),
            ("loss and margin", "guess-and-check", each.selected),
            ("loss", arm, each.descent_by_loss),
            ("loss", "guess-and-check", each.selected_by_loss),
        ):
            tries = percent(one.walks.networks, one.tried) if name == arm else f"{one.tried:,.0f} tries"
            arms.append(_arm_row(each, name, one, tries, what))
    columns = (
        "cell", "matched", f"q, {arm}", "q, guess-and-check", "difference (95 %)", f"dropped, {arm}",
        "dropped, guess-and-check", "residual, loss", "residual, margin",
    )  # fmt: skip
    compared = Listing("q in strata weighted alike.", columns, tuple(rows))
    columns = ("cell", "within", "found by", "networks", "of", "mean loss", "mean margin", "q (95 %)", "at 0")
    before = Listing("All networks in the bands, before strata are weighted.", columns, tuple(arms))
    bands = Listing(
        "The bands.",
        ("cell", "loss", "normalised margin"),
        tuple(
            (each.band.cell, "{:g} to {:g}".format(*each.band.loss), "{:g} to {:g}".format(*each.band.margin))
            for each in cells
        ),
    )
    return Section("Same loss, same margin", text, (compared, before, bands))


def _arm_row(each: matched.Cell, name: str, arm: matched.Arm, tries: str, what: str) -> tuple[str, ...]:
    number = f"{arm.walks.networks:,}"
    means = (f"{arm.loss:.4f}", f"{arm.margin:.4f}") if arm.walks.networks else ("–", "–")
    return (each.band.cell, what, name, number, tries, *means, q(arm.walks), str(arm.walks.neither))


def _stopping(paths: list[Path]) -> Section:
    names = list(rules(paths[0]))
    rows = []
    for name in names:
        here = [rules(path)[name] for path in paths]
        rows.append((name, *(f"{q(each)}, n = {each.networks:,}" if each.networks else "–" for each in here)))
    missed = ", ".join(
        f"{int((~path.fits).sum()):,} of {len(path.fits):,} at ε = {path.diversity:g}" for path in paths
    )
    text = (
        "Cloned networks were recorded at every one of their first updates and then ever less often. A "
        "stopping rule "
        "takes each network at the first record that fulfils it; networks that never do are not in its row. "
        "Every "
        f"trained state was never right at once in {missed}.",
    )
    columns = ("stops at", *(f"q at ε = {path.diversity:g}" for path in paths))
    return Section("When cloning stops", text, (Listing("q by stopping rule.", columns, tuple(rows)),))


def _atlas(atlases: list[Atlas], settings: Settings) -> Section:
    total = sum(PUBLIC.values())
    public = percent(PUBLIC["higher"], total)
    first = atlases[0]
    counts, decided = first.counts(), first.decided()
    pairs = len(first.pairs)
    text = (
        f"A public atlas is reported to have, after 1,024 updates, outcome training the more proxy-like in "
        f"{PUBLIC['higher']} of {total} pairs of cells ({public}), the less in {PUBLIC['lower']}, with "
        f"{PUBLIC['tied']} tied, of {PUBLIC_NETWORKS} networks a cell. The problem that asks for an atlas "
        "(MAIS-O91; MAIS-A8, problem 7.4) states its factors, ε, m, σ and η at L = 4, 8 and 16, and no "
        "values of "
        f"the first four. So the grid here is one of the same kind: {_grid(first)}. It has "
        f"{settings.atlas.networks:,} networks a cell and stops after {settings.atlas.updates:,} updates. "
        "Where training has not got every trained state right, the loss has not been passed and selection "
        "says "
        "nothing; the counts below are of all networks, the last table is of those that have passed.",
        f"At length {first.block.length}, outcome training is the more proxy-like in {counts['higher']} of "
        f"{pairs} "
        f"pairs ({percent(counts['higher'], pairs)}) by the counts, the less in {counts['lower']}, with "
        f"{counts['tied']} tied. By intervals that hold for all pairs at once it is so in "
        f"{decided['higher']}, "
        f"otherwise in {decided['lower']}, and {decided['undecided']} are undecided.",
    )
    rows = []
    for each in atlases:
        for heading, of_pair in (("ε", "diversity"), ("m", "width"), ("σ", "std"), ("η", "rate")):
            for value in sorted({getattr(pair, of_pair) for pair in each.pairs}):
                here = [pair for pair in each.pairs if getattr(pair, of_pair) == value]
                signs = [np.sign(pair.difference.estimate) for pair in here]
                mean = [
                    float(np.mean([_share(pair, arm) for pair in here])) for arm in ("cloning", "outcome")
                ]
                zero = float(np.mean([pair.cloning.neither / max(pair.cloning.networks, 1) for pair in here]))
                lost = sum(pair.cloning.lost + pair.outcome.lost for pair in here)
                rows.append((
                    f"L = {each.block.length}, {heading} = {value:g}", str(len(here)), f"{mean[0]:.3f}",
                    f"{mean[1]:.3f}", str(signs.count(1)), str(signs.count(-1)), str(signs.count(0)),
                    f"{zero:.3f}", str(lost),
                ))  # fmt: skip
    columns = (
        "cells with", "pairs", "mean q, cloning", "mean q, outcome", "outcome higher", "lower", "tied",
        "probe at 0, cloning", "diverged",
    )  # fmt: skip
    caption = "Pairs of cells, by each factor in turn. Counts are of point estimates."
    passed = Listing(
        "Of networks with every trained state right under both losses: q of outcome training less q of "
        "cloning.",
        ("cells with", "share of networks", "difference (95 %)"),
        tuple(
            (
                f"L = {each.block.length}, ε = {e:g}",
                percent(one.share, 1),
                between(passed_difference(one, 0.95), 3) if (one.conditions > 0).sum() >= FEWEST else "–",
            )
            for each in atlases
            for e, one in each.passed.items()
        ),
    )
    return Section("Outcome training beside cloning", text, (Listing(caption, columns, tuple(rows)), passed))


def _share(pair, arm: str) -> float:
    walks = getattr(pair, arm)
    return walks.away / max(walks.networks, 1)


def _grid(atlas: Atlas) -> str:
    block = atlas.block

    def several(values: tuple[float, ...]) -> str:
        return ", ".join(f"{value:g}" for value in values)

    return (
        f"widths {several(block.widths)}; σ {several(block.stds)}; learning rates {several(block.rates)}; "
        f"ε {several(block.diversities)}"
    )


def _lasting(pairs: list[Pair]) -> Section:
    rows = []
    for pair in pairs:
        last = int(pair.time[-1])
        for updates in sorted({t for t in (100, 1024, 10_000, last) if t <= last}):
            one, two = pair.at(updates)
            rows.append((pair.name, f"update {updates:,}", q(one), q(two), str(one.networks)))
        for name, arms in (
            (f"update {last:,}, both right", pair.late),
            (f"first right with return {pair.returns:g}", pair.competent),
        ):
            n = len(arms[0])
            shown = [between(of(int((each > 0).sum()), n), 3) if n else "–" for each in arms]
            rows.append((pair.name, name, *shown, str(n)))
    text = (
        "The same networks under both losses at the same learning rate. *Both right*: only networks with "
        "every trained state right under both losses at that update. The last row of each cell takes a "
        "network under either loss where it first has every trained state right and collects the coin in "
        "training with the probability stated, whenever that is, and only networks that do so under both.",
    )
    columns = ("networks of", "at", "q, cloning", "q, outcome training", "networks")
    return Section("Does it last?", text, (Listing("q of both losses.", columns, tuple(rows)),))
