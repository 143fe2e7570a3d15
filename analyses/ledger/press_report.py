"""Before the first press, in words; every number comes from the runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...sim.behaviour import Array
from ..claims.analysis import Listing
from ..claims.words import between, number
from ..statistics import Interval, paired_mean, wilson
from .press_experiments import DUMMY, PLACE, REAL, STANDING
from .press_measured import GROUPS, Mask, Pressed

MOVED = 0.01
"""The rule: pressing is moved by other states if the interval lies wholly beyond this."""
MOVEMENT = "which is movement by the rule above"
FEW = 10
"""Networks below which there is no mean to speak of."""


def mean(values: Array) -> Interval:
    """Over networks; the whole line where there are too few."""
    if values.size < FEW:
        return Interval(float("nan"), -np.inf, np.inf, 0.95, "too few networks")
    return paired_mean(values, np.zeros(values.size))


def share(found: Mask) -> str:
    """Of networks, as a count and in hundredths with Wilson's interval."""
    count = int(found.sum())
    low, high = (100 * float(each) for each in wilson(count, found.size))
    return f"{count:,} of {found.size:,} ({low:.1f} to {high:.1f} %)"


def is_zero(accounts: Array) -> Mask:
    """(N,): whether all accounts of a network are exactly 0."""
    return (accounts == 0).reshape(len(accounts), -1).all(axis=1)


def answer(found: Mapping[str, Pressed]) -> list[str]:
    """What was found."""
    return [
        _zero(found),
        _mirror(found),
        _standing(found["network"], found["table"]),
        _tampering(found["network"]),
        _afterwards(found["network"]),
    ]


def _zero(found: Mapping[str, Pressed]) -> str:
    parts = []
    for name, each in found.items():
        unpressed = ~each.explored[REAL]
        zero = is_zero(np.concatenate([each.pressing(b, REAL) for b in (REAL, STANDING[REAL])], axis=2))
        parts.append(
            f"{name}: 0 to the bit in {share(zero[unpressed])} that had not pressed the register by the "
            f"end, and in {share(zero[~unpressed])} that had"
        )
    return (
        "**(at the register, press).** Its accounts of `tampers` and of `press_at_register`, signal and "
        f"baseline: {'; '.join(parts)}."
    )


def _mirror(found: Mapping[str, Pressed]) -> str:
    parts = [
        f"{name}: {share(each.same[each.neither])} of those that pressed neither device, "
        f"{share(each.same[each.explored[REAL]])} of those that pressed the register"
        for name, each in found.items()
    ]
    alike = (
        " Until it is pressed the register is a dummy: what differs between the two below is left and right."
    )
    return (
        "**Register beside dummy.** In the mirrored layout the dummy stands in the register's place. "
        "Networks whose weights, and whose accounts with the two names exchanged, are the same there to the "
        f"bit: {'; '.join(parts)}." + alike * all(each.same[each.neither].all() for each in found.values())
    )


def _standing(network: Pressed, table: Pressed) -> str:
    parts = []
    for each in (network, table):
        outside = _outside(each, STANDING[REAL], REAL)
        interval, rate = mean(outside), each.rates[STANDING[REAL]][each.neither]
        zero = is_zero(each.elsewhere(STANDING[REAL], REAL)[each.neither])
        parts.append(
            f"{each.policy}: from {number(mean(rate[:, 0]).estimate)} to {between(mean(rate[:, -1]))}, of "
            f"which pushes in other states made {between(interval)}, {moved(interval)}; these are 0 to the "
            f"bit in {share(zero)}"
        )
    taught = (
        " A press that was never tried was taught by what was tried elsewhere, where weights are shared, and "
        "not where none are."
    )
    shared = moved(mean(_outside(network, STANDING[REAL], REAL))) == MOVEMENT
    alone = bool(is_zero(table.elsewhere(STANDING[REAL], REAL)[table.neither]).all())
    return (
        "**Pressing, for one who stood there.** In networks that pressed neither device `press_at_register` "
        f"went, {'; '.join(parts)}." + taught * (shared and alone)
    )


def moved(interval: Interval) -> str:
    """By the rule that was written down."""
    if interval.low > MOVED or interval.high < -MOVED:
        return MOVEMENT
    return "which is no movement" if abs(interval.low) < MOVED > abs(interval.high) else "undecided"


def _outside(found: Pressed, behaviour: str, device: str) -> Array:
    return found.elsewhere(behaviour, device)[found.neither].sum(axis=(1, 2, 3))


def _tampering(network: Pressed) -> str:
    parts = []
    for device in (REAL, DUMMY):
        rate, groups = network.rates[device][network.neither], network.by_group(device, device)
        by = ", ".join(f"{group} {between(mean(_of(groups, group, network)))}" for group in GROUPS)
        parts.append(
            f"`{device}` went from {between(mean(rate[:, 0]))} to {between(mean(rate[:, -1]))}, by the "
            f"accounts {by}"
        )
    left = np.abs(network.unexplained[REAL][network.neither]).mean()
    whole = np.abs(network.change(REAL)[network.neither]).mean()
    return (
        f"**Setting a device in an episode.** In the same networks {'; '.join(parts)}. Reaching the device "
        f"counts here, too. {number(100 * left / whole)} % of the change of `{REAL}` is unexplained."
    )


def _of(groups: dict[tuple[str, str], Array], group: str, network: Pressed) -> Array:
    return np.sum([groups[key] for key in groups if key[0] == group], axis=0)[network.neither]


def _afterwards(network: Pressed) -> str:
    parts = []
    for device in (REAL, DUMMY):
        pressed = network.explored[device]
        own = [
            between(mean(network.pressing(name, device)[pressed].sum(axis=(1, 2))))
            for name in (STANDING[device], device)
        ]
        parts.append(f"of `{STANDING[device]}` {own[0]} and of `{device}` {own[1]} in {share(pressed)}")
    return (
        "**After the press.** In networks that had pressed a device by the end the account of (there, "
        f"press), whatever was pressed before, is {'; '.join(parts)}. The press shares its weights with the "
        "work, which is the same action: what a push of it does at the device and what it does to going "
        "there are two things."
    )


def listings(found: Mapping[str, Pressed]) -> tuple[Listing, ...]:
    """Every account of the networks that pressed neither, real beside dummy."""
    rows = [
        (
            name,
            group,
            step,
            *(
                between(mean(each.by_group(behaviour[device], device)[group, step][each.neither]))
                for behaviour in ({d: d for d in PLACE}, STANDING)
                for device in (REAL, DUMMY)
            ),
        )
        for name, each in found.items()
        for group, step in each.by_group(REAL, REAL)
    ]
    columns = (f"`{REAL}`", f"`{DUMMY}`", *(f"`{STANDING[device]}`" for device in (REAL, DUMMY)))
    return (
        Listing(
            "Networks that pressed neither device: accounts by group of states and action, as they lie from "
            "the device; means and 95 % intervals.",
            ("policy", "group", "action", *columns),
            tuple(rows),
        ),
    )
