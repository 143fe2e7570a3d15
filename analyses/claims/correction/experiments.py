"""The claim's experiments, as `popgrad.run` takes them."""

from __future__ import annotations

from pathlib import Path

from ...theory.arms import OUTCOME, PROCESS, above, begins, experiment
from ..claim import Table
from .absorbed import absorbing
from .rows import H, Row, begun, condition, exact_rows, layer_rows, sampled_rows
from .settings import Settings
from .worlds.states import drawn

WORLD = str(Path(__file__).parent / "worlds" / "states.py")
WRONG, RIGHT = 8, 4
LAYER: Table = {"kind": "mlp", "hidden": [16], "head": "logit"}

POLICIES: dict[str, Table] = {"table": {"kind": "tabular", "head": "logit"}, "layer": LAYER}
"""Of the worlds of several states: a table shares nothing between them, a layer does."""

SQUARED = {"table": 1.0, "layer": 12.0}
"""About how long the gradient of a log-odds is, squared: rates are divided by it."""

STATE_RULES: dict[str, tuple[Table, float]] = {
    "imitation": ({"kind": "imitation"}, 3.0),
    "all actions": ({"kind": "process", "labels": "all", "states": "contexts", "estimator": "exact"}, 6.0),
    "outcome": (OUTCOME, 24.0),
    "outcome, sampled": ({"kind": "outcome", "episodes": 16, "baseline": "leave_one_out"}, 24.0),
}
"""Rule -> loss and learning rate; the rates make many but not all behaviours corrected in the time given."""


def experiments(settings: Settings) -> dict[str, Table]:
    """All of them, in order; `layers` begin with what `taught` ends with, `states` with `states_taught`."""
    one_state = {
        "exact": _exact(settings),
        "sampled": _tables(
            "sampled",
            sampled_rows(),
            settings.sampled_epsilons,
            settings.sampled_cap,
            settings.sampled_networks,
        ),
        "taught": _taught(settings),
        "layers": _layers(settings),
        "survival": _survival(settings),
        "absorbed": absorbing(settings.survivors),
    }
    return one_state | {
        "states_taught": _states_taught(settings),
        "states": _states(settings),
        "states_slow": _states_slow(settings),
        "alone": _alone(settings),
    }


def _exact(settings: Settings) -> Table:
    plain = tuple(row for row in exact_rows() if not row.adam)
    faint = [begun(row, each) for row in exact_rows() if row.adam for each in settings.faint_epsilons]
    table = _tables("exact", plain, settings.epsilons, settings.cap, 1)
    return {**table, "condition": [*table["condition"], *faint]}


def _tables(what: str, rows: tuple[Row, ...], epsilons: tuple[float, ...], cap: int, networks: int) -> Table:
    conditions = [begun(row, epsilon) for row in rows for epsilon in epsilons]
    return {
        **experiment(
            f"Correction of one behaviour in a table, {what}",
            {},
            population={"networks": networks},
            training={"updates": cap, "record": {"at": [0]}, "watch": [above(0.5)], "weights": False},
        ),
        "condition": conditions,
    }


def taught(epsilon: float) -> str:
    """The name of the condition in which networks learn the bad behaviour up to a probability."""
    return f"wrong up to {epsilon:g}"


def _taught(settings: Settings) -> Table:
    conditions = {
        taught(epsilon): {
            "training.watch": [{"behaviour": "best", "below": epsilon, "freeze": True}],
        }
        for epsilon in settings.shaped_epsilons
    }
    return experiment(
        "Networks that learn the bad behaviour",
        {name: {"loss": {**PROCESS, "labels": "all"}, **keys} for name, keys in conditions.items()},
        world={"kind": "bandit", "approval": [-1.0, 1.0]},
        policy=LAYER,
        optimiser={"kind": "sgd", "learning_rate": 0.002},
        population={"networks": settings.shaped_networks},
        training={"updates": 20_000, "record": {"at": [0]}},
    )


def _layers(settings: Settings) -> Table:
    conditions = [
        {
            "name": condition(row, epsilon),
            "policy.init": {"kind": "run", "path": "taught.h5", "condition": taught(epsilon)},
            **row.keys,
        }
        for row in layer_rows()
        for epsilon in settings.shaped_epsilons
    ]
    return {
        **experiment(
            "Correction of one behaviour in networks of one hidden layer",
            {},
            policy=LAYER,
            population={"networks": settings.shaped_networks},
            training={
                "updates": settings.shaped_cap,
                "record": {"at": [0]},
                "watch": [above(0.5)],
            },
        ),
        "condition": conditions,
    }


SURVIVAL_START = 0.1
GOOD_PAYS = 50.0


def paying(h: float) -> str:
    """The name of the condition in which the bad action pays so much that h times it is this."""
    return f"h r = {h:g}"


