"""A run in words: what it holds, how behaviours ended, whether they were ever explored, provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from ..sim.searches import SPLITTING, Search, searches
from .statistics import wilson

if TYPE_CHECKING:
    from ..sim.runfile import Run


def report(run: Run) -> RenderableType:
    """A run's summary for the terminal."""
    lines = [
        f"[bold]{escape(run.title)}[/]",
        f"{len(run.conditions)} condition{'s' * (len(run.conditions) != 1)}, "
        f"{len(run.networks):,} networks each, "
        f"{int(run.time[-1]):,} updates, {len(run.time)} recorded times; seed {run.seed}",
    ]
    tables = [behaviour_table(run, behaviour) for behaviour in run.behaviours]
    watches = [watch_table(run)] if run.watches else []
    found = searches(run)
    selections = [selection_table(found)] if found else []
    return Group(
        *lines, *tables, *watches, *selections, *notes(run, found), *plugin_lines(run), provenance_line(run)
    )


def behaviour_table(run: Run, behaviour: str) -> Table:
    """How a behaviour ended under every condition, and whether training ever sampled it."""
    kind = "probability" if run.is_probability[behaviour] else "expected count per episode"
    title = f"[bold]{escape(behaviour)}[/] ({kind}): {escape(run.meanings[behaviour])}"
    table = _table(
        title, "condition", "final median", "5–95 %", "share > ½ (95 % int.)", "explored, median at"
    )
    for condition in run.conditions:
        if behaviour in run.own_behaviours(condition):
            explored = _explored(run, behaviour, condition)
            table.add_row(_label(condition), *_ending(run, behaviour, condition), explored)
    return table


def _label(condition: str) -> str:
    """A condition's name, its swept values on a line of their own."""
    return escape(condition.replace("[", "\n[", 1))


def _table(title: str, *headings: str) -> Table:
    """A table whose names stand left and whose numbers stand right; nothing in it is cut off."""
    table = Table(title=f"\n{title}", title_justify="left", title_style="")
    for heading in headings:
        names = heading in ("condition", "watch", "method")
        table.add_column(heading, justify="left" if names else "right", overflow="fold")
    return table


def _ending(run: Run, behaviour: str, condition: str) -> tuple[str, str, str]:
    final = run.final(behaviour, condition)
    final = final[~np.isnan(final)]
    if not len(final):
        searched = "attempts" in run.hyperparameters and (run.hyperparameter("attempts", condition) < 0).all()
        return "–", "–", "no weights were found" if searched else "every network diverged"
    low, middle, high = np.quantile(final, [0.05, 0.5, 0.95])
    past = int((final > 0.5).sum())
    below, above = (float(limit) for limit in wilson(past, len(final)))
    return f"{middle:.4g}", f"{low:.3g}–{high:.3g}", f"{past / len(final):.4g} ({below:.3g}–{above:.3g})"


def _explored(run: Run, behaviour: str, condition: str) -> str:
    first = run.explored_at(behaviour, condition)
    if (first == -2).all():
        return "not sampled"
    seen = first >= 0
    if not seen.any():
        return "never"
    return f"{seen.mean():.1%}, at {int(np.median(first[seen])):,}"


def watch_table(run: Run) -> Table:
    """When each criterion was first met."""
    title = "[bold]watches[/]: updates done when first crossed"
    table = _table(title, "watch", "condition", "crossed", "median of those", "5–95 %")
    for watch in run.watches:
        for condition in run.conditions:
            if watch not in run.own_watches(condition):
                continue
            when = run.crossed_at(watch, condition)
            met = when[when >= 0]
            timing = ("–", "–")
            if len(met):
                low, middle, high = np.quantile(met, [0.05, 0.5, 0.95])
                timing = (f"{middle:,.0f}", f"{low:,.0f}–{high:,.0f}")
            table.add_row(escape(watch), _label(condition), f"{len(met):,} of {len(when):,}", *timing)
    return table


def selection_table(found: list[Search]) -> Table:
    """How many networks found weights, after how many attempts, and how rare such weights are."""
    title = "[bold]selection[/]: initial weights that fulfil the criterion"
    table = _table(title, "condition", "method", "found", "median attempts", "share of all (95 % int.)")
    for search in found:
        median = np.median(search.attempts[search.attempts >= 0]) if search.hits else None
        table.add_row(
            _label(search.condition),
            search.method,
            f"{search.hits:,} of {len(search.attempts):,}",
            "–" if median is None else f"{median:,.0f}",
            _hit_rate(search),
        )
    return table


def _hit_rate(search: Search) -> str:
    """The share of initial weights that fulfil the criterion, as all networks together estimate it."""
    if search.method == SPLITTING:
        estimates = search.rate[~np.isnan(search.rate)]
        if len(estimates) < 2:
            return f"{estimates[0]:.3g}" if len(estimates) else "–"
        rate = float(estimates.mean())
        width = 1.96 * float(estimates.std(ddof=1)) / len(estimates) ** 0.5
        low, high = max(0.0, rate - width), min(1.0, rate + width)
    else:
        rate = search.hits / search.tried
        low, high = (float(limit) for limit in wilson(search.hits, search.tried))
    return f"{rate:.3g} ({low:.3g}–{high:.3g})"


def notes(run: Run, found_weights: list[Search]) -> list[str]:
    """What a reader should know before believing the tables."""
    found = [f"[yellow]{escape(each.shortfall)}[/]" for each in found_weights if each.shortfall]
    for condition in run.conditions:
        diverged = int((run.diverged_at(condition) >= 0).sum())
        if diverged:
            what = f"the weights of {diverged:,} networks diverged; they are left out above"
            found.append(f"[yellow]{escape(condition)}: {what}[/]")
        rare = run.rare_at(condition)
        if (rare > 0).any():
            what = f"in {(rare > 0).sum():,} networks some action fell below 2⁻³³"
            first = f"first at update {rare[rare > 0].min():,}"
            found.append(f"[yellow]{escape(condition)}: {what}, where it is never sampled; {first}[/]")
    return found


def plugin_lines(run: Run) -> list[str]:
    """The files of a user's own functions that the run was made with, and what they define."""
    found = []
    for name, entry in run.plugins.items():
        defines = "; ".join(f"{role} {', '.join(names)}" for role, names in entry["defines"].items())
        found.append(f"\nplug-in {escape(name)} (sha256 {entry['sha256'][:12]}): {escape(defines)}")
    return found


def provenance_line(run: Run) -> str:
    """Versions and machine."""
    facts = {name: str(value) for name, value in run.provenance.items()}
    program = f"popgrad {facts['popgrad']} (commit {facts['commit'][:12]}, program {facts['program']})"
    backend = facts["backend"]
    machine = f"Python {facts['python']}, {backend} {facts[backend]}; {facts['processor']}"
    where = f"{facts['threads']} threads" if "threads" in facts else facts["device"]
    return f"\n{program}, {machine}; {facts['seconds']} s on {where}"
