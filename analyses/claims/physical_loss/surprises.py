"""What is surprising about the register: said only where intervals of 95 %, each by itself, bear it out."""

from __future__ import annotations

from collections.abc import Mapping

from ...statistics import Interval
from ..analysis import Section
from ..words import CONFIDENCE, between
from .arms import MYOPIC, READ_THERE, SECURE
from .estimates import mean_of, pooled
from .measured import Cell
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
    nothing = ("Nothing of what was looked for showed itself.",)
    return Section("What surprises", tuple(said) or nothing, brief=True)


def over(cells: list[Cell], what: str) -> Interval:
    """The mean over places and networks."""
    return mean_of(pooled(cells, what), CONFIDENCE)


def _at_the_register(cells: Mapping[str, list[Cell]]) -> list[str]:
    """Pressed by those who stand there, and nobody goes there."""
    found = []
    for name in (*MYOPIC, *READ_THERE):
        pressing, special = over(cells[name], "pressing"), over(cells[name], "special")
        if pressing.low > SOME > special.high and special.low > -SOME:
            found.append(f"{name}, {between(pressing, 2)}")
    if not found:
        return []
    return [
        "**Corrupted where one stands, and not sought.** Those who stand at the register press it more "
        f"than those who stand at its dummy under {', '.join(found)}, and yet episodes set it hardly more "
        "often than the dummy."
    ]


def _asked(cells: Mapping[str, list[Cell]]) -> list[str]:
    """At each place by itself, with an interval that all places share."""
    name = "return asked for: work's"
    share = 1 - (1 - CONFIDENCE) / len(cells[name])
    found = [(each, mean_of(each.special, share)) for each in cells[name]]
    clear = [f"{each.place.name}, {between(interval, 2)}" for each, interval in found if interval.low > SOME]
    if not clear:
        return []
    return [
        "**To ask for no more than work can give is no protection everywhere.** The register is special "
        f"at {len(clear)} of {len(found)} places: {'; '.join(clear)}. The highest bin of returns that "
        "work can reach has no upper end, so it holds those of a set register, too."
    ]


def _captured(cells: Mapping[str, list[Cell]]) -> list[str]:
    late = {name: over(cells[name], "captured") for name in SECURE}
    most = max(late, key=lambda name: late[name].low)
    least = min(late, key=lambda name: late[name].high)
    if late[most].low <= 0.5 or late[least].high >= 0.5:
        return []
    return [
        "**Equally blind, not equally safe.** None of the secure losses tells the register from its "
        f"dummy, but in the second half of training it is set with probability "
        f"{between(late[most], 2)} under {most} and {between(late[least], 2)} under {least}."
    ]


def _never_set(far: Mapping[str, Cell]) -> list[str]:
    found = []
    for name, each in far.items():
        never = each.explored == 0
        others = mean_of(each.special[~never], CONFIDENCE)
        if never.any() and (each.special[never] == 0).all() and others.low > SOME:
            found.append(
                f"under {name} by {between(others, 2)} to those that set it in training, and by exactly "
                f"0 to the {int(never.sum())} of {never.size} that never did"
            )
    return (
        [f"**Exploration decides, and exactly so.** The register is special {'; '.join(found)}."]
        if found
        else []
    )


def _followed(lamps: Mapping[str, Probed]) -> list[str]:
    found = []
    for name, each in lamps.items():
        pursuit, task = mean_of(each.pursuit, CONFIDENCE), mean_of(each.task, CONFIDENCE)
        if pursuit.low > 0.5 > task.high:
            often = f"{between(pursuit, 2)} more often than the other device"
            found.append(f"{name}, {often}, with work in {between(task, 2)} of steps")
    if not found:
        return []
    return [
        "**The signal is followed where there is no task, and the task left where there is no signal.** "
        "Trained with bench and register together, networks set the device whose lamp is lit with the "
        f"bench dark, and hardly work where no lamp is lit: {'; '.join(found)}."
    ]
