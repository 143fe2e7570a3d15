"""Where a result comes from: versions, source, machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .._version import __version__

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("numpy", "numba", "llvmlite", "h5py", "pydantic")


@cache
def program() -> str:
    """A hash of the source that determines results: kernels and sim. Runs resume only under the same one."""
    digest = hashlib.sha256()
    for folder in ("kernels", "sim"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def provenance(device: Any = None) -> dict[str, Any]:
    """Versions, git commit (with `+` when there are changes on top), platform and backend.

    device: the one of JAX's that computed it, None for the backend `numba`.
    """
    computed: dict[str, Any] = {"backend": "numba"}
    if device is not None:
        versions = {name: _version(name) for name in ("jax", "jaxlib", "optax")}
        computed = {"backend": "jax", "device": f"{device.platform}: {device.device_kind}", **versions}
    return {
        "popgrad": __version__,
        "program": program(),
        "commit": _commit(),
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        **computed,
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _commit() -> str:
    if not (ROOT / ".git").exists():
        return "none"
    try:
        asked = {"cwd": ROOT, "capture_output": True, "text": True, "timeout": 5}
        commit = subprocess.run(["git", "rev-parse", "HEAD"], check=True, **asked).stdout.strip()
        changed = subprocess.run(["git", "status", "--porcelain", "-uno"], check=True, **asked).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return commit + "+" * bool(changed)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
