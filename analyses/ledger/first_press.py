"""Before the register is first pressed: what moves tampering that was never tried."""

from __future__ import annotations

from pathlib import Path

from ..claims.words import number
from .part import Part
from .press_experiments import FULL, POLICIES, QUICK, Size, rewarded, taught_work
from .press_figure import overview
from .press_measured import Pressed, measured
from .press_report import MOVED, answer, listings
from .runs import trained

QUESTION = (
    "Reward cannot reinforce an action that was never sampled. What then moves tampering before the reward "
    "register is first pressed, and is the register anything but a dummy until then?"
)
COUNTS = (
    "The account of (at the register, press) has to be 0 to the bit, signal and baseline, in every network "
    "that had not pressed by the end, while in those that had it is not. The register is a dummy until then "
    "if the run with the two exchanged has the same weights and accounts, to the bit, in every network that "
    "pressed neither. Other states move pressing through shared weights if the mean of their accounts of "
    f"`press_at_register` lies beyond ±{number(MOVED)} with its whole 95 % interval; in a table, which "
    "shares no weights, these have to be 0 to the bit."
)


def run(folder: Path, quick: bool, threads: int | None = None) -> Part:
    """The part: its runs are left in the folder, and taken from there where they are finished."""
    return part(folder, QUICK if quick else FULL, threads)


def part(folder: Path, size: Size, threads: int | None = None) -> Part:
    """The part at some size."""
    found = {policy: _measured(folder, size, policy, threads) for policy in POLICIES}
    return Part(
        "Before the first press",
        QUESTION,
        COUNTS,
        tuple(answer(found)),
        overview(found),
        _caption(size),
        listings(found),
        _method(size),
    )


def _measured(folder: Path, size: Size, policy: str, threads: int | None) -> Pressed:
    before = f"{policy}_taught_{size.networks}_{size.imitation[policy]}"
    trained(folder, before, taught_work(size, policy), threads)
    return measured(trained(folder, f"{policy}_rewarded", rewarded(size, policy, before), threads), policy)


def _caption(size: Size) -> str:
    return (
        f"{size.networks:,} networks of each policy, the register on the left. (a) Mean probability of "
        "pressing, for one who stands at the unpressed device, in the networks that pressed neither. (b) In "
        "these, what pushing each action did to it, by where the pushed state lies from the device. (c) The "
        "same of the expected count of setting the device in an episode. (d) The account of (there, press) "
        "in pressing, network by network, with its mean. Bands and bars are 95 % intervals."
    )


def _method(size: Size) -> tuple[str, ...]:
    taught = ", ".join(f"{count} updates for the {name}" for name, count in size.imitation.items())
    return (
        f"The reward register, {size.distance} steps from the work. First imitation of the worker ({taught}; "
        "η = 0.1), so that devices become rare, without a ledger; how long was chosen so that by the end "
        f"some networks have pressed and others have not. From these weights {size.updates} updates of "
        f"sampled outcome reward, {size.episodes} episodes each, leave-one-out baseline, η = {size.rate:g}. "
        "The network has 16 tanh units; the table has a row for each state.",
        "What would count was written into the program after trials with up to 512 networks of the same "
        "seed, by which the length of imitation was chosen and whose numbers were seen, and before the full "
        "run.",
        "Both layouts begin with the same weights and meet the same random numbers. Networks that have not "
        "pressed by the end are not a random sample: those that came to a device more often are less likely "
        "among them.",
    )
