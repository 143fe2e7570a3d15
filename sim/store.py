"""What a run has finished so far, kept so that a kill costs only the blocks in flight.

While a run goes, `NAME.h5.partial/` holds one immutable file per finished block and a journal, which alone
says what counts. A journal line is `<crc32 in hex> <json>`; the first is the header, each further one a
finished block. The file of a block is whole and on the disk before its line is written.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import shutil
import socket
import threading
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import filelock
import numpy as np

from .errors import PopgradError

FORMAT = 1
LAYOUT = "layout.json"
_JOURNAL, _LOCK, _OWNER = "journal", "lock", "owner"
_OWN_FILE = re.compile(r"block-\d+-\d+\.npz|\..*\.tmp|journal|layout\.json")
_MOST_DIFFERENCES = 20
_ABSENT = "absent"

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


@dataclass(frozen=True)
class Header:
    """What a partial folder belongs to.

    Args:
        fingerprint: hex; two runs may share a folder only if theirs are the same.
        experiment: the resolved spec, JSON-serialisable; it explains a fingerprint that differs.
        format: of the journal and the block files.
    """

    fingerprint: str
    experiment: dict[str, Any]
    format: int = FORMAT


@dataclass(frozen=True)
class _Entry:
    condition: int
    block: int
    file: str
    bytes: int
    sha256: str


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

    def __init__(self, output: Path, header: Header, entries: Mapping[tuple[int, int], _Entry]):
        self.output = output
        self.folder = partial_folder(output)
        self.header = header
        self._entries = dict(entries)
        self._mutex = threading.Lock()
        self._journal: _Journal | None = None
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
        _probe(output)
        folder = partial_folder(output)
        try:
            folder.mkdir(exist_ok=True)
            sync_directory(output.parent)
            lock = _locked(output)
        except OSError as error:
            raise _unwritable(folder, error) from error
        try:
            # Again under the lock: another process may just have finished this very file.
            _refuse_existing(output, overwrite)
            run = cls(output, header, _settled(folder, header, overwrite))
            run._lock = lock
            run._journal = _Journal(folder / _JOURNAL, header)
            run._sweep()
        except OSError as error:
            _leave(folder, lock)
            raise _unwritable(folder, error) from error
        except BaseException:
            _leave(folder, lock)
            raise
        return run

    @classmethod
    def peek(cls, output: Path | str) -> Self:
        """The finished blocks as they are now, for reading only.

        Raises:
            PopgradError: there is no folder, or its journal has no readable header.
        """
        output = Path(output)
        header, entries, _ = _read_journal(partial_folder(output))
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
        if (condition, block) in self.done:
            raise ValueError(f"block {block} of condition {condition} is there already; blocks are immutable")
        payload = _packed(arrays)
        name = f"block-{condition:04d}-{block:06d}.npz"
        digest = hashlib.sha256(payload).hexdigest()
        entry = _Entry(condition, block, name, len(payload), digest)
        try:
            write_durably(self.folder / name, payload)
            with self._mutex:
                if self._journal is None:
                    raise ValueError(f"{self.folder} is not open for writing")
                self._journal.append(asdict(entry))
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
        _drop(self.folder)
        if self._lock is not None:
            _leave(self.folder, self._lock)

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
        counted = {_JOURNAL, *(entry.file for entry in self._entries.values())}
        for path in _own_files(self.folder):
            if path.name not in counted:
                path.unlink(missing_ok=True)

    def _failed(self, error: OSError, size: int) -> PopgradError:
        kept = (
            f"The finished blocks are kept ({len(self.done)}), and the same command goes on from there"
            " once this is put right."
        )
        if is_full(error):
            return PopgradError(f"{self.folder}: {full_disk(self.folder, size)} {kept}")
        return PopgradError(f"{self.folder}: a finished block cannot be written ({error.strerror}). {kept}")


class _Journal:
    """The open journal of the process that holds the lock: it starts at what counts and grows by lines."""

    def __init__(self, path: Path, header: Header):
        data = path.read_bytes() if path.exists() else b""
        self._length = _counted_length(data)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.ftruncate(self._file, self._length)
            if self._length == 0:
                self.append(asdict(header))
                sync_directory(path.parent)
        except BaseException:
            os.close(self._file)
            raise

    def append(self, record: dict[str, Any]) -> None:
        line = _line(record)
        try:
            _write_all(self._file, line)
            os.fsync(self._file)
        except BaseException:
            # Half a line would make every later one unreadable.
            os.ftruncate(self._file, self._length)
            raise
        self._length += len(line)

    def close(self) -> None:
        os.close(self._file)


def partial_folder(output: Path) -> Path:
    """Where the blocks of the unfinished `output` are."""
    return output.with_name(f"{output.name}.partial")


def difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """What differs between two nested experiments, one line per dotted key: `path: there / here`.

    Tables in a list are matched by their `name` if each has one, otherwise by position.

    Example:
        >>> difference({"seed": 0, "world": {"length": 4}}, {"seed": 0, "world": {"length": 8}})
        ['world.length: 4 / 8']
    """
    old, new = (dict(_leaves(_plain_numbers(json.loads(_json(side))))) for side in (there, here))
    keys = [*old, *(key for key in new if key not in old)]
    pairs = ((key, old.get(key, _ABSENT), new.get(key, _ABSENT)) for key in keys)
    return [f"{key}: {before} / {after}" for key, before, after in pairs if before != after]


def _plain_numbers(value: Any) -> Any:
    """1 and 1.0 are the same setting."""
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    children: dict[str, Any] = {}
    if isinstance(value, dict):
        children = value
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        names = [item.get("name") for item in value]
        named = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
        children = dict(zip(names if named else map(str, range(len(value))), value, strict=True))
    if not children:
        yield path, json.dumps(value, ensure_ascii=False)
    for key, child in children.items():
        yield from _leaves(child, f"{path}.{key}" if path else key)


def write_durably(path: Path, payload: bytes | memoryview) -> None:
    """Writes a whole file or nothing: a temporary name, fsync, rename, fsync of the directory."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            _write_all(file, payload)
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_directory(path.parent)


