"""The folder that a claim's run leaves: what was written down, its runs, verdict, report and figures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit

from ...sim.durable import write_durably
from ...sim.errors import PopgradError
from ...sim.provenance import program
from ...sim.runfile import Run, open_run
from .claim import Claim, Settings, Table
from .registered import FILE

BEGUN, VERDICT, REPORT, DETAILS, RUNS = "begun.json", "verdict.json", "report.md", "details.md", "runs"


class Folder:
    """Where one run of a claim lives, from before its first experiment on.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, claim: Claim, settings: Settings, seed: int, overwrite: bool) -> None:
        """Write down what is going to be run, or find that it is being gone on with.

        Raises:
            PopgradError: the folder holds something else, or cannot be written to.
        """
        begun = {
            "claim": claim.name,
            "sha256": claim.sha256,
            "seed": seed,
            "settings": settings.model_dump(mode="json"),
            "program": program(),
        }
        with _writing(self.path):
            there = self.path.is_dir() and any(self.path.iterdir())
            if there and not (self.path / BEGUN).is_file():
                raise PopgradError(f"{self.path}: holds other files; name another folder with -o")
            differs = _difference(json.loads((self.path / BEGUN).read_text()), begun) if there else ""
            if differs and not overwrite:
                raise PopgradError(
                    f"{self.path}: holds another run ({differs}). Name another folder with -o, or replace it "
                    "with --overwrite"
                )
            if there and overwrite:
                self._clear()
            (self.path / RUNS).mkdir(parents=True, exist_ok=True)
            self.write(FILE, claim.file.read_bytes())
            self.write(BEGUN, json.dumps(begun, indent=1).encode())

    def write(self, name: str, content: bytes) -> None:
        """A file of the folder, whole or not at all."""
        with _writing(self.path / name):
            write_durably(self.path / name, content)

    def experiment(self, name: str, tables: Table, seed: int) -> tuple[Path, Path]:
        """The file of an experiment, written down, and that of its run.

        Raises:
            PopgradError: the folder holds the run of another experiment of this name.
        """
        source, output = (self.path / RUNS / f"{name}.{suffix}" for suffix in ("toml", "h5"))
        text = tomlkit.dumps({**tables, "seed": seed})
        if output.exists() and not (source.is_file() and source.read_text(encoding="utf-8") == text):
            raise PopgradError(f"{output}: is of another experiment; replace it with --overwrite")
        self.write(f"{RUNS}/{name}.toml", text.encode())
        return source, output

    def finished(self, output: Path) -> Run | None:
        """The run, opened, if it is there."""
        return open_run(output) if output.exists() else None

    def _clear(self) -> None:
        shutil.rmtree(self.path / RUNS, ignore_errors=True)
        figures = [path for suffix in ("png", "pdf") for path in self.path.glob(f"*.{suffix}")]
        for path in (self.path / VERDICT, self.path / REPORT, self.path / DETAILS, *figures):
            path.unlink(missing_ok=True)


def verdict_in(path: Path) -> dict[str, Any] | None:
    """What `verdict.json` of a folder says; None where there is none.

    Raises:
        PopgradError: it is not one of popgrad's.
    """
    file = path / VERDICT
    if not file.is_file():
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if {"claim", "outcome", "points"} <= set(found):
            return found
    except (OSError, ValueError):
        pass
    raise PopgradError(f"{file}: not a verdict that popgrad wrote")


def _difference(there: Mapping[str, Any], begun: Mapping[str, Any]) -> str:
    """What sets a folder's run apart from the one that is to begin, in words; empty where nothing does."""
    if there.get("claim") != begun["claim"]:
        return f"of the claim {there.get('claim')}"
    if there.get("sha256") != begun["sha256"]:
        return "of another text of this claim"
    if there.get("program") != begun["program"]:
        return "of another version of popgrad"
    if there.get("seed") != begun["seed"]:
        return f"with seed {there.get('seed')}"
    old, new = there.get("settings", {}), begun["settings"]
    changed = [f"{key} = {old.get(key)}" for key in new if old.get(key) != new[key]]
    return f"with {', '.join(changed)}" if changed else ""


@contextmanager
def _writing(path: Path):
    """Turns what goes wrong with a file into a message."""
    try:
        yield
    except OSError as error:
        raise PopgradError(f"{path}: cannot be written ({error.strerror or error})") from error