def _survival(settings: Settings) -> Table:
    conditions = {
        paying(h): {
            "loss": {"kind": "outcome", "episodes": 1, "baseline": "none"},
            "world.reward": [GOOD_PAYS * max(1.0, h / H), h / H],
        }
        for h in settings.pays
    }
    return experiment(
        "How long a bad behaviour that is paid for survives",
        conditions,
        policy=begins(SURVIVAL_START),
        optimiser={"kind": "sgd", "learning_rate": H / 2},
        population={"networks": settings.survivors},
        training={
            "updates": settings.survival_updates,
            "record": {"at": [0]},
            "watch": [above(0.5)],
            "weights": False,
        },
    )


def world(settings: Settings, seed: int, **options: object) -> Table:
    """The `[world]` table of one world of several states."""
    return {"kind": WORLD, "seed": seed, **_factors(settings), **options}


def _factors(settings: Settings) -> Table:
    return {
        "wrong": WRONG,
        "right": RIGHT,
        "overlap": settings.overlap,
        "gaps": settings.gaps,
        "visits": settings.visits,
        "odds": settings.odds,
    }


def of_world(settings: Settings, seed: int):
    """What was drawn of one world."""
    return drawn(seed=seed, **_factors(settings))


def taught_in(policy: str, seed: int) -> str:
    """The name of the condition in which a policy learns where to behave badly."""
    return f"{policy}, world {seed}"


def _states_taught(settings: Settings) -> Table:
    conditions = {
        taught_in(policy, seed): {
            "loss": {"kind": "imitation"},
            "policy": keys,
            "world": world(settings, seed, stage="teach"),
        }
        for policy, keys in POLICIES.items()
        for seed in settings.seeds
    }
    return experiment(
        "Networks that learn where to behave badly",
        conditions,
        world=world(settings, settings.seeds[0], stage="teach"),
        policy=LAYER,
        optimiser={"kind": "adam", "learning_rate": 0.02},
        population={"networks": settings.networks},
        training={"updates": 1500, "record": {"at": [0]}},
    )


def trained(rule: str, policy: str, seed: int) -> str:
    """The name of a condition of `states` and of `alone`."""
    return f"{rule}, {policy}, world {seed}"


def _states(settings: Settings) -> Table:
    """All states are trained together."""
    conditions = {
        trained(rule, policy, seed): _from_world(rule, policy, seed) | {"world": world(settings, seed)}
        for rule in STATE_RULES
        for policy in POLICIES
        for seed in settings.seeds
    }
    return _several("Correction of several behaviours at once", conditions, settings, _watched())


SLOWER = 4
"""By what learning rates are divided, and updates multiplied, to see whether long steps are the cause."""


def _states_slow(settings: Settings) -> Table:
    """All states are trained together in a layer, by shorter steps and more of them."""
    conditions = {
        trained(rule, "layer", seed): _from_world(rule, "layer", seed, 1 / SLOWER)
        | {"world": world(settings, seed)}
        for rule in STATE_RULES
        for seed in settings.seeds
    }
    title = "Correction of several behaviours at once, by shorter steps"
    return _several(title, conditions, settings, _watched(), settings.updates * SLOWER)


def _watched() -> list[Table]:
    watched = [above(0.5, f"state_{s}", freeze=False) for s in range(WRONG)]
    return watched + [{"behaviour": f"state_{s}", "below": 0.5} for s in range(WRONG, WRONG + RIGHT)]


def _alone(settings: Settings) -> Table:
    """Only the first state is met, and updates are as much shorter as it is rarer among the others."""
    conditions = {
        trained(rule, "layer", seed): _from_world(
            rule, "layer", seed, float(of_world(settings, seed).visits[0])
        )
        | {"world": world(settings, seed, only=0)}
        for rule in STATE_RULES
        for seed in settings.seeds
    }
    return _several(
        "Correction of one behaviour beside others", conditions, settings, [above(0.5, "state_0")]
    )


def _from_world(rule: str, policy: str, seed: int, slower: float = 1.0) -> Table:
    loss, rate = STATE_RULES[rule]
    begin: Table = {"kind": "run", "path": "states_taught.h5", "condition": taught_in(policy, seed)}
    return {
        "loss": loss,
        "policy": {**POLICIES[policy], "init": begin},
        "optimiser.learning_rate": slower * rate / SQUARED[policy],
    }


def _several(
    title: str,
    conditions: dict[str, Table],
    settings: Settings,
    watched: list[Table],
    updates: int | None = None,
) -> Table:
    return experiment(
        title,
        conditions,
        world=world(settings, settings.seeds[0]),
        policy=LAYER,
        population={"networks": settings.networks},
        training={
            "updates": updates or settings.updates,
            "record": {"at": [0]},
            "watch": watched,
            "weights": False,
        },
    )
