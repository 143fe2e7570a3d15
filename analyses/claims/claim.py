"""A claim: what was written down of it, its experiments and its analysis; found by folder."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...sim.complaints import faults_of
from ...sim.errors import Fault, InvalidInput, PopgradError, nearest, shown
from ...sim.runfile import Run
from ...sim.spec import plain_tables
from .analysis import Analysis
from .registered import FILE, Registered, registered

Table = dict[str, Any]
"""An experiment, as `popgrad.run` takes it; the settings' seed is added."""

HERE = Path(__file__).parent


class Settings(BaseModel):
    """How large a claim's experiment is. Each claim has its own, and a value for each in its file.

    Args:
        seed: of every experiment, and of what a claim draws besides; not in the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(0, ge=0, le=2**63 - 1)


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim that can be run.

    A package with a `claim.toml` and, in its `__init__.py`,

        class Settings(claim.Settings)
        experiments(settings) -> {name: experiment}, run in this order
        analyse(runs, settings) -> Analysis, with `runs` the opened runs by name

    An experiment may begin with the weights of an earlier one: `init = { kind = "run", path = "NAME.h5" }`.

    Args:
        name: of the folder.
        file: what was written down.
        registered: what it says.
        sha256: of the file.
        module: the package.
    """

    name: str
    file: Path
    registered: Registered
    sha256: str
    module: ModuleType

    def settings(self, quick: bool, changes: Mapping[str, Any]) -> Settings:
        """The settings of the short or the whole experiment, with some replaced.

        Raises:
            InvalidInput: every setting that is not known, of a wrong type or out of range.
        """
        base = self.registered.quick if quick else self.registered.full
        model: type[Settings] = self.module.Settings
        try:
            return model.model_validate(_changed(base, changes))
        except ValidationError as error:
            raise InvalidInput(self.name, faults_of(error, model, "settings", ())) from error

    def experiments(self, settings: Settings) -> dict[str, Table]:
        """Its experiments, in the order in which they are run.

        Raises:
            InvalidInput: there is none, or one with a name that is none for a file.
        """
        found = plain_tables(self.module.experiments(settings))
        if not isinstance(found, dict) or not found:
            raise InvalidInput(
                self.name, [Fault("experiments", shown(found), "tables by name, one at least")]
            )
        faults = [
            Fault(f"experiments[{name!r}]", "", "a name of letters, digits, spaces and _ . , = + -")
            for name in found
            if not re.fullmatch(r"\w[\w .,=+-]*", str(name))
        ]
        if faults:
            raise InvalidInput(self.name, faults)
        return {name: {**tables, "seed": settings.seed} for name, tables in found.items()}

    def analyse(self, runs: Mapping[str, Run], settings: Settings) -> Analysis:
        """What its runs come to.

        Raises:
            InvalidInput: it does not say.
        """
        found = self.module.analyse(runs, settings)
        if not isinstance(found, Analysis):
            raise InvalidInput(self.name, [Fault("analyse", shown(found), "an Analysis")])
        return found


def names() -> list[str]:
    """popgrad's own claims, in the order of their codes."""
    folders = [path.parent.name for path in HERE.glob(f"*/{FILE}")]
    return sorted(folders, key=lambda name: (len(code := written_down(name).code), code))


def written_down(name: str) -> Registered:
    """What was written down of one of popgrad's own claims."""
    return registered(HERE / name / FILE)[0]


def claim(name: str) -> Claim:
    """The claim of that name, or in that folder.

    Args:
        name: one of `names()`, or the path of a folder of one's own with a `claim.toml` and an `__init__.py`,
            whose code is run.

    Raises:
        InvalidInput: there is none; the nearest is suggested.
    """
    own = name in (valid := names())
    folder = HERE / name if own else Path(name)
    if not (folder / FILE).is_file():
        expected = f"one of {', '.join(valid)}, or a folder with a {FILE}"
        raise InvalidInput("claim", [Fault("name", repr(name), expected, nearest(name, valid))])
    found, sha256 = registered(folder / FILE)
    module = import_module(f".{name}", __package__) if own else _loaded(folder)
    return Claim(folder.resolve().name, folder / FILE, found, sha256, module)


def _loaded(folder: Path) -> ModuleType:
    """A package outside popgrad, by its path."""
    path = folder.resolve() / "__init__.py"
    if not path.is_file():
        raise InvalidInput(str(folder), [Fault("__init__.py", "", "a file with the claim's experiments")])
    name = f"popgrad_claim_{path.parent.name}"
    spec = spec_from_file_location(name, path, submodule_search_locations=[str(path.parent)])
    if spec is None or spec.loader is None:
        raise InvalidInput(str(folder), [Fault("__init__.py", "", "a Python package")])
    module = module_from_spec(spec)
    sys.modules[name] = module  # so that its own modules are found
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise PopgradError(f"{path}: raised {type(error).__name__}: {error}") from error
    settings = getattr(module, "Settings", None)
    faults = [
        Fault(each, "nothing to call", "a function")
        for each in ("experiments", "analyse")
        if not callable(getattr(module, each, None))
    ]
    if not (isinstance(settings, type) and issubclass(settings, Settings)):
        faults.append(Fault("Settings", shown(settings), f"a subclass of {Settings.__module__}.Settings"))
    if faults:
        raise InvalidInput(str(path), faults)
    return module


def _changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with some replaced, a dotted key within its table."""
    found = copy.deepcopy(dict(base))
    for key, value in changes.items():
        *tables, last = key.split(".")
        place = found
        for table in tables:
            inner = place.get(table)
            place[table] = place = inner if isinstance(inner, dict) else {}
        place[last] = value
    return found
