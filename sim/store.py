"""What a run has finished so far, kept so that a kill costs only the blocks in flight.

While a run goes, `NAME.h5.partial/` holds one immutable file per finished block and a journal, which alone
says what counts.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import filelock
import numpy as np

from .durable import full_disk, is_full, sync_directory, write_durably
from .errors import PopgradError
from .folder import (
    JOURNAL,
    block_name,
    drop,
    is_hdf5,
    leave,
    lock,
    own_files,
    partial_folder,
    probe,
    unwritable,
)
from .journal import Entry, Header, Journal, read_journal
from .resume import resumable

Arrays = dict[str, np.ndarray]


class OutputExists(PopgradError):  # noqa: N818 - it says what is the case, like InvalidInput
    """The finished file is already there, and nobody said that it may be replaced."""


class DamagedBlock(PopgradError):  # noqa: N818
    """A block's file is not what was written. Once its file is gone, the same command computes it anew."""

    def __init__(self, path: Path, what: str):
        self.path = path
        super().__init__(
            f"{path}: {what}. Run the same command again: this block is computed anew, the others are kept."
        )


class PartialRun:
    """The finished blocks of one run: a context manager that holds the folder's lock.

    `PartialRun.open` starts a folder or resumes the one that is there; `PartialRun.peek` only reads, takes
    no lock, and may look on while another process writes.

    Example:
        >>> with PartialRun.open(Path("out.h5"), header) as partial:        # doctest: +SKIP
        ...     for key in sorted(wanted - partial.done):
        ...         partial.add(*key, compute(*key))
        ...     run_finalise(partial, layout)
        ...     partial.remove()
    """

    def __init__(self, output: Path, header: Header, entries: Mapping[tuple[int, int], Entry]):
        self.output = output
        self.folder = partial_folder(output)
        self.header = header
        self._entries = dict(entries)
        self._mutex = threading.Lock()
        self._journal: Journal | None = None
        self._lock: filelock.BaseFileLock | None = None

    @classmethod
    def open(cls, output: Path | str, header: Header, overwrite: bool = False) -> Self:
        """The run's folder, started or resumed, with everything checked that would otherwise fail at the end.

        Args:
            output: where the finished file is to stand.
            header: what is being run.
            overwrite: go on although `output` exists (it stays until the new one takes its place), and drop
                the unfinished blocks of another experiment. Those of the same experiment are resumed.

        Raises:
            OutputExists: the finished file is there.
            PopgradError: nothing can be written there, another process writes it, or the folder holds
                another experiment.
        """
        output = Path(output)
        _refuse_existing(output, overwrite)
        probe(output)
        folder = partial_folder(output)
        try:
            folder.mkdir(exist_ok=True)
            sync_directory(output.parent)
            held = lock(output)
        except OSError as error:
            raise unwritable(folder, error) from error
        try:
            # Again under the lock: another process may just have finished this very file.
            _refuse_existing(output, overwrite)
            run = cls(output, header, resumable(folder, header, overwrite))
            run._lock = held
            run._journal = Journal(folder / JOURNAL, header)
            run._sweep()
        except OSError as error:
            leave(folder, held)
            raise unwritable(folder, error) from error
        except BaseException:
            leave(folder, held)
            raise
        return run

    @classmethod
    def peek(cls, output: Path | str) -> Self:
        """The finished blocks as they are now, for reading only.

        Raises:
            PopgradError: there is no folder, or its journal has no readable header.
        """
        output = Path(output)
        header, entries, _ = read_journal(partial_folder(output))
        if header is None:
            raise PopgradError(f"{partial_folder(output)}: no unfinished run can be read here")
        return cls(output, header, entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def done(self) -> set[tuple[int, int]]:
        """(condition index, block index) of every block that counts."""
        with self._mutex:
            return set(self._entries)

    def add(self, condition: int, block: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps a finished block; on return it survives a kill and a power cut. Safe to call from any thread.

        Raises:
            PopgradError: the disk is full or cannot be written; the blocks finished before are kept.
        """
        with self._mutex:
            there = (condition, block) in self._entries
        if there:
            raise ValueError(f"block {block} of condition {condition} is there already; blocks are immutable")
        payload = _packed(arrays)
        name = block_name(condition, block)
        digest = hashlib.sha256(payload).hexdigest()
        entry = Entry(condition, block, name, len(payload), digest)
        try:
            write_durably(self.folder / name, payload)
            with self._mutex:
                if self._journal is None:
                    raise ValueError(f"{self.folder} is not open for writing")
                self._journal.append(entry)
                self._entries[condition, block] = entry
        except OSError as error:
            with suppress(OSError):
                (self.folder / name).unlink()
            raise self._failed(error, len(payload)) from error

    def read(self, condition: int, block: int) -> Arrays:
        """The arrays of a finished block, checked against the journal's sha256.

        Raises:
            DamagedBlock: the file is not what was written; if this run is open for writing, the file is
                dropped, so that the same command computes the block anew.
        """
        entry = self._entries[condition, block]
        path = self.folder / entry.file
        try:
            payload = path.read_bytes()
        except OSError as error:
            raise DamagedBlock(path, f"cannot be read ({error.strerror})") from error
        if hashlib.sha256(payload).hexdigest() != entry.sha256:
            if self._journal is not None:
                path.unlink(missing_ok=True)
            raise DamagedBlock(path, "its content is not what was written (sha256 differs)")
        with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def remove(self) -> None:
        """Deletes the folder and gives up the lock: the finished file has taken its place."""
        self._close_journal()
        drop(self.folder)
        if self._lock is not None:
            leave(self.folder, self._lock)

    def close(self) -> None:
        """Gives up the lock. The folder stays, unless nothing was finished in it."""
        if self._journal is not None and not self.done:
            self.remove()
        self._close_journal()
        if self._lock is not None:
            self._lock.release(force=True)

    def _close_journal(self) -> None:
        with self._mutex:
            if self._journal is not None:
                self._journal.close()
                self._journal = None

    def _sweep(self) -> None:
        """Deletes what a kill left behind: temporary files, and block files that do not count."""
        counted = {JOURNAL, *(entry.file for entry in self._entries.values())}
        for path in own_files(self.folder):
            if path.name not in counted:
                path.unlink(missing_ok=True)

    def _failed(self, error: OSError, size: int) -> PopgradError:
        kept = (
            f"The finished blocks are kept ({len(self._entries)}), and the same command goes on from there"
            " once this is put right."
        )
        if is_full(error):
            return PopgradError(f"{self.folder}: {full_disk(self.folder, size)} {kept}")
        return PopgradError(f"{self.folder}: a finished block cannot be written ({error.strerror}). {kept}")


def _refuse_existing(output: Path, overwrite: bool) -> None:
    if output.is_dir():
        raise PopgradError(f"{output}: is a folder. Name a file with -o.")
    if output.exists() and not overwrite:
        raise OutputExists(f"{output}: exists already. Replace it with --overwrite, or name another with -o.")
    if output.exists() and not is_hdf5(output):
        raise PopgradError(f"{output}: is no run of popgrad, so it is not replaced. Name another with -o.")


def _packed(arrays: Mapping[str, np.ndarray]) -> memoryview:
    if any(array.dtype.hasobject for array in arrays.values()):
        raise TypeError("a block holds plain arrays, not Python objects")
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # pyright: ignore[reportArgumentType]
    return buffer.getbuffer()
