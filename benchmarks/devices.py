"""Three ways to train one population, checked to agree and then timed in turns.

They are popgrad's vector code on the processor, popgrad's JAX backend on a device, and the same work as
people write it, in plain JAX under vmap, on the same device.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from ..sim.provenance import provenance
from .cases import Case
from .child import Child, Where
from .jax_problems import Outcome
from .parity import Finals, compared
from .report import engineering
from .timing import Size, Spread, jax_side, popgrad_side

NETWORKS = (10_000, 100_000, 1_000_000)
LAYOUTS = ("product", "sums")


def backend_side(*arguments: Any) -> Any:
    """Build the JAX backend's side, whose imports are the child's alone."""
    from .backend_side import BackendSide

    return BackendSide(*arguments)


@dataclass(frozen=True)
class DeviceTiming:
    """One case at one size.

    Args:
        case, size: what was done.
        device: what JAX ran on.
        rates: network updates per second of each side, by name.
        compile_seconds: of each side.
        cost: of one update of all networks on the backend, as XLA counts it, by layout.
        ceilings: flops and bytes per second that the device does at best.
    """

    case: Case
    size: Size
    device: str
    rates: dict[str, Spread]
    compile_seconds: dict[str, float]
    cost: dict[str, dict[str, float]]
    ceilings: dict[str, float]

    def share(self, layout: str) -> dict[str, float]:
        """The share of each ceiling that a layout reaches: rate times cost of one network's update."""
        rate = self.rates[f"backend, {layout}"].median / self.size.networks
        return {name: rate * self.cost[layout][name] / top for name, top in self.ceilings.items()}


def timed_on(
    case: Case, size: Size, kind: str, layouts: tuple[str, ...], tell: Callable[[str], None]
) -> DeviceTiming:
    """Time a case on a kind of device.

    Raises:
        PopgradError: two sides disagree; then nothing is timed.
    """
    where = Where(size.threads)
    with ExitStack() as stack:
        sides = {
            "vectors": stack.enter_context(Child(where, popgrad_side, case, size.networks, size.threads))
        }
        for layout in layouts:
            child = Child(where, backend_side, case, size.networks, kind, layout)
            sides[f"backend, {layout}"] = stack.enter_context(child)
        initial = sides["vectors"]("initial")
        sides["vmap"] = stack.enter_context(Child(where, jax_side, case.peer, initial, kind))
        compiled = {}
        for name, side in sides.items():
            tell(f"compiling {name}")
            compiled[name] = side("compile", size.updates)
        check(case, size, sides, initial, tell)
        seconds: dict[str, list[float]] = {name: [] for name in sides}
        for repeat in range(size.repeats + 1):  # the first turn warms up
            for name, side in sides.items():
                tell(f"turn {repeat} of {size.repeats}: {name}")
                seconds[name].append(side("run", size.updates))
        work = size.networks * size.updates
        backends = {layout: sides[f"backend, {layout}"] for layout in layouts}
        first = backends[layouts[0]]
        return DeviceTiming(
            case,
            size,
            first("device"),
            {name: Spread.of([work / each for each in taken[1:]]) for name, taken in seconds.items()},
            compiled,
            {layout: side("cost") for layout, side in backends.items()},
            first("ceilings"),
        )


def check(case: Case, size: Size, sides: dict[str, Child], initial: Any, tell: Callable[[str], None]) -> None:
    """Compare every side with plain JAX, after as many updates as rounding allows."""
    updates = min(size.updates, case.updates)
    for name, side in sides.items():
        tell(f"checking {name}")
        side("run", updates)
    redrawn = sides["vectors"]("redrawn", updates) if isinstance(case.peer, Outcome) else None
    ours = sides["vectors"]("weights")
    compared(case, updates, Finals(initial, ours, sides["vmap"]("weights"), redrawn))
    for name, side in sides.items():
        if name.startswith("backend"):
            compared(case, updates, Finals(initial, side("weights"), sides["vmap"]("weights"), redrawn))


def device_table(timings: list[DeviceTiming]) -> Table:
    """One row for each case, size and side: medians, ratios to two of them, shares of ceilings."""
    shown = Table(box=None, pad_edge=False)
    for heading in ("case", "side"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("networks", "updates/s", "/ vmap", "/ vectors", "flops", "bytes"):
        shown.add_column(heading, no_wrap=True, justify="right")
    for timing in timings:
        for name, rate in timing.rates.items():
            ratios = (f"{rate.median / timing.rates[other].median:.3g}" for other in ("vmap", "vectors"))
            layout = name.partition(", ")[2]
            known = timing.cost.get(layout)
            share = timing.share(layout) if known else {}
            shown.add_row(
                timing.case.name,
                name,
                engineering(timing.size.networks),
                engineering(rate.median),
                *ratios,
                *(f"{share[ceiling]:.1%}" if share else "" for ceiling in ("flops", "bytes")),
            )
    return shown


def device_json(timings: list[DeviceTiming]) -> dict[str, Any]:
    """Everything that was measured, with versions and platform."""
    rows = []
    for timing in timings:
        row = asdict(timing)
        row["case"] = timing.case.name
        row["share"] = {layout: timing.share(layout) for layout in timing.cost}
        rows.append(row)
    return {"provenance": provenance(), "cases": rows}
