"""A user's own world, from an `.npz` of arrays or from a Python file; and any world as plain arrays."""

from __future__ import annotations

import re
import runpy
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .behaviour import Behaviour
from .errors import Fault, InvalidInput, nearest
from .own_code import tried
from .registry import make, positional, prefixed
from .world import ACTION_COLUMNS, ENTRY_COLUMNS, LABELS, World

T = TypeVar("T")

SKELETON = ("successor", "start", "features", "horizon", "probability", "terminal", "discount", "contexts")
ARRAYS = (*SKELETON, *ACTION_COLUMNS, *ENTRY_COLUMNS, *LABELS, "state_places")
PARTS = ("weight", "contexts", "start", "entry", "meaning")
_BEHAVIOUR = re.compile(rf"behaviour\.(.+?)\.({'|'.join(PARTS)}|variant\..+)")


def is_path(kind: Any) -> bool:
    """Whether a world's `kind` names a file rather than one of popgrad's worlds."""
    return isinstance(kind, str) and Path(kind).suffix in (".py", ".npz")


def load_world(table: Mapping[str, Any], folder: Path) -> World:
    """The world of a `[world]` table whose kind is a path, relative to `folder`.

    An `.npz` holds the arrays of `World` by name, and behaviours as `behaviour.NAME.weight`,
    `behaviour.NAME.contexts` (or `.start`, `.entry`) and `behaviour.NAME.meaning`. A `.py` defines a function
    of the file's name, or one called `world`, that returns a World; the table's other keys are its
    keyword-only options.

    Raises:
        InvalidInput: a missing or unreadable file, an unknown array, or a world that does not hold together.
    """
    path = folder / table["kind"]
    if not path.is_file():
        raise InvalidInput(
            "world", [Fault("world.kind", repr(table["kind"]), f"a file; there is none at {path}")]
        )
    if path.suffix == ".py":
        return _of_python(path, table)
    extra = [key for key in table if key != "kind"]
    if extra:
        expected = "no options beside `kind`, since an .npz has none"
        raise InvalidInput(
            "world", [Fault(f"world.{key}", "a key that is not known", expected) for key in extra]
        )
    try:
        return of_arrays(_read(path))
    except InvalidInput as error:
        raise InvalidInput("world", [prefixed(fault, "world") for fault in error.faults]) from None


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InvalidInput(
            "world", [Fault("kind", repr(path.name), f"an .npz of arrays ({error})")]
        ) from None


def of_arrays(arrays: Mapping[str, Any]) -> World:
    """A world from its arrays by name; the inverse of `arrays_of`."""
    plain = {name: array for name, array in arrays.items() if not name.startswith("behaviour.")}
    unknown = [name for name in plain if name not in ARRAYS]
    missing = [name for name in SKELETON[:4] if name not in plain]
    faults = [
        Fault(
            f"world.{name}",
            "an array that is not known",
            f"one of {', '.join(ARRAYS)}",
            nearest(name, ARRAYS),
        )
        for name in unknown
    ] + [Fault(name, "nothing", "an array of that name") for name in missing]
    if faults:
        raise InvalidInput("world", faults)
    scalars = {name: plain[name].item() for name in ("horizon", "discount") if name in plain}
    return World(**{**plain, **scalars}, behaviours=tuple(_behaviours(arrays)))


def _behaviours(arrays: Mapping[str, Any]) -> list[Behaviour]:
    parts: dict[str, dict[str, Any]] = {}
    faults = []
    for key, array in arrays.items():
        if not key.startswith("behaviour."):
            continue
        match = _BEHAVIOUR.fullmatch(key)
        if match:
            parts.setdefault(match[1], {})[match[2]] = str(array) if match[2] == "meaning" else array
        else:
            expected = f"behaviour.NAME.PART with a part of {', '.join(PARTS)}, variant"
            faults.append(Fault(key, "an array that is not known", expected))
    lacking = [name for name, given in parts.items() if "weight" not in given]
    faults += [Fault(f"behaviour.{name}.weight", "nothing", "an array of shape (S, A)") for name in lacking]
    if faults:
        raise InvalidInput("world", faults)
    return [_behaviour(name, given) for name, given in parts.items()]


def _behaviour(name: str, given: Mapping[str, Any]) -> Behaviour:
    plain = {part: value for part, value in given.items() if part in PARTS}
    variant = {part.removeprefix("variant."): value for part, value in given.items() if part not in PARTS}
    meaning = f"{name}, as the world's author defined it"
    return Behaviour(name, **{"meaning": meaning, **plain}, variant=of_arrays(variant) if variant else None)


def _of_python(path: Path, table: Mapping[str, Any]) -> World:
    names = _tried(path, lambda: runpy.run_path(str(path), run_name=path.stem))
    maker: Callable[..., Any] | None = names.get(path.stem) or names.get("world")
    if not callable(maker):
        raise _fault(path, f"a file that defines a function `{path.stem}` or `world`")
    other = positional(maker)
    if other:
        raise _fault(path, f"a function whose parameters are keyword-only, unlike {', '.join(other)}")
    world = _tried(path, lambda: make({table["kind"]: maker}, table, "world"))
    if not isinstance(world, World):
        raise _fault(path, f"a function that returns a popgrad.World, not {type(world).__name__}")
    return world


def _tried(path: Path, action: Callable[[], T]) -> T:
    return tried(action, str(path), "world.kind", repr(path.name))


def _fault(path: Path, expected: str) -> InvalidInput:
    return InvalidInput("world", [Fault("world.kind", repr(path.name), expected)])


def arrays_of(world: World) -> dict[str, np.ndarray]:
    """A world as plain arrays, behaviours and their variants included: the inverse of `of_arrays`."""
    arrays = {name: np.asarray(getattr(world, name)) for name in ARRAYS if getattr(world, name) is not None}
    for behaviour in world.behaviours:
        path = f"behaviour.{behaviour.name}"
        given = {part: getattr(behaviour, part) for part in PARTS}
        arrays |= {f"{path}.{part}": np.asarray(value) for part, value in given.items() if value is not None}
        if behaviour.variant is not None:
            variant = replace(behaviour.variant, behaviours=())
            arrays |= {f"{path}.variant.{name}": array for name, array in arrays_of(variant).items()}
    return arrays
