"""The experiments, by the part of the claim that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ..claim import Table
from .settings import Band, Settings

CLONING: Table = {"kind": "imitation"}
OUTCOME: Table = {"kind": "outcome", "estimator": "exact"}
LOSSES = {"cloning": CLONING, "outcome": OUTCOME}
LENGTH = 4
AXES = {
    "length": "world.length",
    "encoding": "world.encoding",
    "diversity": "world.diversity",
    "width": "policy.hidden",
    "std": "policy.init",
    "rate": "optimiser.learning_rate",
}
"""What an experiment calls them."""
WATCH = {"behaviour": "walks_away", "below": 0.5, "freeze": True}
TRAINED_STATES = str(Path(__file__).parent / "worlds" / "trained_states.py")


def experiments(settings: Settings) -> dict[str, Table]:
    """All of them; see the functions that name their conditions for what varies."""
    found = {matched_run(band): _matched(settings, band) for band in settings.matched.bands}
    found["stopping"] = _stopping(settings)
    found["lasting"] = _lasting(settings)
    found["linear"] = _linear(settings)
    found["flips"] = _flips(settings)
    for block in settings.atlas.blocks:
        found[f"atlas_{block.length}"] = _atlas(settings, block.length)
    found["grid"] = _grid(settings)
    found["enough"] = _enough(settings)
    found["scan"] = _scan(settings)
    found["near"] = _near(settings)
    return found


def matched_run(band: Band) -> str:
    """The run of a band: `matched_1_0.1`, `matched_outcome_8_1_0.1`."""
    more = [band.trained] * (band.trained != "cloning") + [str(band.width)] * (band.width > 0)
    return "_".join(("matched", *more, f"{band.std:g}", f"{band.diversity:g}"))


def cell(**varied: object) -> str:
    """The name of a condition: `cloning, width 4, diversity 0.1`."""
    return ", ".join(
        str(value) if key in ("loss", "method", "encoding") else f"{key} {value}"
        for key, value in varied.items()
    )


def _base(settings: Settings, title: str, conditions: Iterable[Table], **sections: Table) -> Table:
    base = {
        "title": title,
        "world": {"kind": "coin_line", "length": LENGTH},
        "policy": {
            "kind": "mlp",
            "hidden": [settings.width],
            "activation": "relu",
            "bias": False,
            "head": "logit",
            "init": _init(settings.std),
        },
        "optimiser": {"kind": "sgd", "learning_rate": settings.rate},
    }
    return {**base, **sections, "condition": list(conditions)}


def _init(std: float) -> Table:
    return {"kind": "normal", "std": std}


def _condition(name: str, loss: Table, keys: Mapping[str, Any]) -> Table:
    return {"name": name, "loss": loss, **keys}


def _keys(**axes: Any) -> Table:
    """A cell's axes, as an experiment has them."""
    written = {
        axis: [value] if axis == "width" else _init(value) if axis == "std" else value
        for axis, value in axes.items()
    }
    return {AXES[axis]: value for axis, value in written.items()}


def _cloned(**axes: Any) -> Table:
    return _condition(cell(**axes), CLONING, _keys(**axes))


def _trained(loss: str, **axes: Any) -> Table:
    return _condition(cell(loss=loss, **axes), LOSSES[loss], _keys(**axes))


def _training(updates: int, at: Iterable[int] = (), **more: Any) -> Table:
    return {"updates": updates, "record": {"at": sorted({0, *at, updates})}, "weights": False, **more}


def _moments(updates: int, each: int, log: int) -> list[int]:
    """All updates to `each`, and `log` of them to the end."""
    later = np.geomspace(each, updates, log).round().astype(int).tolist()
    return sorted({*range(min(each, updates) + 1), *later})


def _matched(settings: Settings, band: Band) -> Table:
    bands = {
        "loss": {"above": band.loss[0], "below": band.loss[1]},
        "margin": {"above": band.margin[0], "below": band.margin[1]},
    }

    def selected(name: str, method: str, *keys: str) -> Table:
        select = {**{key: bands[key] for key in keys}, "attempts": settings.matched.attempts}
        return _condition(name, CLONING, {"training.method": method, "training.select": select})

    first = (
        [
            _condition(f"descent {t}", LOSSES[band.trained], {"training.updates": t})
            for t in settings.matched.updates
        ]
        if settings.matched.arm == "descent"
        else [
            selected("splitting", "multilevel_splitting", "loss", "margin"),
            selected("splitting by loss", "multilevel_splitting", "loss"),
        ]
    )
    guesses = [
        selected("guess", "guess_and_check", "loss", "margin"),
        selected("guess by loss", "guess_and_check", "loss"),
    ]
    keys = _keys(std=band.std, width=band.width or settings.width, rate=band.rate or settings.rate)
    return _base(
        settings,
        f"Descent and selection at matched loss and margin, {band.cell}",
        [{**each, **keys} for each in (*first, *guesses)],
        world={"kind": "coin_line", "length": LENGTH, "diversity": band.diversity},
        population={"networks": band.networks},
        training={"updates": settings.matched.updates[0], "record": {"at": [0]}},
    )


