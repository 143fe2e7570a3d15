"""The folder of an unfinished run: the names in it, its lock, and the deleting of what is ours."""

from __future__ import annotations

import os
import re
import socket
from contextlib import suppress
from pathlib import Path

import filelock

from .durable import create, is_full, temporary_beside
from .errors import PopgradError

JOURNAL = "journal"
LAYOUT = "layout.json"
_LOCK, _OWNER = "lock", "owner"
_OWN_FILE = re.compile(r"block-\d+-\d+\.npz|\..*\.tmp|journal|layout\.json")


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 does."""
    with path.open("rb") as file:
        return file.read(8) == b"\x89HDF\r\n\x1a\n"


def partial_folder(output: Path) -> Path:
    """Where the blocks of the unfinished `output` are."""
    return output.with_name(f"{output.name}.partial")


def block_name(condition: int, block: int) -> str:
    """The name of a block's file."""
    return f"block-{condition:04d}-{block:06d}.npz"


def block_files(folder: Path) -> list[Path]:
    """The files of blocks in `folder`, whether they count or not."""
    return list(folder.glob("block-*.npz"))


def own_files(folder: Path) -> list[Path]:
    """The files that a run may have written in `folder`, but for its lock and the lock's owner."""
    return [path for path in folder.iterdir() if _OWN_FILE.fullmatch(path.name)] if folder.is_dir() else []


def drop(folder: Path) -> None:
    """Deletes the files that are ours, and no others; the journal first, so that no half folder counts."""
    (folder / JOURNAL).unlink(missing_ok=True)
    for path in own_files(folder):
        path.unlink(missing_ok=True)


def lock(output: Path) -> filelock.BaseFileLock:
    """The lock on the folder of `output`, held.

    Raises:
        PopgradError: another process holds it.
        OSError: the lock's file cannot be made.
    """
    folder = partial_folder(output)
    held = filelock.FileLock(folder / _LOCK, thread_local=False)
    try:
        held.acquire(timeout=0)
    except filelock.Timeout as error:
        try:
            who = (folder / _OWNER).read_text()
        except OSError:
            who = "another process"
        raise PopgradError(
            f"{output}: {who} is writing it now. Wait for it or stop it, or choose another output with -o."
        ) from error
    with suppress(OSError):
        (folder / _OWNER).write_text(f"process {os.getpid()} on {socket.gethostname()}")
    return held


def leave(folder: Path, held: filelock.BaseFileLock) -> None:
    """Gives up the lock, and deletes the folder if it holds nothing else."""
    with suppress(OSError):
        if {path.name for path in folder.iterdir()} <= {_LOCK, _OWNER}:
            (folder / _OWNER).unlink(missing_ok=True)
            # Unlinked while still held: whoever comes next makes a new folder, and a new lock.
            (folder / _LOCK).unlink(missing_ok=True)
    held.release(force=True)
    with suppress(OSError):
        folder.rmdir()


def probe(output: Path) -> None:
    """Finds out before any work whether the finished file can be written beside the folder.

    Raises:
        PopgradError: it cannot.
    """
    path = temporary_beside(output)
    try:
        os.close(create(path))
        path.unlink()
    except OSError as error:
        raise unwritable(output.parent, error) from error


def unwritable(folder: Path, error: OSError) -> PopgradError:
    """What to tell a user when nothing can be written in `folder`."""
    if is_full(error):
        return PopgradError(f"{folder}: the disk is full. Free some space, or choose another output with -o.")
    return PopgradError(
        f"{folder}: cannot be written ({error.strerror or error}). Make the folder or its permissions right,"
        " or choose another output with -o."
    )
