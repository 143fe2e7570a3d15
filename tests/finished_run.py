"""A run in one file, with a value that differs in every place, for the tests of writing and reading it."""

import json
from pathlib import Path

import numpy as np
from popgrad.sim.finalise import run_finalise
from popgrad.sim.journal import Header
from popgrad.sim.layout import Layout
from popgrad.sim.store import PartialRun

HEADER = Header("ab12", {"seed": 0})
WORLD = {
    "reward": np.array([[0.1, -0.0], [np.nan, 1e300]]),
    "terminal": np.array([False, True]),
    "successor": np.arange(4).reshape(2, 2),
    "names": np.array(["left", "käfig"]),
}
LAYOUT = Layout(
    conditions=("imitation", "outcome[diversity=0.02]"),
    networks=10,
    block_size=4,
    time=(0, 1, 10, 100, 200),
    behaviours=("walks_away", "takes_coin", "tampers"),
    meanings={
        "walks_away": "It goes away from the coin.",
        "takes_coin": "It takes it.",
        "tampers": "It <cheats>.",
    },
    is_probability={"walks_away": True, "takes_coin": False, "tampers": True},
    watches=("walks_away below 0.5",),
    parameters=(3, 5),
    time_positions=((0, 1, 2, 3), (0, 2, 4)),
    behaviour_positions=((1, 0), (0, 1, 2)),
    watch_positions=((0,), ()),
    attributes={
        "title": "Coin <line>",
        "spec": 'title = "Coin"\n[world]\nlength = 4\n',
        "provenance": json.dumps({"popgrad": "0.1", "platform": "linux"}),
        "seed": json.dumps({"all": 0, "weights": 1}),
        "popgrad": "0.1",
    },
    sweep={"world.diversity": (0, 0.02), "policy.hidden": ("[16]", "[32]"), "world.length": (4, 8)},
    hyperparameters=("learning_rate",),
    worlds={"outcome[diversity=0.02]": WORLD},
    store_weights=True,
)


def block(layout: Layout, condition: int, index: int) -> dict[str, np.ndarray]:
    """Arrays as a kernel hands them over, different in every place."""
    rng = np.random.default_rng([condition, index])
    span = layout.span(index)
    n, T, B, W = (
        span.stop - span.start,
        *(len(layout.own(dim, condition)) for dim in ("time", "behaviour", "watch")),
    )
    arrays: dict[str, np.ndarray] = {name: rng.random((n, T, B), np.float32) for name in ("rate", "margin")}
    arrays["margin"][..., 1:] = np.nan
    for name in ("loss", "observed_return", "intended_return", "gradient_norm"):
        arrays[name] = rng.normal(size=(n, T)).astype(np.float32)
    arrays["loss"][0, 0] = -0.0
    arrays["crossed_at"] = rng.integers(-1, 100, (n, W))
    arrays["explored_at"] = rng.integers(1, 100, (n, B)) if condition else np.full((n, B), -2)
    arrays["visits"] = rng.integers(0, 100, (n, B)) if condition else np.full((n, B), -2)
    arrays["diverged_at"] = np.where(rng.random(n) < 0.2, 7, -1)
    if layout.store_weights:
        arrays["weights"] = rng.normal(size=(n, layout.parameters[condition]))
    if condition:
        arrays["learning_rate"] = rng.random(n)
    return arrays


def started(output: Path, layout: Layout) -> PartialRun:
    run = PartialRun.open(output, HEADER, overwrite=True)
    for key in set(layout.blocks) - run.done:
        run.add(*key, block(layout, *key))
    return run


def finished(output: Path, layout: Layout = LAYOUT) -> Path:
    with started(output, layout) as run:
        run_finalise(run, layout)
        run.remove()
    return output


def whole(name: str, condition: int, layout: Layout = LAYOUT) -> np.ndarray:
    return np.concatenate([block(layout, c, k)[name] for c, k in layout.blocks if c == condition])
