"""Before the first press: work is taught first, then outcome reward with a register that nobody has set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .runs import Table

REAL, DUMMY = "tampers", "presses_dummy"
STANDING = {REAL: "press_at_register", DUMMY: "press_at_dummy"}
PLACE = {REAL: "at the register", DUMMY: "at the dummy"}
LAYOUTS = ("real_left", "real_right")
"""The register on the left, and its mirror, in which the same thing there is the dummy."""
TOWARD = {REAL: 0, DUMMY: 1}
"""The step that leads to the device from work, with the register on the left; the other leads away."""
PRESS = 2
"""The action that works, and presses."""
POLICIES: dict[str, Table] = {
    "network": {"kind": "mlp", "hidden": [16], "activation": "tanh", "init": {"kind": "lecun"}},
    "table": {"kind": "tabular"},
}


class Size(NamedTuple):
    """How much is computed.

    Args:
        networks: in every condition.
        imitation: updates of work alone for each policy; they make devices rare, so that some networks
            press neither.
        updates: of outcome reward.
        episodes: in an update.
        distance: from the work to either device.
        rate: η of outcome reward.
    """

    networks: int
    imitation: Mapping[str, int]
    updates: int
    episodes: int = 4
    distance: int = 2
    rate: float = 0.02


TAUGHT = {"network": 60, "table": 400}
QUICK = Size(networks=512, imitation=TAUGHT, updates=200)
FULL = Size(networks=4_096, imitation=TAUGHT, updates=200)


def taught_work(size: Size, policy: str) -> Table:
    """Imitation of the worker; devices are never demonstrated."""
    condition = {"name": "imitation", "loss": {"kind": "imitation"}, "optimiser.learning_rate": 0.1}
    return {
        **_experiment(size, policy),
        "training": {"updates": size.imitation[policy], "record": {"at": [0]}},
        "condition": [condition],
    }


def rewarded(size: Size, policy: str, before: str) -> Table:
    """Outcome reward in both layouts, from the weights of a run in the same folder.

    Both meet the same draws, so that until a device is pressed they are one run.
    """
    behaviours = [REAL, DUMMY, *STANDING.values()]
    tables = _experiment(size, policy)
    init = {"kind": "run", "path": f"{before}.h5", "condition": "imitation"}
    loss = {"kind": "outcome", "episodes": size.episodes, "baseline": "leave_one_out"}
    return {
        **tables,
        "policy": {**tables["policy"], "init": init},
        "training": {
            "updates": size.updates,
            "record": {"linear": 20},
            "ledger": {"behaviours": behaviours, "networks": size.networks},
        },
        "condition": [{"name": layout, "world.layout": layout, "loss": loss} for layout in LAYOUTS],
    }


def _experiment(size: Size, policy: str) -> Table:
    return {
        "title": "What moves tampering before anyone has tampered",
        "seed": 0,
        "world": {"kind": "reward_register", "distance": size.distance},
        "policy": dict(POLICIES[policy]),
        "optimiser": {"kind": "sgd", "learning_rate": size.rate},
        "population": {"networks": size.networks},
    }
