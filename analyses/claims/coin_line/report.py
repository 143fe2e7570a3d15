"""The sections of the report on selection, stopping and outcome training; the others are in `report_line`."""

from __future__ import annotations

import numpy as np

from ..claim import Listing, Section
from . import matched, report_line
from .atlas import PUBLIC, PUBLIC_NETWORKS, Atlas
from .found import Found
from .lasting import Pair
from .settings import Settings
from .stopping import Path, rules
from .surprises import surprises
from .texts import between, of, percent, q


def sections(found: Found, settings: Settings) -> list[Section]:
    """All of them."""
    return [
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
    signs = [np.sign(matched.difference(each.descent, each.selected, 0.95).estimate) for each in cells]
    text = (
        f"Networks of {settings.width} ReLU on a line of length 4 were found in two ways: by {arm} on the "
        f"cloning "
        "loss, and by trying initial weights until some lay in the band. In "
        f"{signs.count(1)} of {len(cells)} cells {arm} walks away more often by the point estimate, in "
        f"{signs.count(-1)} less often. The normalised margin is the least f·label over trained states "
        f"divided by "
        "‖θ‖². The means show how well the arms agree within the bands.",
    )
    rows = []
    for each in cells:
        for name, one in ((arm, each.descent), ("guess-and-check", each.selected)):
            tries = percent(one.walks.networks, one.tried) if name == arm else f"{one.tried:,.0f} tries"
            rows.append(_arm_row(each, name, one, tries, "both"))
        for name, one in ((arm, each.descent_by_loss), ("guess-and-check", each.selected_by_loss)):
            tries = percent(one.walks.networks, one.tried) if name == arm else f"{one.tried:,.0f} tries"
            rows.append(_arm_row(each, name, one, tries, "loss"))
    columns = (
        "cell",
        "matched",
        "found by",
        "networks",
        "of",
        "mean loss",
        "mean margin",
        "q (95 %)",
        "at 0",
    )
    caption = "q in the bands of each cell. `both`: of loss and margin."
    bands = Listing(
        "The bands, and q of guess-and-check once weighted to have descent's losses and margins within them.",
        ("cell", "loss", "normalised margin", "q, reweighted"),
        tuple(
            (
                each.band.cell,
                "{:g} to {:g}".format(*each.band.loss),
                "{:g} to {:g}".format(*each.band.margin),
                f"{each.reweighted:.3f}",
            )
            for each in cells
        ),
    )
    return Section("Same loss, same margin", text, (Listing(caption, columns, tuple(rows)), bands))


def _arm_row(each: matched.Cell, name: str, arm: matched.Arm, tries: str, what: str) -> tuple[str, ...]:
    number = f"{arm.walks.networks:,}"
    means = f"{arm.loss:.4f}", f"{arm.margin:.4f}"
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
        f"A public atlas reports that after 1,024 updates outcome training is the more proxy-like in "
        f"{PUBLIC['higher']} of {total} pairs of cells ({public}), the less in {PUBLIC['lower']}, with "
        f"{PUBLIC['tied']} tied, of {PUBLIC_NETWORKS} networks a cell (lionellevine/MAIS, agenda A8). The "
        f"values of "
        "its factors were not to be had where this was written, so the grid here is one of the same kind: "
        "two-layer "
        f"ReLU networks of the same family, {_grid(first)}. It has {settings.atlas.networks:,} networks a "
        f"cell and "
        f"stops after {settings.atlas.updates:,} updates.",
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
    return Section("Outcome training beside cloning", text, (Listing(caption, columns, tuple(rows)),))


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
            rows.append((f"{pair.diversity:g}", f"update {updates:,}", q(one), q(two), str(one.networks)))
        competent = pair.competent
        away = [int((each > 0).sum()) for each in competent]
        n = len(competent[0])
        shown = [between(of(each, n)) if n else "–" for each in away]
        rows.append((f"{pair.diversity:g}", f"training return {pair.returns:g}", *shown, str(n)))
    text = (
        "The same networks under both losses at the same learning rate. The last row of each diversity "
        "takes a network "
        "under either loss where it first collects the coin in training with the probability stated, "
        "whenever that "
        "is, and only networks that do so under both.",
    )
    columns = ("ε", "at", "q, cloning", "q, outcome training", "networks")
    return Section("Does it last?", text, (Listing("q of both losses.", columns, tuple(rows)),))
