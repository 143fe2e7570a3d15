"""The one JIT policy: what every kernel is compiled with, and where the machine code is kept.

No fastmath (a network's bits must not depend on what the compiler found convenient), errors as NumPy has
them (a division by zero is an infinity, not an exception in the middle of a population), no bounds checks,
no GIL. Numba's cache on disk notices a change of the file it compiled, but serves stale code when a callee
in another file has changed (measured), so the folder it caches in is named by a hash of all of `kernels/`.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import codegen as numba_codegen
from numba.core import config as numba_config

codegen: Any = numba_codegen
config: Any = numba_config  # its settings appear when it reads the environment
njit: Any = numba.njit
_INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
"""Nothing inside allocates, so nothing counts references: with some fifty arrays in a plan, counting them in
and out of every function took a third of an update's time (measured)."""
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False, "fastmath": False}


_PARTS: set[str] = set()
"""The names of functions that are parts of kernels and nothing by themselves."""


def as_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function under a name of its own, by which Numba's code generator knows it for a part."""
    function.__qualname__ = f"{function.__module__}.{function.__qualname__}"
    _PARTS.add(function.__qualname__)
    return function


def generate_parts_once() -> None:
    """Have LLVM optimise and emit parts within the kernels that call them, and not by themselves before.

    Numba treats every function as if Python might call it: optimised, with all it calls, and turned into
    machine code. With some hundred and fifty parts that was half of the time to compile (45 against 28 s of
    processor, measured). A Numba whose generator looks otherwise is left as it is, and takes the longer.
    """
    library, generator = codegen.JITCodeLibrary, codegen.JITCPUCodegen
    names = ("_optimize_final_module", "_finalize_final_module", "_finalize_dynamic_globals")
    if not all(hasattr(library, name) for name in names) or not hasattr(generator, "set_env"):
        return
    optimise, finalise, set_env = (
        library._optimize_final_module,
        library._finalize_final_module,
        generator.set_env,
    )

    def optimise_wholes(self: Any) -> None:
        if self.name not in _PARTS:
            optimise(self)

    def finalise_wholes(self: Any) -> None:
        if self.name not in _PARTS:
            finalise(self)
            return
        self._finalize_dynamic_globals()
        self._finalized = True

    def set_env_of_wholes(self: Any, name: str, env: Any) -> None:
        if self._engine.get_global_value_address(name):  # a part that was not emitted has none
            set_env(self, name, env)

    library._optimize_final_module = optimise_wholes
    library._finalize_final_module = finalise_wholes
    generator.set_env = set_env_of_wholes


@cache
def cache_folder() -> Path:
    """The folder of compiled kernels, one for each state of their source."""
    source = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(source.rglob("*.py")):
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes())
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "popgrad" / "kernels" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="popgrad-kernels-"))
    return folder


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that kernels call, and only kernels: it has no way in from Python."""
    return njit(**_INNER, **_OPTIONS)(as_part(function))


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a small function into each of its callers: a call would spill every vector register."""
    return njit(forceinline=True, **_INNER, **_OPTIONS)(as_part(function))


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that Python calls, and keep the machine code on disk."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder())
    try:
        return njit(cache=True, **_OPTIONS)(function)
    finally:
        config.CACHE_DIR = before


generate_parts_once()
