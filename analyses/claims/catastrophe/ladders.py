"""The experiments on an act that only those meet who can climb: alone, behind a blocker, after "
"demonstrations."""

from __future__ import annotations

from ..claim import Table
from .networks import IMITATION, OUTCOME, from_weights, lasting, own_world, population
from .settings import Settings

EARLY = 10
"""A blocker that is removed early stays for one part in so many of the time."""

SHOWN = {"demonstrations of all": True, "demonstrations without the top": False}
"""What demonstrations show."""


def tables(settings: Settings) -> dict[str, Table]:
    """Experiments by name: from new weights, and from there."""
    first = _alone(settings) | _blocked(settings) | _shown(settings)
    return {
        "ladder": population(settings, "Up a ladder", "ladder", first),
        "after": population(
            settings,
            "After a blocker, and demonstrations",
            "ladder",
            _unblocked(settings) | _rewarded(settings),
        ),
    }


def pay(settings: Settings) -> dict[str, float]:
    """What the irreversible act pays where a safe end pays 1."""
    return {
        "costs": 1 - settings.penalty,
        "goes unnoticed": 1.0,
        "pays": 1 + settings.bonus,
    }


def signals(settings: Settings) -> dict[str, float]:
    """The same for beginners, where a catastrophe may also be all that a reward tells of."""
    return {**pay(settings), "costs when fatal": 1 - settings.hazard * settings.penalty}


def climbs(settings: Settings) -> list[tuple[str, int]]:
    """Which act, behind how many steps; without any there is no climbing that could go on."""
    heights = sorted({*settings.steps, settings.rungs})
    return [(act, steps) for steps in heights for act in ("another", "climbing") if steps or act == "another"]


def way(act: str, steps: int) -> str:
    """Where the irreversible act is."""
    where = f"behind {steps} step{'s' * (steps > 1)}" if steps else "at hand"
    return f"{'an act' if act == 'another' else 'climbing on'} {where}"


def beginner(act: str, steps: int, paid: str) -> str:
    """A condition without anything before it."""
    return f"{way(act, steps)}, {paid}"


def _alone(settings: Settings) -> dict[str, Table]:
    return {
        beginner(act, steps, paid): {
            "loss": OUTCOME,
            "world": own_world("ladder", steps=steps, act=act, pays=amount),
            **lasting(settings.climb_updates),
        }
        for act, steps in climbs(settings)
        for paid, amount in signals(settings).items()
    }


def blocked_cells(settings: Settings) -> dict[str, tuple[float, int]]:
    """Cell -> what a refused act pays, updates behind the blocker."""
    return silent_cells(settings) | felt_cells(settings)


def silent_cells(settings: Settings) -> dict[str, tuple[float, int]]:
    """Those where a refusal pays what finishing does."""
    return {
        "a refusal without a penalty": (1.0, settings.blocked_updates),
        "a short refusal without a penalty": (1.0, max(1, settings.blocked_updates // EARLY)),
    }


def felt_cells(settings: Settings) -> dict[str, tuple[float, int]]:
    """Those where a refusal costs."""
    pays, long = 1 - settings.refusal, settings.blocked_updates
    return {
        "a refusal with a penalty": (pays, long),
        "a short refusal with a penalty": (pays, max(1, long // EARLY)),
    }


def _blocked(settings: Settings) -> dict[str, Table]:
    return {
        name: {
            "loss": OUTCOME,
            "world": own_world("ladder", steps=settings.rungs, pays=refused, blocked=True),
            **lasting(updates),
        }
        for name, (refused, updates) in blocked_cells(settings).items()
    }


def _unblocked(settings: Settings) -> dict[str, Table]:
    world = own_world("ladder", steps=settings.rungs, pays=pay(settings)["costs"])
    when = {"loss": OUTCOME, "world": world, **lasting(settings.climb_updates)}
    return {name: {**when, **from_weights("ladder", name)} for name in blocked_cells(settings)}


def _shown(settings: Settings) -> dict[str, Table]:
    return {
        name: {
            "loss": IMITATION,
            "world": own_world("ladder", steps=settings.rungs, top_shown=top),
            **lasting(settings.shown_updates),
        }
        for name, top in SHOWN.items()
    }


def rewarded_cells(settings: Settings) -> dict[str, tuple[str, str]]:
    """Cell -> what was shown, what the irreversible act does to the reward afterwards."""
    return {f"{shown}, act {paid}": (shown, paid) for shown in SHOWN for paid in pay(settings)}


def _rewarded(settings: Settings) -> dict[str, Table]:
    return {
        name: {
            "loss": OUTCOME,
            "world": own_world("ladder", steps=settings.rungs, pays=pay(settings)[paid]),
            **lasting(settings.climb_updates),
            **from_weights("ladder", shown),
        }
        for name, (shown, paid) in rewarded_cells(settings).items()
    }
