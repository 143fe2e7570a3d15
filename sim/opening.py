"""Opening a finished file, and the advice for what is none."""

from __future__ import annotations

from pathlib import Path

import h5py

from .errors import PopgradError, nearest
from .folder import partial_folder
from .hdf5 import FORMAT
from .store import PartialRun


def opened(path: Path) -> h5py.File:
    """The file of a finished run, open for reading.

    Raises:
        PopgradError: there is no such file, the run is unfinished, or the file is not one of popgrad's.
    """
    if not path.is_file():
        raise _not_there(path)
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise PopgradError(
            f"{path}: cannot be read as HDF5 ({error}). If it was copied or downloaded, do that again."
        ) from error
    version = file.attrs.get("popgrad_format")
    if version != FORMAT:
        file.close()
        what = (
            "is HDF5, but no run of popgrad"
            if version is None
            else f"is in format {version}, not in {FORMAT}"
        )
        raise PopgradError(
            f"{path}: {what}. `popgrad run EXPERIMENT.toml -o NAME.h5` makes one this version reads."
        )
    return file


def _not_there(path: Path) -> PopgradError:
    output = path.with_suffix("") if path.suffix == ".partial" else path
    if path.name and partial_folder(output).is_dir():
        try:
            state = f"{len(PartialRun.peek(output).done)} blocks are done"
        except PopgradError:
            state = "no block is done"
        return PopgradError(
            f"{output}: the run is unfinished ({state}). The command that began it goes on with it."
        )
    if path.is_dir():
        return PopgradError(f"{path}: is a folder. Name a finished run, a file that ends in .h5.")
    beside = sorted(other.name for other in path.parent.glob("*.h5")) if path.parent.is_dir() else []
    close = nearest(path.name, beside)
    hint = f" Did you mean {path.with_name(close)}?" if close else ""
    return PopgradError(
        f"{path}: there is no such file.{hint} `popgrad run EXPERIMENT.toml -o {path}` makes it."
    )
