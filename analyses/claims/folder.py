"""The folder that a claim's run leaves: what was written down, its runs, verdict, report and figures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from contextlib import contextmanager, suppress
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
SUFFIXES = ("png", "pdf")
"""Of figures."""

NEEDED = {"claim": str, "code": str, "outcome": str, "size": str, "seed": int, "points": dict, "flips": list}
"""What a reader of `verdict.json` relies on."""


class Folder:
    """Where one run of a claim lives, from before its first experiment on.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, claim: Claim, settings: Settings, experiments: Iterable[str], overwrite: bool) -> None:
        """Write down what is going to be run, or find that it is being gone on with.

        Args:
            claim, settings: what is to be run.
            experiments: their names.
            overwrite: replace another run of a claim. Files that none has written stay.

        Raises:
            PopgradError: the folder holds something else, or cannot be written to.
        """
        begun = {
            "claim": claim.name,
            "sha256": claim.sha256,
            "settings": settings.model_dump(mode="json"),
            "experiments": list(experiments),
            "program": program(),
        }
        with _writing(self.path):
            if self.path.is_dir() and any(self.path.iterdir()):
                self._go_on(begun, overwrite)
            (self.path / RUNS).mkdir(parents=True, exist_ok=True)
            self.write(FILE, claim.file.read_bytes())
            self.write(BEGUN, json.dumps(begun, indent=1).encode())

    def write(self, name: str, content: bytes) -> None:
        """A file of the folder, whole or not at all."""
        with _writing(self.path / name):
            write_durably(self.path / name, content)

    def experiment(self, name: str, tables: Table) -> tuple[Path, Path]:
        """The file of an experiment, written down, and that of its run.

        Raises:
            PopgradError: the folder holds the run of another experiment of this name.
        """
        source, output = (self.path / RUNS / f"{name}.{suffix}" for suffix in ("toml", "h5"))
        text = tomlkit.dumps(tables).encode()
        with _writing(source):
            if output.exists() and not (source.is_file() and source.read_bytes() == text):
                raise PopgradError(f"{output}: is of another experiment; replace it with --overwrite")
        self.write(f"{RUNS}/{name}.toml", text)
        return source, output

    def finished(self, output: Path) -> Run | None:
        """The run, opened, if it is there.

        Raises:
            PopgradError: it is there and cannot be read.
        """
        try:
            return open_run(output) if output.exists() else None
        except PopgradError as error:
            raise PopgradError(
                f"{error} Or delete it: the same command then runs this experiment again."
            ) from error

    def _go_on(self, begun: Mapping[str, Any], overwrite: bool) -> None:
        """Sees to it that what is there is the same run, or goes."""
        file = self.path / BEGUN
        if not file.is_file():
            raise PopgradError(f"{self.path}: holds other files; name another folder with -o")
        there = _json(file)
        differs = _difference(there, begun) if there else f"of which {BEGUN} cannot be read"
        if differs and not overwrite:
            advice = "Name another folder with -o, or replace it with --overwrite"
            raise PopgradError(f"{self.path}: holds another run ({differs}). {advice}")
        if overwrite:
            self._clear(there)

    def _clear(self, begun: Mapping[str, Any]) -> None:
        """Deletes what a run has written, and nothing else."""
        figures = _json(self.path / VERDICT).get("figures", [])
        names = [VERDICT, REPORT, DETAILS, *(f"{each}.{end}" for each in figures for end in SUFFIXES)]
        names += [f"{RUNS}/{each}.{end}" for each in begun.get("experiments", []) for end in ("toml", "h5")]
        for name in names:
            (self.path / name).unlink(missing_ok=True)
        for each in begun.get("experiments", []):
            with suppress(FileNotFoundError):
                shutil.rmtree(self.path / RUNS / f"{each}.h5.partial")


def verdict_in(path: Path) -> dict[str, Any] | None:
    """What `verdict.json` of a folder says; None where there is none.

    Raises:
        PopgradError: it is not one of popgrad's.
    """
    file = path / VERDICT
    if not file.exists():
        return None
    found = _json(file)
    if all(isinstance(found.get(key), kind) for key, kind in NEEDED.items()):
        return found
    raise PopgradError(
        f"{file}: not a verdict that popgrad wrote; run the claim again there, or move it away"
    )


def _json(file: Path) -> dict[str, Any]:
    """The table in a file; empty where there is none, or none that can be read."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _difference(there: Mapping[str, Any], begun: Mapping[str, Any]) -> str:
    """What sets a folder's run apart from the one that is to begin, in words; empty where nothing does."""
    if there.get("claim") != begun["claim"]:
        return f"of the claim {there.get('claim')}"
    if there.get("sha256") != begun["sha256"]:
        return "of another text of this claim"
    if there.get("program") != begun["program"]:
        return "of another version of popgrad"
    old, new = there.get("settings"), begun["settings"]
    old = old if isinstance(old, dict) else {}
    changed = [f"{key} = {old.get(key)}" for key in new if repr(old.get(key)) != repr(new[key])]
    return f"with {', '.join(changed)}" if changed else ""


@contextmanager
def _writing(path: Path):
    """Turns what goes wrong with a file into a message."""
    try:
        yield
    except OSError as error:
        raise PopgradError(f"{path}: cannot be written ({error.strerror or error})") from error
