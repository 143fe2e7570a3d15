"""What a comparison was asked for, checked as a whole before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from ..sim.cells import Faults, cells
from ..sim.errors import Fault, InvalidInput, PopgradError, nearest
from ..sim.spec import read_seed

if TYPE_CHECKING:
    from ..sim.runfile import Run


class Request(NamedTuple):
    """Names that the run has, and the time of each condition."""

    behaviour: str
    conditions: tuple[str, str]
    at: tuple[int, int]
    seed: int | dict[str, int]


def checked(
    run: Run,
    behaviour: str | None,
    between: tuple[str, str] | None,
    at: int | None,
    confidence: float,
    rope: tuple[float, float] | None,
    watch: str | None,
    clusters: str | None,
) -> Request:
    """The request with what was left out filled in.

    Raises:
        InvalidInput: every fault of it.
        PopgradError: the run records no behaviour.
    """
    if not run.behaviours:
        raise PopgradError(f"{run.path}: the run records no behaviour, so there is nothing to compare")
    behaviour = run.behaviours[0] if behaviour is None else behaviour
    pair, faults = _pair(run, between)
    faults += _unknown("behaviour", behaviour, run.behaviours)
    if watch is not None:
        faults += _unknown("watch", watch, run.watches)
    if clusters is not None:
        faults += _unknown("clusters", clusters, run.hyperparameters)
    if not 0.5 <= confidence <= 0.99999:
        faults.append(Fault("confidence", f"{confidence:.15g}", "a number from 0.5 to 0.99999, such as 0.95"))
    if rope is not None and not -inf < rope[0] < rope[1] < inf:
        given = f"{rope[0]:g} and {rope[1]:g}"
        faults.append(Fault("rope", given, "two finite numbers, the lower end first"))
    if not faults:
        faults = [fault for name in pair for fault in _of_condition(run, name, behaviour, watch)]
        faults += _different_seeds(run, pair) + _times(run, pair, at)
    if faults:
        raise InvalidInput(str(run.path), faults)
    ends = (int(run.own_times(pair[0])[-1]), int(run.own_times(pair[1])[-1]))
    return Request(behaviour, pair, ends if at is None else (at, at), _seeds(run)[pair[0]])


def _pair(run: Run, between: tuple[str, str] | None) -> tuple[tuple[str, str], list[Fault]]:
    if len(run.conditions) < 2:
        only = ", ".join(run.conditions)
        return ("", ""), [Fault("between", f"a run of one condition, {only}", "one of two at least")]
    if between is None and len(run.conditions) == 2:
        between = run.conditions[0], run.conditions[1]
    if between is None:
        return ("", ""), [Fault("between", "nothing", f"two of {', '.join(run.conditions)}")]
    faults = [fault for name in between for fault in _unknown("between", name, run.conditions)]
    if not faults and between[0] == between[1]:
        faults = [Fault("between", f"{between[0]!r} twice", "two different conditions")]
    return between, faults


def _unknown(what: str, name: str, valid: Sequence[str]) -> list[Fault]:
    if name in valid:
        return []
    expected = f"one of {', '.join(valid)}" if valid else "none: this run has nothing of the kind"
    return [Fault(what, repr(name), expected, nearest(name, valid))]


def _of_condition(run: Run, condition: str, behaviour: str, watch: str | None) -> list[Fault]:
    """Under a sweep, conditions may differ in the behaviours and watches they have."""
    found = []
    if behaviour not in run.own_behaviours(condition):
        expected = f"one that {condition} records: {', '.join(run.own_behaviours(condition)) or 'none'}"
        found.append(Fault("behaviour", repr(behaviour), expected))
    if watch is not None and watch not in run.own_watches(condition):
        expected = f"one that {condition} has: {', '.join(run.own_watches(condition)) or 'none'}"
        found.append(Fault("watch", repr(watch), expected))
    return found


def _times(run: Run, pair: tuple[str, str], at: int | None) -> list[Fault]:
    if at is None:
        return []
    common = sorted(set(map(int, run.own_times(pair[0]))) & set(map(int, run.own_times(pair[1]))))
    if at in common:
        return []
    near = sorted(sorted(common, key=lambda time: abs(time - at))[:3])
    words = f"a recorded time of both; the nearest are {', '.join(map(str, near))}"
    return [Fault("at", str(at), words)]


def _seeds(run: Run) -> dict[str, int | dict[str, int]]:
    """The seed of each condition, as the experiment gives it."""
    return {cell.name: cell.tables.get("seed", 0) for cell in cells(run.spec, Faults())}


def _different_seeds(run: Run, pair: tuple[str, str]) -> list[Fault]:
    """Networks of one number have something in common under the same seed alone."""
    seeds = _seeds(run)
    if read_seed(seeds[pair[0]]) == read_seed(seeds[pair[1]]):
        return []
    expected = "conditions of one seed; for others there are unpaired_mean and share_difference in Python"
    return [Fault("between", f"{pair[0]} and {pair[1]}, whose seeds differ", expected)]
