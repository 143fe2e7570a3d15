"""Timings as a table to read and as JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from rich.table import Table

from ..sim.provenance import provenance
from .jax_problems import Imitation
from .timing import SideTiming, Spread, Timing


def table(timings: list[Timing]) -> Table:
    """One row for each case."""
    shown = Table(box=None, pad_edge=False)
    shown.add_column("case", no_wrap=True)
    for heading in ("popgrad, updates/s", "JAX, updates/s", "ratio", "compile, s", "memory, MB"):
        shown.add_column(heading, justify="right")
    for timing in timings:
        sides = (timing.popgrad, timing.jax)
        shown.add_row(
            timing.case.name,
            *(_spread(timing.rates(side), engineering) for side in sides),
            _spread(timing.ratio, "{:.3g}".format),
            " / ".join(f"{side.compile_seconds:.1f}" for side in sides),
            " / ".join(_megabytes(side.peak_memory) for side in sides),
        )
    return shown


def notes(timings: list[Timing]) -> str:
    """What the table's numbers are, and what was found about each case before it was timed."""
    size = timings[0].size
    lines = [
        f"Network updates per second of {size.networks:,} networks on {size.threads} threads: median (least"
        f" to most) of {size.repeats} turns; ratio: of the turns' pairs.",
        f"compile, memory: popgrad / JAX, which runs on {timings[0].jax_device}. popgrad's time includes"
        " drawing initial weights and measuring twice, JAX's is the training alone.",
    ]
    if any(timing.kernels_from_disk for timing in timings):
        lines.append("popgrad's kernels were on disk from an earlier run; --cold compiles them anew.")
    for timing in timings:
        updates = f"{timing.size.updates:,} updates"
        lines.append(f"{timing.case.name}: {timing.case.meaning}. {updates}; {_checked(timing)}.")
    return "\n".join(lines)


def _checked(timing: Timing) -> str:
    found = timing.parity
    if isinstance(timing.case.peer, Imitation):
        where = f" ({found.beyond} of {found.networks:,} networks beyond {found.tolerance:g})" * (
            found.beyond > 0
        )
        return f"weights agree to {found.difference:.1g} after {found.updates} updates{where}"
    return f"means agree to {found.difference:.1f} standard errors after {found.updates} updates"


def engineering(value: float) -> str:
    """Three digits with k or M: 3.14 M."""
    for unit, name in ((1e6, " M"), (1e3, " k")):
        if value >= 0.9995 * unit:
            return f"{value / unit:.3g}{name}"
    return f"{value:.3g}"


def _spread(spread: Spread, shown: Any) -> str:
    return f"{shown(spread.median)} ({shown(spread.least)} to {shown(spread.most)})"


def _megabytes(memory: int | None) -> str:
    return "-" if memory is None else f"{memory / 1e6:.0f}"


def as_json(timings: list[Timing]) -> dict[str, Any]:
    """Everything that was measured, with versions and platform."""
    return {
        "provenance": {
            **provenance(),
            **{name: version(name) for name in ("jax", "jaxlib", "optax")},
            "jax_device": timings[0].jax_device,
        },
        "cases": [_case(timing) for timing in timings],
    }


def _case(timing: Timing) -> dict[str, Any]:
    return {
        "name": timing.case.name,
        "meaning": timing.case.meaning,
        **asdict(timing.size),
        "parity": {**asdict(timing.parity), "measure": timing.parity.measure.rstrip(",")},
        "popgrad": {**_side(timing, timing.popgrad), "kernels_from_disk": timing.kernels_from_disk},
        "jax": _side(timing, timing.jax),
        "ratio": asdict(timing.ratio),
    }


def _side(timing: Timing, side: SideTiming) -> dict[str, Any]:
    return {
        "seconds": side.seconds,
        "network_updates_per_second": asdict(timing.rates(side)),
        "compile_seconds": side.compile_seconds,
        "peak_memory_bytes": side.peak_memory,
    }
