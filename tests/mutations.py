"""Text of the package that is planted with a fault: in a copy of it, or in the running process.

A sign, a factor, a term that is left out: each is a change of text in one file, which must be there once.
"""

from __future__ import annotations

import importlib
import inspect
import os
import shutil
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Mutation:
    """Text of a file of the package, by its path there, and what stands in its place."""

    what: str
    file: str
    old: str
    new: str

    def text(self, root: Path) -> str:
        """The file's, mutated.

        Raises:
            ValueError: the old text is not there, or more than once.
        """
        source = (root / self.file).read_text()
        if source.count(self.old) != 1:
            raise ValueError(f"{self.what}: {self.file} has {self.old!r} {source.count(self.old)} times")
        return source.replace(self.old, self.new)


def mutated_copy(folder: Path, mutations: Iterable[Mutation]) -> Path:
    """The package and its tests under `folder`, every mutation planted."""
    skipped = shutil.ignore_patterns(
        ".*", "__pycache__", "docs", "*.egg-info", "build", "dist", "demo", "*.h5*"
    )
    copy = folder / "popgrad"
    shutil.copytree(ROOT, copy, ignore=skipped)
    for mutation in mutations:
        (copy / mutation.file).write_text(mutation.text(copy))
    return copy


def beside(copy: Path) -> dict[str, str]:
    """The environment of a process that is to run a copy, which keeps its machine code to itself."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(copy.parent), str(copy / "tests")]),
        "XDG_CACHE_HOME": str(copy.parent / "cache"),
    }


def codes(module: types.ModuleType | types.SimpleNamespace) -> dict[str, types.FunctionType]:
    """The functions and methods of a module by their names in it."""
    found = {}
    for name, thing in vars(module).items():
        inside = vars(thing).items() if isinstance(thing, type) else ()
        for path, part in ((name, thing), *((f"{name}.{own}", part) for own, part in inside)):
            function = inspect.unwrap(getattr(part, "fget", part))  # of a property, or under a decorator
            if isinstance(function, types.FunctionType) and function.__module__ == vars(module)["__name__"]:
                found[path] = function
    return found


@contextmanager
def planted(mutation: Mutation) -> Iterator[None]:
    """The running functions of a file with the code of its mutated text; as they were afterwards."""
    module = importlib.import_module("popgrad." + mutation.file.removesuffix(".py").replace("/", "."))
    fresh = types.ModuleType(module.__name__)
    fresh.__package__, fresh.__file__ = module.__package__, module.__file__
    code = compile(mutation.text(ROOT), str(module.__file__), "exec", dont_inherit=True)
    exec(code, vars(fresh))
    running, others, changed = codes(module), codes(fresh), {}
    for name, function in running.items():
        if name in others and function.__code__ != others[name].__code__:
            changed[name] = function.__code__
            function.__code__ = others[name].__code__
    try:
        assert changed, f"{mutation.what}: no function of {mutation.file} is another"
        yield
    finally:
        for name, code in changed.items():
            running[name].__code__ = code
