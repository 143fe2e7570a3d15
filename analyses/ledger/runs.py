"""The runs of a part, in a folder: what is finished there is not run again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from ...sim.provenance import program
from ...sim.runfile import Run, open_run
from ...sim.simulate import run

Table = dict[str, Any]


def trained(folder: Path, name: str, tables: Mapping[str, Any], threads: int | None = None) -> Run:
    """The run of an experiment: `NAME.h5` in the folder, with `NAME.toml` beside it.

    Args:
        folder: made if it is not there. A run of another experiment, or of another version of popgrad, that
            has this name there is replaced.
        name: of the files.
        tables: the experiment.
        threads: blocks at a time; all cores by default.

    Returns:
        The run, opened.

    Raises:
        PopgradError: the experiment is not one, or the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source, output = folder / f"{name}.toml", folder / f"{name}.h5"
    text = f"# {program()}\n{tomlkit.dumps(tables)}"
    same = source.is_file() and source.read_text(encoding="utf-8") == text
    if same and output.exists():
        return open_run(output)
    source.write_text(text, encoding="utf-8")
    return run(source, output, threads=threads, overwrite=not same)
