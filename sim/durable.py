"""Writing that survives a kill and a power cut, and what can be said when the disk is full."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path


def temporary_beside(path: Path) -> Path:
    """A hidden name in the folder of `path`, for what takes its name once it is whole."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")


def create(path: Path) -> int:
    """A descriptor, for writing, of a file that was not there before.

    Raises:
        OSError: it was there, or cannot be made.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)


def write_durably(path: Path, payload: bytes | memoryview) -> None:
    """Writes a whole file or nothing: a temporary name, fsync, rename, fsync of the directory."""
    temporary = temporary_beside(path)
    try:
        file = create(temporary)
        try:
            write_all(file, payload)
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_directory(path.parent)


def write_all(file: int, payload: bytes | memoryview) -> None:
    """Writes every byte to a descriptor, where one call of the system may write fewer."""
    view = memoryview(payload)
    while view:
        view = view[os.write(file, view) :]


def sync_file(path: Path) -> None:
    """Makes the content of a file that another library has written survive a power cut."""
    _sync(path, os.O_RDWR)


def sync_directory(folder: Path) -> None:
    """Makes names created or renamed in `folder` survive a power cut."""
    if os.name != "nt":  # Windows cannot open a directory, and keeps names by itself
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_full(error: OSError) -> bool:
    """Whether an error says that the disk, or the user's share of it, is full."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


def full_disk(folder: Path, size: int) -> str:
    """A sentence on a full disk: how much was to be written, and how much there is."""
    free = shutil.disk_usage(folder).free
    return f"the disk is full: {size / 1e6:,.1f} MB were to be written, {free / 1e6:,.1f} MB are free."
