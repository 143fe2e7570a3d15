"""popgrad: an SGD dynamics simulator.

Trains populations of tiny policy networks under different loss specifications and records how behaviours
are reinforced or corrected over training time.

    >>> import popgrad
    >>> experiment = popgrad.read_experiment("examples/coin_line.toml")  # doctest: +SKIP
    >>> run = popgrad.run("examples/coin_line.toml")  # doctest: +SKIP
    >>> run.rate("walks_away", "imitation").mean(axis=0)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .sim import plugin
    from .sim.behaviour import Behaviour
    from .sim.errors import Fault, InvalidInput, PopgradError
    from .sim.runfile import Run, open_run
    from .sim.simulate import run
    from .sim.spec import read_experiment
    from .sim.world import World

_HOMES = {
    "Behaviour": ".sim.behaviour",
    "Fault": ".sim.errors",
    "InvalidInput": ".sim.errors",
    "PopgradError": ".sim.errors",
    "Run": ".sim.runfile",
    "World": ".sim.world",
    "open_run": ".sim.runfile",
    "read_experiment": ".sim.spec",
    "run": ".sim.simulate",
}

__all__ = [
    "Behaviour",
    "Fault",
    "InvalidInput",
    "PopgradError",
    "Run",
    "World",
    "__version__",
    "open_run",
    "plugin",
    "read_experiment",
    "run",
]


def __getattr__(name: str) -> Any:
    """Load what is asked for: the command line's --help needs none of it."""
    if name == "plugin":
        return import_module(".sim.plugin", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
