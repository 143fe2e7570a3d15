"""Accounts in words: a table for the terminal, largest first, and a sentence to quote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, isnan, log10

import numpy as np
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from ...sim.variables import ACCOUNTS
from .reading import Entry, Reading

LINES = {
    "decay": "weight decay",
    "carried": "carried over from earlier gradients",
    "unexplained": "unexplained",
}
UNEXPLAINED = 0.01
"""Up to which share the accounts say nothing of what is unexplained."""
HEADINGS = {"pair": "action and state", "group+action": "action, group of states", "group": "group of states"}


def report(reading: Reading, top: int | None = 10) -> RenderableType:
    """A reading for the terminal.

    Args:
        top: how many accounts have a line of their own, the others one together; all when None.
    """
    name, condition = escape(reading.behaviour), escape(reading.condition)
    head = f"[bold]{name}[/] ({reading.unit}) under [bold]{condition}[/]: {escape(reading.meaning)}"
    if not reading.changes.networks:
        return Group(head, "[yellow]Every network diverged: there is nothing to read.[/]", "")
    notes = [f"[yellow]{note}[/]" for note in _notes(reading)]
    return Group(head, escape(change(reading)), _table(reading, top), *notes, escape(sentence(reading)), "")


def change(reading: Reading) -> str:
    """How the behaviour itself changed."""
    changes, number = reading.changes, numbers([reading.change])
    error = f" ± {changes.error[-1]:.2g}" if changes.networks > 1 else ""
    return (
        f"From {number(changes.first, '')} to {number(changes.last, '')} in"
        f" {many(int(changes.time[-1]), 'update')}, a change of {number(reading.change)}{error} (mean of"
        f" {many(changes.networks, 'network')}{', ± its standard error' if changes.networks > 1 else ''})."
    )


def sentence(reading: Reading) -> str:
    """What the largest account did, as a person would say it."""
    largest = max(reading.entries, key=lambda entry: abs(entry.amount), default=None)
    behaviour, condition = reading.behaviour, reading.condition
    if largest is None or not largest.amount:
        return f"No push moved {behaviour} under {condition}."
    amount, share = numbers([largest.amount])(largest.amount), percent(abs(reading.share(largest.amount)))
    if reading.by == "phase":
        return f"{behaviour} changed most in {largest.name} under {condition}: {amount}."
    if reading.cancels:
        where = f"“{largest.name}” under {condition}"
        return f"The largest account of {behaviour} is {where}: {amount}, {share} of all movement."
    verb = "gained" if reading.change > 0 else "lost"
    against = largest.amount * reading.change < 0
    did = f"undid {share} of" if against else f"taught {share} of"
    return f"“{largest.name}” {did} what {behaviour} {verb} under {condition}: {amount}."


def _table(reading: Reading, top: int | None) -> Table:
    phases = reading.by == "phase"
    pushed = [k for k in range(len(ACCOUNTS)) if any(entry.kinds[k] for entry in reading.entries)]
    kinds = pushed if len(pushed) > 1 else []
    share = "of all movement" if reading.cancels else "of the change"
    table = Table()
    table.add_column(HEADINGS.get(reading.by, reading.by), overflow="fold")
    for heading in ("amount", *(() if phases else ("± s.e.",)), share, *(ACCOUNTS[k] for k in kinds)):
        table.add_column(heading, justify="right", overflow="fold")
    if phases:
        table.add_column("mostly by", overflow="fold")
    number = numbers([*(entry.amount for entry in reading.entries), reading.change])

    def add(entry: Entry) -> None:
        row = [entry.name, number(entry.amount)]
        row += [] if phases else ["" if isnan(entry.error) else number(entry.error, "")]
        row += [percent(reading.share(entry.amount))]
        row += [number(entry.kinds[k]) if entry.kinds else "" for k in kinds]
        table.add_row(*map(escape, row), *([escape(entry.most)] if phases else []))

    shown = reading.entries if phases else reading.entries[:top]
    others = reading.entries[len(shown) :]
    for entry in (*shown, *([together(f"{len(others):,} smaller", others)] if others else [])):
        add(entry)
    table.add_section()
    for entry in reading.rest:
        if entry.amount or entry.name == "unexplained":
            add(Entry(LINES[entry.name], entry.amount, entry.error))
    table.add_section()
    add(Entry("change", reading.change, float(reading.changes.error[-1]), _totals(reading.entries)))
    return table


def together(name: str, entries: Sequence[Entry]) -> Entry:
    """Some accounts as one; its standard error is not known."""
    return Entry(name, sum(entry.amount for entry in entries), np.nan, _totals(entries))


def _totals(entries: Sequence[Entry]) -> tuple[float, ...]:
    return tuple(map(float, np.sum([entry.kinds for entry in entries], axis=0))) if entries else ()


def _notes(reading: Reading) -> list[str]:
    found = []
    unexplained = abs(reading.share(reading.rest[-1].amount))
    if unexplained > UNEXPLAINED:
        found.append(
            f"{percent(unexplained)} is unexplained: steps too large to be followed, or changes too small for"
            " float32. Read the accounts with that much doubt."
        )
    if reading.cancels:
        size = numbers([reading.movement])(reading.movement, "")
        times = f", {reading.movement / abs(reading.change):,.3g} times the change" if reading.change else ""
        found.append(
            f"Accounts of opposite sign cancel: without their signs they add up to {size}{times}."
            " Shares are of this, all movement."
        )
    if reading.untouched:
        others = f"{many(reading.untouched, 'other account')} {'are' if reading.untouched != 1 else 'is'}"
        found.append(f"{others} 0 exactly: never pushed, or pushed without effect.")
    if reading.changes.diverged:
        one = reading.changes.diverged == 1
        found.append(
            f"{many(reading.changes.diverged, 'network')} diverged and {'is' if one else 'are'} left out."
        )
    if 1 < reading.sampled < reading.changes.networks:
        found.append(
            f"Standard errors of sums are from the {reading.sampled:,} networks with accounts of their own."
        )
    return found


def many(count: int, noun: str) -> str:
    """A number of something, in words that go with it."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """A share in per cent, two digits at least."""
    if isnan(share):
        return "–"
    return f"{100 * share:.0f} %" if abs(share) >= 0.095 or share == 0 else f"{100 * share:.2g} %"


def numbers(values: Sequence[float]) -> Callable[..., str]:
    """What writes numbers with the digits that the largest of some needs, and none that is small as 0."""
    largest = max((abs(value) for value in values if np.isfinite(value)), default=0.0)
    digits = min(max(2 - floor(log10(largest)), 3), 12) if largest >= 1e-12 else 3

    def written(value: float, sign: str = "+") -> str:
        small = value != 0 and abs(value) < 0.5 * 10.0**-digits
        return f"{value:{sign}.1g}" if small else f"{value:{sign},.{digits}f}"

    return written
