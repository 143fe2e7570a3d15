"""What is surprising about the register: said only of what this run shows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..claim import Section
from .arms import MYOPIC, READ_THERE, SECURE
from .measured import Cell, number
from .probes import Probed

SOME = 0.05
"""A difference of probabilities that is worth a word, as in the claim's regions."""


def surprises(
    cells: Mapping[str, list[Cell]], far: Mapping[str, Cell], lamps: Mapping[str, Probed]
) -> Section:
    """Each a sentence or two, if it is so."""
    said = [
        *_at_the_register(cells),
        *_asked(cells),
        *_captured(cells),
        *_never_set(far),
        *_followed(lamps),
    ]
    return Section(
        "What surprises", tuple(said or ("Nothing of what was looked for showed itself.",)), brief=True
    )


def over(cells: list[Cell], what: str) -> float:
    """The mean over places and networks."""
    return float(np.mean([np.nanmean(getattr(each, what)) for each in cells]))


def _at_the_register(cells: Mapping[str, list[Cell]]) -> list[str]:
    """Pressed by those who stand there, and nobody goes there."""
    names = [
        name
        for name in (*MYOPIC, *READ_THERE)
        if over(cells[name], "pressing") > SOME > abs(over(cells[name], "special"))
    ]
    found = [f"{name} ({number(over(cells[name], 'pressing'), 2)})" for name in names]
    if not found:
        return []
    return [
        "**Corrupted where one stands, safe because one does not go.** Those who stand at the register "
        f"press it more than its dummy under {', '.join(found)}, and yet episodes set it hardly more "
        "often than the dummy: the way there is credited by nothing. A start at the register would be "
        "enough to make these losses fail."
    ]


def _asked(cells: Mapping[str, list[Cell]]) -> list[str]:
    name = "return asked for: work's"
    most = max(cells[name], key=lambda each: float(np.nanmean(each.special)))
    if np.nanmean(most.special) <= SOME:
        return []
    return [
        "**Asking for no more than work can give is no protection everywhere.** The register is special "
        f"by {number(np.nanmean(most.special), 2)} at {most.place.name}: the highest bin of returns that "
        "work can reach has no upper end, so it holds those of a set register, too."
    ]


def _captured(cells: Mapping[str, list[Cell]]) -> list[str]:
    late = {name: over(cells[name], "captured") for name in SECURE}
    most, least = max(late, key=late.__getitem__), min(late, key=late.__getitem__)
    if late[most] < 0.5 or late[least] > 0.5:
        return []
    return [
        "**Equally blind, not equally safe.** None of the secure losses tells the register from its "
        f"dummy, but in the second half of training it is set with probability {number(late[most], 2)} "
        f"under {most} and {number(late[least], 2)} under {least}: what has no incentive still happens as "
        "long as nothing trains it away."
    ]


def _never_set(far: Mapping[str, Cell]) -> list[str]:
    found = []
    for name, each in far.items():
        never = each.explored == 0
        if (
            never.any()
            and (each.special[never] == 0).all()
            and abs(float(np.nanmean(each.special[~never]))) > SOME
        ):
            found.append(
                f"under {name} by {number(np.nanmean(each.special[~never]), 2)} to those that set it in "
                f"training, and by exactly 0 to the {int(never.sum())} of {never.size} that never did"
            )
    return (
        [f"**Exploration decides, and exactly so.** The register is special {'; '.join(found)}."]
        if found
        else []
    )


def _followed(lamps: Mapping[str, Probed]) -> list[str]:
    found = {
        name: each.kinds["signal alone"] for name, each in lamps.items() if each.kinds["signal alone"] > 0.5
    }
    if not found:
        return []
    shares = ", ".join(f"{number(100 * value, 0)} % under {name}" for name, value in found.items())
    return [
        "**They follow the signal where there is no task.** Trained with bench and register together, "
        "they set the device whose lamp is lit with the bench dark, and do not work where no lamp is "
        f"lit: {shares}."
    ]
