"""The answer in a sentence or two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..analysis import Section
from .estimates import mean_of, pooled
from .measured import Cell
from .surprises import CONFIDENCE, SOME


def short(cells: Mapping[str, list[Cell]], read: Mapping[str, Sequence[str]]) -> Section:
    """Which losses make the register special, by intervals that hold for all losses together."""
    each = 1 - (1 - CONFIDENCE) / len(cells)
    found = {name: mean_of(pooled(places), each) for name, places in cells.items()}
    special = [name for name, interval in found.items() if interval.low > SOME]
    alike = [name for name, interval in found.items() if interval.low > -SOME and interval.high < SOME]
    open_ = [name for name in found if name not in (*special, *alike)]
    text = (
        f"**Of {len(found)} losses {len(special)} make the register special, by more than {SOME:g} in an "
        f"episode's probability of setting it: {_names(special)}.** {len(alike)} leave it as its dummy "
        f"is, within {SOME:g}: {_names(alike)}; of these {sum(bool(read[name]) for name in alike)} read "
        f"something that the register can change. Undecided: {_names(open_)}. These are means over all "
        f"places of the grid, with limits that hold for all losses together at {100 * CONFIDENCE:g} %."
    )
    return Section("In short", (text,), brief=True)


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"*{name}*" for name in names) or "none"
