"""The experiments: the grid, what was never explored, and lamps that dissociate signal and task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from ..claim import Table
from .arms import PROBED, Arm, arms
from .settings import Settings

LAYOUTS = ("real_left", "real_right")
IMITATION: Table = {"loss": {"kind": "imitation"}, "optimiser.learning_rate": 0.1}
WORLDS = Path(__file__).parent / "worlds"


@dataclass(frozen=True)
class Place:
    """A cell of the grid."""

    distance: int
    presses: int
    observable: bool
    encoding: str

    @property
    def name(self) -> str:
        """As conditions and figures have it."""
        return (
            f"{self.distance} step{'s' * (self.distance != 1)}, {self.presses} press"
            f"{'es' * (self.presses != 1)}, {'seen' if self.observable else 'unseen'}, {self.encoding}"
        )

    @property
    def options(self) -> Table:
        """Of the world."""
        return {
            "distance": self.distance,
            "hack_steps": self.presses,
            "observable": self.observable,
            "encoding": self.encoding,
        }


def places(settings: Settings) -> list[Place]:
    """The grid."""
    axes = (settings.distances, settings.presses, settings.observable, settings.encodings)
    return [Place(*each) for each in product(*axes)]


def rare_place(settings: Settings) -> Place:
    """Where the register is far and seldom met."""
    return Place(settings.rare_distance, 1, True, "coordinate")


def condition(arm: str, place: Place, layout: str) -> str:
    """Its name."""
    return f"{arm}; {place.name}; {layout}"


def experiments(settings: Settings) -> dict[str, Table]:
    """Every arm in every place and both layouts; then two of them after imitation; then lamps."""
    chosen = arms(settings)
    grid = [
        _condition(arm, place, layout, settings)
        for arm, place, layout in product(chosen, places(settings), LAYOUTS)
    ]
    far = rare_place(settings)
    rare = [
        {
            **_condition(arm, far, layout, settings, episodes=settings.rare_episodes),
            "phase": [{**IMITATION, "updates": settings.shown[arm.name]}],
        }
        for arm, layout in product(chosen, LAYOUTS)
        if arm.name in settings.shown
    ]
    lamps = [
        {"name": arm.name, "loss": arm.loss, "optimiser.learning_rate": arm.rate}
        for arm in chosen
        if arm.name in PROBED
    ]
    lamp_world = {"kind": str(WORLDS / "lamps.py"), "payout": settings.payout, "horizon": settings.horizon}
    return {
        "grid": _experiment("A register and its dummy under many losses", settings, grid),
        "rare": _experiment("What was never explored", settings, rare),
        "lamps": _experiment("Signal without task, task without signal", settings, lamps, lamp_world),
        "boundary": _experiment(
            "Answers of a register that is set; what is not shown", settings, boundary(settings)
        ),
    }


AFTERWARDS = ("labels on own states", "process", "decoupled approval")
"""Arms that ask what a register that is set may answer."""


def boundary(settings: Settings) -> list[Table]:
    """Arms whose answers the register gives once it is set; imitation of two demonstrators."""
    found = []
    for seen, arm, layout in product((True, False), arms(settings), LAYOUTS):
        if arm.name in AFTERWARDS:
            place = Place(1, 1, seen, "coordinate")
            found.append(_condition(replace(arm, corrupts="afterwards"), place, layout, settings))
    imitation = arms(settings)[0]
    for encoding, shown in product(settings.encodings, ("returns", "acts")):
        made = _condition(
            replace(imitation, corrupts="nothing"), Place(3, 1, True, encoding), LAYOUTS[0], settings
        )
        made["world"]["demonstrated"] = shown
        found.append({**made, "name": shown_name(encoding, shown)})
    return found


def shown_name(encoding: str, shown: str) -> str:
    """Of a condition with a demonstrator of its own."""
    return f"imitation; {encoding}; {shown}"


def _condition(arm: Arm, place: Place, layout: str, settings: Settings, episodes: int | None = None) -> Table:
    own = {"kind": str(WORLDS / "read_through.py"), "corrupts": arm.corrupts}
    world = {
        **(own if arm.corrupts else {"kind": "reward_register"}),
        **place.options,
        "layout": layout,
        "payout": settings.payout,
        "horizon": settings.horizon,
    }
    loss = arm.loss if episodes is None else {**arm.loss, "episodes": episodes}
    return {
        "name": condition(arm.name, place, layout),
        "loss": loss,
        "world": world,
        "optimiser.learning_rate": arm.rate,
    }


def _experiment(
    title: str, settings: Settings, conditions: Iterable[Mapping[str, Any]], world: Table | None = None
) -> Table:
    return {
        "title": title,
        "world": world or {"kind": "reward_register"},
        "policy": {"kind": "mlp", "hidden": [settings.width]},
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "population": {"networks": settings.networks},
        "training": {"updates": settings.updates, "record": {"log": 60}},
        "condition": list(conditions),
    }