def _stopping(settings: Settings) -> Table:
    part = settings.stopping
    conditions = [_cloned(diversity=e) for e in part.diversities]
    return _base(
        settings,
        "When training stops",
        conditions,
        world={"kind": TRAINED_STATES, "length": LENGTH},
        population={"networks": part.networks},
        training=_training(part.updates, _moments(part.updates, 40, 50)),
    )


def _lasting(settings: Settings) -> Table:
    part = settings.lasting
    conditions = [
        _trained(loss, width=m, diversity=e) for loss, m, e in product(LOSSES, part.widths, part.diversities)
    ]
    at = [t for t in (1024, *_moments(part.updates, 5, 60)) if t <= part.updates]
    return _base(
        settings,
        "Cloning and outcome training, for long",
        conditions,
        world={"kind": TRAINED_STATES, "length": LENGTH},
        population={"networks": part.networks},
        training=_training(part.updates, at),
    )


def _linear(settings: Settings) -> Table:
    part = settings.flips
    return _base(
        settings,
        "Flips of the linear policy",
        [_cloned(diversity=e) for e in part.linear_diversities],
        policy={"kind": "linear", "head": "logit", "init": {"kind": "zeros"}},
        population={"networks": 1},
        training=_training(part.linear_updates, watch=[WATCH]),
    )


def _flips(settings: Settings) -> Table:
    part = settings.flips
    conditions = [_cloned(width=m, diversity=e) for m, e in product(part.widths, part.diversities)]
    return _base(
        settings,
        "When networks turn to the coin",
        conditions,
        population={"networks": part.networks},
        training={**_training(part.updates, watch=[WATCH]), "weights": True},
    )


def _atlas(settings: Settings, length: int) -> Table:
    part = settings.atlas
    conditions = [
        _trained(loss, width=m, std=std, rate=rate, diversity=e)
        for block in part.blocks
        if block.length == length
        for loss, m, std, rate, e in product(LOSSES, block.widths, block.stds, block.rates, block.diversities)
    ]
    return _base(
        settings,
        f"Atlas, length {length}",
        conditions,
        world={"kind": TRAINED_STATES, "length": length},
        population={"networks": part.networks},
        training={"updates": part.updates, "record": {"at": [part.updates]}, "weights": False},
    )


def _grid(settings: Settings) -> Table:
    part = settings.grid
    conditions = []
    for encoding, m, e in product(part.encodings, part.widths, part.diversities):
        varied = {"encoding": encoding, "width": m, "diversity": e}
        for loss, rate in product(LOSSES, part.rates):
            name = cell(method=loss, **varied, rate=rate)
            conditions.append(_condition(name, LOSSES[loss], _keys(**varied, rate=rate)))
        select = {"loss": {"below": part.loss}, "attempts": part.attempts}
        keys = {**_keys(**varied), "training.method": "guess_and_check", "training.select": select}
        conditions.append(_condition(cell(method="selection", **varied), CLONING, keys))
    return _base(
        settings,
        "Phase diagram",
        conditions,
        population={"networks": part.networks},
        training=_training(part.updates),
    )


def _enough(settings: Settings) -> Table:
    part = settings.enough
    axes = product(part.lengths, part.widths, part.diversities)
    conditions = [_cloned(length=length, width=m, diversity=e) for length, m, e in axes]
    return _base(
        settings,
        "How much diversity is enough",
        conditions,
        world={"kind": TRAINED_STATES, "length": LENGTH},
        population={"networks": part.networks},
        training=_training(max(part.times), part.times),
    )


def _scan(settings: Settings) -> Table:
    part = settings.lovers
    axes = (part.scan_lengths, part.scan_widths, part.scan_stds, part.scan_rates)
    conditions = [
        _cloned(length=length, width=m, std=std, rate=rate) for length, m, std, rate in product(*axes)
    ]
    return _base(
        settings,
        "Networks that clone without diversity",
        conditions,
        population={"networks": part.scan_networks},
        training=_training(part.scan_updates),
    )


def _near(settings: Settings) -> Table:
    part = settings.lovers
    tens = [10**k for k in range(1, 6) if 10**k < part.near_updates]
    conditions = [
        _condition(each.name, CLONING, _keys(**each.model_dump(include={"length", "width", "std", "rate"})))
        for each in part.near
    ]
    return _base(
        settings,
        "Networks that come nearest to loving the coin",
        conditions,
        population={"networks": part.near_networks},
        training=_training(part.near_updates, tens),
    )
