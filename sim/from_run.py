"""`policy.init` of kind `run`: the run is found, and checked to be one that these policies can go on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import losses, worlds
from .custom_world import of_arrays
from .errors import Fault, InvalidInput, PopgradError, nearest
from .inherited import Inherited, digest, stamp_of
from .inits import FromRun
from .loss import Loss, Targets
from .plugin.bound import Bound
from .policies import POLICIES
from .policy import Policy
from .registry import functions_in, make
from .runfile import Run, open_run
from .seen import seen_by
from .world import World

COMPARED = ("hidden", "activation", "bias", "head", "parameterisation", "memory")
"""What two policies of one kind have in common if the weights of one mean the same in the other."""


@dataclass(frozen=True, eq=False)
class Continued:
    """Who begins from a run: a policy of some kind that aims at returns, or at none, in a world."""

    kind: str
    policy: Policy
    targets: Targets | None
    world: World

    @property
    def parameters(self) -> int:
        """P, the policy's alone; one that is told a return or remembers sees more than the world shows."""
        return self.policy.network(seen_by(self.policy, self.targets, self.world)).parameters


def source(init: FromRun, folder: Path) -> Run:
    """The run that an init names, opened.

    Args:
        init: the `policy.init` table.
        folder: what `init.path` is relative to.

    Raises:
        InvalidInput: no such file or no finished run.
    """
    try:
        return open_run(folder / init.path)
    except PopgradError as error:
        raise _fault("path", repr(init.path), f"a finished run to begin from. {error}") from error


def inherited(init: FromRun, own: Continued, run: Run, networks: int) -> Inherited:
    """The weights that an init names, once everything about them is found in order.

    Args:
        init: the `policy.init` table.
        own: who is to begin with them.
        run: that it names.
        networks: N, how many begin.

    Raises:
        InvalidInput: no such condition, no weights in it, another architecture, or too few networks.
    """
    path, name = run.path, _condition(run, init)
    row = run.conditions.index(name)
    if not run.parameters(name):
        given = f'"{name}" of {path}, a condition without weights'
        raise _fault("path", given, "one with training.weights = true, the default: run it again with them")
    faults = _mismatches(own, _stored(run, name), f'as in "{name}" of {path}, whose weights are taken')
    found = len(run.networks)
    if found < networks:
        given = f"a run of {found:,} networks"
        faults.append(Fault("policy.init.path", given, f"at least {networks:,}, the population's"))
    if faults:
        raise InvalidInput("policy", faults)
    try:
        stamp = stamp_of(path)
        sha256 = digest(path, row, networks, own.parameters)
    except OSError as error:
        raise _fault("path", repr(init.path), f"a run whose weights can be read ({error})") from error
    return Inherited(path.resolve(), row, found, own.parameters, sha256, stamp)


def _fault(key: str, given: str, expected: str, close: str | None = None) -> InvalidInput:
    return InvalidInput("policy", [Fault(f"policy.init.{key}", given, expected, close)])


def _condition(run: Run, init: FromRun) -> str:
    names = ", ".join(run.conditions)
    if init.condition is None:
        only, *others = run.conditions
        if others:
            raise _fault("condition", "nothing", f"one of {names}, for the run has several")
        return only
    if init.condition not in run.conditions:
        close = nearest(init.condition, run.conditions)
        raise _fault("condition", repr(init.condition), f"one of {names}", close)
    return init.condition


def _stored(run: Run, name: str) -> Continued:
    try:
        return stored(run, name)
    except InvalidInput as error:
        raise _fault("path", repr(str(run.path)), error.faults[0].expected) from error


def stored(run: Run, name: str) -> Continued:
    """Whose weights a run holds under a condition, by its own account. Plug-ins are named, and not run.

    Raises:
        InvalidInput: an experiment that another version wrote and this one does not understand.
    """
    try:
        tables = run.tables[name]
        arrays, loss = run.world(name), loss_of(run, tables["loss"])
        return Continued(
            tables["policy"]["kind"],
            _policy(run, tables["policy"]),
            loss.targets if loss else None,
            of_arrays(arrays) if arrays else make(functions_in(worlds), tables["world"], "world"),
        )
    except (InvalidInput, KeyError) as error:
        expected = f"a run whose experiment this version understands ({error})"
        raise InvalidInput(str(run.path), [Fault("spec", repr(name), expected)]) from error


def _policy(run: Run, table: Mapping[str, Any]) -> Policy:
    head = _of_plugin(run, "head", table.get("head"))
    if head is None:
        return make(POLICIES, table, "policy")
    return replace(make(POLICIES, {**table, "head": "softmax"}, "policy"), head=head)


def loss_of(run: Run, table: Mapping[str, Any]) -> Loss | None:
    """The loss of a table; None where it, or its rule, is a plug-in's: such a one acts on its logits."""
    if _of_plugin(run, "loss", table) or _of_plugin(run, "rule", table.get("rule")):
        return None
    return make(functions_in(losses), table, "loss")


def _of_plugin(run: Run, role: str, given: Any) -> Bound | None:
    """What the run's plug-ins define under a name, or under a table's `kind`; None if nothing."""
    name = given.get("kind") if isinstance(given, Mapping) else given
    for file, entry in run.plugins.items():
        if isinstance(name, str) and name in entry["defines"].get(role, ()):
            named = given if isinstance(given, Mapping) else {}
            options = tuple((key, value) for key, value in named.items() if key != "kind")
            return Bound(role, name, file, entry["sha256"], None, options)
    return None


def _mismatches(own: Continued, stored: Continued, whose: str) -> list[Fault]:
    """Where two policies differ such that the weights of one are not weights of the other."""
    if own.kind != stored.kind:
        return [Fault("policy.kind", f'"{own.kind}"', f'"{stored.kind}", {whose}')]
    ours, theirs = (_described(each.policy) for each in (own, stored))
    found = [
        Fault(f"policy.{key}", ours[key], f"{theirs[key]}, {whose}")
        for key in COMPARED
        if ours[key] != theirs[key]
    ]
    if not found and own.parameters != stored.parameters:
        given = f"networks of {stored.parameters:,} parameters"
        expected = f"{own.parameters:,}, as the policy has in this world"
        found = [Fault("policy.init.path", given, expected)]
    return found


def _described(policy: Policy) -> Mapping[str, str]:
    """A policy's options as a person writes them in a file."""
    options: dict[str, Any] = {key: getattr(policy, key) for key in COMPARED}
    head = policy.own_head
    written = {
        "hidden": str(list(policy.hidden or ())),
        "activation": f'"{policy.activation.name.lower()}"',
        "bias": str(policy.bias).lower(),
        "memory": str(policy.memory),
        **({"head": f"{head.table}, {head.name} of sha256 {head.sha256}"} if head else {}),
    }
    return {key: written.get(key, f'"{value}"') for key, value in options.items()}
