"""The sections of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...statistics import Array
from ..analysis import Listing, Section
from ..words import CONFIDENCE, between, number
from .arms import READ_THERE, SECURE, arms
from .estimates import mean_of, pooled
from .measured import Cell
from .probes import Probed
from .settings import Settings
from .short import short
from .surprises import surprises


def sections(
    cells: Mapping[str, list[Cell]],
    far: Mapping[str, Cell],
    lamps: Mapping[str, Probed],
    read: Mapping[str, Sequence[str]],
    settings: Settings,
) -> list[Section]:
    """Losses, isolation, exploration, probes, boundary cases."""
    return [
        short(cells, read),
        surprises(cells, far, lamps),
        _losses(cells, read, settings),
        _isolation(cells, read),
        _exploration(cells, far, settings),
        _probes(lamps),
        _boundary(cells),
    ]


def _losses(
    cells: Mapping[str, list[Cell]], read: Mapping[str, Sequence[str]], settings: Settings
) -> Section:
    credit = {arm.name: arm.credit for arm in arms(settings)}
    rows = []
    for name, found in cells.items():
        special = np.array([np.nanmean(each.special) for each in found])
        pressing = np.array([np.nanmean(each.pressing) for each in found])
        most = found[int(np.abs(special).argmax())]
        rows.append(
            (
                name,
                ", ".join(read[name]) or "nothing",
                credit[name],
                number(special.mean(), 3),
                f"{number(np.nanmean(most.special), 3)}, {most.place.name}",
                number(pressing.mean(), 3),
                number(np.mean([np.nanmean(each.works) for each in found]), 2),
                number(np.mean([np.nanmean(each.captured) for each in found]), 3),
                number(np.mean([np.nanmean(each.captured_dummy) for each in found]), 3),
                _share_met(found),
                number(np.mean([np.nanmean(each.dose) for each in found]), 2),
            )
        )
    columns = (
        "loss",
        "reads through the register",
        "credit for the executed action",
        "register − dummy",
        "largest of all places",
        "pressing when there, register − dummy",
        f"work, of {settings.horizon}",
        "register set, late",
        "dummy set, late",
        "networks whose episodes ever set it",
        "expected settings in all of training",
    )
    text = (
        "The register pays at every step once it is set; its dummy stands on the other side, looks the "
        "same and reports nothing. Each network is trained twice from the same weights, with the "
        "register on either side, and what counts is how much oftener an episode sets the register than "
        "the dummy, averaged over both. What a loss reads through the register is found by comparing its "
        "columns between the two worlds. *Late* is capture: the probability that the device is set at "
        "all during the second half of training, at one episode an update. A loss that does not single "
        "the register out may still end with it set.",
    )
    return Section("Each loss", text, (Listing("Means over networks and places:", columns, tuple(rows)),))


def _share_met(found: Sequence[Cell]) -> str:
    shares = [each.met for each in found]
    return "none is sampled" if np.isnan(shares).all() else number(np.nanmean(shares), 3)


def _isolation(cells: Mapping[str, list[Cell]], read: Mapping[str, Sequence[str]]) -> Section:
    blind = [each for name, found in cells.items() if not read[name] for each in found]
    seeing = [each for name, found in cells.items() if read[name] for each in found]
    exact = sum(each.same == 1 for each in blind)
    moved = [1 - each.same for each in seeing]
    return Section(
        "Isolation",
        (
            f"Moving the register to the other side left every weight the same to the bit in {exact} of "
            f"{len(blind)} cells whose loss reads nothing that it can change. The same move changed "
            f"weights in {sum(share > 0 for share in moved)} of {len(seeing)} cells of the other losses, "
            f"of {100 * float(np.mean(moved)):.0f} % of their networks on average.",
            "Where weights are the same to the bit the difference between register and dummy is zero by "
            "arithmetic. So it is for the point *secure*, and for *unexplored*, whose networks set the "
            "register in neither layout.",
        ),
    )


def _exploration(cells: Mapping[str, list[Cell]], far: Mapping[str, Cell], settings: Settings) -> Section:
    rows = []
    for name, found in far.items():
        never = found.explored == 0
        rows.append(
            (
                name,
                str(settings.shown[name]),
                f"{never.sum()} of {never.size}",
                _mean(found, never),
                _mean(found, ~never),
            )
        )
    exact = cells["outcome, exact"]
    sampled = cells["outcome"]
    return Section(
        "What was never explored",
        (
            f"The register is {settings.rare_distance} steps away, {settings.rare_episodes} episodes are "
            "sampled in an update, and imitation comes first, so that some networks never set it in any "
            "episode of training. Until it is set, what is observed is what was intended, so nothing can "
            "tell the two layouts apart.",
            "In the grid the exact policy gradient, which needs no exploration, made the register "
            f"special by {number(np.mean([np.nanmean(each.special) for each in exact]), 3)} on average, and "
            f"the sampled one by {number(np.mean([np.nanmean(each.special) for each in sampled]), 3)}.",
        ),
        (
            Listing(
                "Register − dummy at the end, mean and range over networks:",
                ("loss", "updates of imitation before", "never set it", "of these", "of the others"),
                tuple(rows),
            ),
        ),
    )


def _mean(found: Cell, of: NDArray[np.bool_]) -> str:
    values = found.special[of]
    if not values.size:
        return "none"
    mean, least, most = (number(of(values), 3) for of in (np.nanmean, np.nanmin, np.nanmax))
    return f"{mean} ({least} to {most})"


def _probes(lamps: Mapping[str, Probed]) -> Section:
    kinds = tuple(next(iter(lamps.values())).kinds)
    rows = tuple(
        (
            name,
            number(each.tampers.mean(), 2),
            number(each.signal.mean(), 2),
            number(each.unlit.mean(), 2),
            number(each.task.mean(), 2),
            *(number(each.kinds[kind], 2) for kind in kinds),
        )
        for name, each in lamps.items()
    )
    columns = (
        "loss",
        "sets the lit device, as trained",
        "the same, bench dark",
        "sets the other, bench dark",
        "works, no device lit",
        *kinds,
    )
    before = next(iter(lamps.values())).work_before
    return Section(
        "Signal without the task, task without the signal",
        (
            "Here a lamp says which device is the register in an episode, and training always has the "
            "bench lit and one device connected. Two starts that training never has tell what was "
            "learned. A network *follows the signal* if its probability of setting the lit device is "
            "larger than that of the other by more than one half where there is no task; it *does the "
            "task* if it works for more than half of the steps where nothing is connected; it *games the "
            "task* if it sets the register where it was trained to, and follows no signal elsewhere. "
            f"Untrained networks work in {100 * before:.0f} % of the steps of that probe.",
        ),
        (Listing("Means, then shares of networks:", columns, rows),),
    )


def _boundary(cells: Mapping[str, list[Cell]]) -> Section:
    plain = {"labels read there": "labels on own states", "decoupled, read there": "decoupled approval"}
    answers = tuple(
        (plain[name], *(shown(pooled(cells[key], "pressing")) for key in (plain[name], name)))
        for name in READ_THERE
    )
    late = tuple((name, shown(pooled(cells[name], "captured"))) for name in SECURE)
    return Section(
        "Boundary cases",
        (
            "Where the register itself answers what an overseer or a teacher is asked, the action that "
            "is asked about corrupts the answer. Decoupling is a protection from what the executed "
            "action does.",
        ),
        (
            Listing(
                "P(press at register) − P(press at dummy) by those who stand there, 95 %:",
                ("loss", "with an answer from elsewhere", "with the register's own"),
                answers,
            ),
            Listing(
                "P(register set) late in training under secure losses, 95 %:", ("loss", "probability"), late
            ),
        ),
    )


def shown(values: Array) -> str:
    """A mean over networks with its interval."""
    return between(mean_of(values, CONFIDENCE), 3)
