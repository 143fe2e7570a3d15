"""Where plug-ins come from: files, installed packages, runs; and their text, which becomes a module."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import Fault, InvalidInput, nearest
from ..own_code import tried

GROUP = "popgrad.plugins"
"""The group of entry points whose values are modules of decorated functions."""


@dataclass(frozen=True)
class Source:
    """The text of a plug-in.

    Args:
        name: the file's, or that of the entry point.
        text: Python.
        filename: what its lines are said to be of.
        package: what relative imports are relative to, where there is something.
    """

    name: str
    text: str
    filename: str
    package: str = ""

    @property
    def sha256(self) -> str:
        """Of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def path(self) -> str:
        """What faults in it are faults of."""
        return f'plugins."{self.name}"'

    def module(self) -> ModuleType:
        """The text, run, as a module of its own.

        Raises:
            InvalidInput: it raised something, with the line.
        """
        # What a library looks up by a class's or function's module is found there; the hash in the name keeps
        # texts apart.
        module = ModuleType(f"popgrad_plugin_{Path(self.name).stem}_{self.sha256[:12]}")
        module.__file__ = self.filename
        module.__package__ = self.package
        sys.modules[module.__name__] = module
        tried(lambda: self._run(module.__dict__), self.filename, self.path, "")
        return module

    def _run(self, namespace: dict[str, Any]) -> None:
        exec(compile(self.text, self.filename, "exec", dont_inherit=True), namespace)


def is_file(name: str) -> bool:
    """Whether a plug-in is named by its path, and not by an entry point."""
    return Path(name).suffix == ".py"


def source_of(name: str, folder: Path) -> Source:
    """The text of a plug-in that is named, a path relative to `folder`.

    Raises:
        InvalidInput: no such file or entry point, or none whose text can be read.
    """
    if not is_file(name):
        return _installed(name)
    path = folder / name
    if not path.is_file():
        raise _fault(name, f"a file; there is none at {path}")
    return Source(path.name, _text(name, path), str(path))


def _installed(name: str) -> Source:
    """The text of the module that an entry point names."""
    points = {point.name: point for point in entry_points(group=GROUP)}
    if name not in points:
        known = f"one of {', '.join(points)}" if points else "none is installed"
        expected = f"a path that ends in .py, or an entry point of the group {GROUP} ({known})"
        raise _fault(name, expected, nearest(name, points))
    module = points[name].module
    try:
        spec = find_spec(module)
    except ImportError as error:
        raise _fault(name, f"a module that can be imported ({error})") from error
    if spec is None or spec.origin is None or not is_file(spec.origin):
        raise _fault(name, f"a module in Python; {module} is none")
    package = module if spec.submodule_search_locations is not None else module.rpartition(".")[0]
    return Source(name, _text(name, Path(spec.origin)), spec.origin, package)


def _text(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(name, f"a file that can be read as text ({error})") from error


def _fault(name: str, expected: str, close: str | None = None) -> InvalidInput:
    return InvalidInput("plugins", [Fault("plugins", repr(name), expected, close)])


def stored(name: str, entry: Mapping[str, Any]) -> Source:
    """The text that a run file holds.

    Raises:
        InvalidInput: it is not the text that was run.
    """
    source = Source(name, entry["source"], f"{name} (as stored)", entry.get("package", ""))
    if source.sha256 != entry["sha256"]:
        expected = f"the text that was run, of sha256 {entry['sha256']}"
        raise InvalidInput("plugins", [Fault(source.path, f"a text of sha256 {source.sha256}", expected)])
    return source