def sync_directory(folder: Path) -> None:
    """Makes names created or renamed in `folder` survive a power cut."""
    if os.name == "nt":  # Windows cannot open a directory, and keeps names by itself
        return
    handle = os.open(folder, os.O_RDONLY)
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


def _write_all(file: int, payload: bytes | memoryview) -> None:
    view = memoryview(payload)
    while view:
        view = view[os.write(file, view) :]


def _packed(arrays: Mapping[str, np.ndarray]) -> memoryview:
    if any(array.dtype.hasobject for array in arrays.values()):
        raise TypeError("a block holds plain arrays, not Python objects")
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # pyright: ignore[reportArgumentType]
    return buffer.getbuffer()


def _json(value: Any) -> str:
    def plain(other: Any) -> Any:
        if isinstance(other, np.generic | np.ndarray):
            return other.tolist()
        raise TypeError(f"{type(other).__name__} cannot be written as JSON")

    return json.dumps(value, default=plain, separators=(",", ":"))


def _line(record: dict[str, Any]) -> bytes:
    text = _json(record).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _lines(data: bytes) -> Iterator[bytes]:
    """The text of each whole line up to the first that is torn or does not match its checksum."""
    *lines, _torn = data.split(b"\n")
    for line in lines:
        checksum, _, text = line.partition(b" ")
        if checksum != b"%08x" % zlib.crc32(text):
            return
        yield text


def _counted_length(data: bytes) -> int:
    return sum(len(text) + 10 for text in _lines(data))  # the checksum's 8 digits, the space and the newline


