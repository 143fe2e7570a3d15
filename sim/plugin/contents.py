"""A plug-in that has been read: its text, and the decorated functions in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from ..errors import Fault, InvalidInput, shown
from .fit import unfit
from .registration import ATTRIBUTE, Registration, Role
from .source import Source, source_of, stored


@dataclass(frozen=True, eq=False)
class Plugin:
    """A file of a user's own functions.

    Args:
        source: its text.
        registrations: of the decorated functions, in the order of the file.
    """

    source: Source
    registrations: tuple[Registration, ...]

    @property
    def name(self) -> str:
        """The file's, or that of the entry point."""
        return self.source.name

    def of(self, role: Role) -> list[Registration]:
        """Its functions of one role."""
        return [each for each in self.registrations if each.role == role]

    @property
    def entry(self) -> dict[str, Any]:
        """What a run file keeps of it."""
        defines = {role: [each.name for each in self.of(role)] for role in get_args(Role) if self.of(role)}
        package = {"package": self.source.package} if self.source.package else {}
        return {"source": self.source.text, "sha256": self.source.sha256, "defines": defines, **package}


def opened(source: Source) -> Plugin:
    """A plug-in, its file run and its functions looked at.

    Raises:
        InvalidInput: it does not run, has no decorated function, or has some that are not fit.
    """
    found = _registrations(vars(source.module()))
    if not found:
        expected = "at least one function under @plugin.loss, rule, head, world or behaviour"
        raise InvalidInput("plugins", [Fault(source.path, "no decorated function", expected)])
    names = [(each.role, each.name) for each in found]
    faults = [
        Fault(
            f"{source.path}.{name}", f"two functions under @plugin.{role} of this name", "names that differ"
        )
        for role, name in dict.fromkeys(names)
        if names.count((role, name)) > 1
    ] + [fault for each in found for fault in unfit(each, source.path)]
    if faults:
        raise InvalidInput("plugins", faults)
    return Plugin(source, found)


def _registrations(module: Mapping[str, Any]) -> tuple[Registration, ...]:
    """Those of the functions that stand in a module, and of those that it imports."""
    marked = [vars(each)[ATTRIBUTE] for each in module.values() if ATTRIBUTE in getattr(each, "__dict__", {})]
    found = [*module.get(ATTRIBUTE, ()), *(each for each in marked if isinstance(each, Registration))]
    return tuple(dict.fromkeys(found))


def plugins_of(named: Any, folder: Path, more: Sequence[str | Path] = ()) -> tuple[Plugin, ...]:
    """The plug-ins that an experiment names, relative to its folder, and those that are named beside it.

    Raises:
        InvalidInput: every fault of every one.
    """
    if isinstance(more, str | Path):
        raise InvalidInput("plugins", [Fault("plugins", shown(more), 'a list, such as ["focal.py"]')])
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        expected = 'a list of files and entry points, such as ["focal.py"]'
        raise InvalidInput("plugins", [Fault("plugins", shown(named), expected)])
    places = [*((each, folder) for each in named), *((str(each), Path()) for each in more)]
    faults: list[Fault] = []
    sources: dict[str, Source] = {}
    for name, where in places:
        try:
            source = source_of(name, where)
        except InvalidInput as error:
            faults += error.faults
            continue
        if sources.setdefault(source.name, source).text != source.text:
            given = f"{sources[source.name].filename} and {source.filename}"
            faults.append(
                Fault("plugins", given, "files whose names differ: a run knows them by their names")
            )
    return _all_opened(sources.values(), faults)


def plugins_in(entries: Mapping[str, Mapping[str, Any]]) -> tuple[Plugin, ...]:
    """The plug-ins of a run file. Their text is run."""
    return _all_opened([stored(name, entry) for name, entry in entries.items()], [])


def _all_opened(sources: Any, faults: list[Fault]) -> tuple[Plugin, ...]:
    found = []
    for source in sources:
        try:
            found.append(opened(source))
        except InvalidInput as error:
            faults += error.faults
    if faults:
        raise InvalidInput("plugins", faults)
    return tuple(found)