def _read_journal(folder: Path) -> tuple[Header | None, dict[tuple[int, int], _Entry], int]:
    """The header (None when unreadable), the blocks that count, and how many were ever written down."""
    try:
        records = [json.loads(text) for text in _lines((folder / _JOURNAL).read_bytes())]
        header = Header(**records[0])
        listed = [_Entry(**record) for record in records[1:]] if header.format == FORMAT else []
    except (OSError, IndexError, TypeError, ValueError):
        return None, {}, 0
    # A block that had to be computed anew stands there twice: the last line holds.
    entries = {(entry.condition, entry.block): entry for entry in listed}
    whole = {key: entry for key, entry in entries.items() if _size(folder / entry.file) == entry.bytes}
    return header, whole, len(entries)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _settled(folder: Path, header: Header, overwrite: bool) -> dict[tuple[int, int], _Entry]:
    """The blocks to resume from; what stands in the way is dropped if it may be, otherwise refused."""
    found, entries, listed = _read_journal(folder)
    if found is not None and (found.format, found.fingerprint) == (header.format, header.fingerprint):
        return entries
    advice = "Choose another output with -o, or drop these blocks with --overwrite."
    precious = listed > 0 if found is not None and found.format == FORMAT else any(folder.glob("block-*.npz"))
    if precious and not overwrite:
        if found is None:
            raise PopgradError(f"{folder}: holds blocks, but its journal has no readable header. {advice}")
        if found.format != FORMAT:
            raise PopgradError(f"{folder}: written in format {found.format}, not in {FORMAT}. {advice}")
        lines = difference(found.experiment, header.experiment)
        more = len(lines) - _MOST_DIFFERENCES
        shown = [*lines[:_MOST_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])]
        if not shown:
            shown = ["no setting differs: the versions of popgrad or its kernels do"]
        changes = "\n".join(f"  {line}" for line in shown)
        raise PopgradError(
            f"{folder}: holds {len(entries)} finished blocks of another experiment (there / here):\n"
            f"{changes}\n{advice}"
        )
    _drop(folder)
    return {}


def _own_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if _OWN_FILE.fullmatch(path.name)] if folder.is_dir() else []


def _drop(folder: Path) -> None:
    """Deletes the files that are ours, and no others; the journal first, so that no half folder counts."""
    (folder / _JOURNAL).unlink(missing_ok=True)
    for path in _own_files(folder):
        path.unlink(missing_ok=True)


def _leave(folder: Path, lock: filelock.BaseFileLock) -> None:
    """Gives up the lock, and deletes the folder if it holds nothing else."""
    with suppress(OSError):
        if {path.name for path in folder.iterdir()} <= {_LOCK, _OWNER}:
            (folder / _OWNER).unlink(missing_ok=True)
            # Unlinked while still held: whoever comes next makes a new folder, and a new lock.
            (folder / _LOCK).unlink(missing_ok=True)
    lock.release(force=True)
    with suppress(OSError):
        folder.rmdir()


def _locked(output: Path) -> filelock.BaseFileLock:
    folder = partial_folder(output)
    lock = filelock.FileLock(folder / _LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
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
    return lock


def _refuse_existing(output: Path, overwrite: bool) -> None:
    if output.is_dir():
        raise PopgradError(f"{output}: is a folder. Name a file with -o.")
    if output.exists() and not overwrite:
        raise OutputExists(f"{output}: exists already. Replace it with --overwrite, or name another with -o.")


def _probe(output: Path) -> None:
    """Finds out before any work whether the finished file can be written beside the folder."""
    path = output.with_name(f".{output.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        path.unlink()
    except OSError as error:
        raise _unwritable(output.parent, error) from error


def _unwritable(folder: Path, error: OSError) -> PopgradError:
    if is_full(error):
        return PopgradError(f"{folder}: the disk is full. Free some space, or choose another output with -o.")
    return PopgradError(
        f"{folder}: cannot be written ({error.strerror or error}). Make the folder or its permissions right,"
        " or choose another output with -o."
    )
